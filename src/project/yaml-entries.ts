import { isNode } from 'yaml'
import type { ManifestNode } from '../dbt/manifest.ts'
import { linesWith } from './words.ts'
import { findInYaml, type YamlFile } from './yaml.ts'

/** Lines of what is defined in YAML; 1 where an entry is not found. */

/** @param source the unique_id, `source.<package>.<source>.<table>` */
export function sourceLine(yaml: string, source: string): number {
  return findInYaml(yaml, (file) => tableOf(file, file.get(file.root, 'sources'), source))?.line ?? 1
}

/** The line where a YAML file defines something by name: a unit test, an exposure, a saved query. */
export function definitionLine(yaml: string, section: string, name: string): number {
  return findInYaml(yaml, (file) => named(file, file.get(file.root, section), name))?.line ?? 1
}

/**
 * The lines of an entry, the last one included, to look for a name in it; undefined where there is no such entry.
 * It ends where the next entry of the section begins, so comments between them are its own.
 */
export function entryLines(
  yaml: string,
  section: string,
  name: string,
): [first: number, last: number] | undefined {
  const place = (offset: number) =>
    findInYaml(yaml, (file) => {
      const entries = file.items(file.get(file.root, section))
      const index = entries.findIndex((entry) => nameOf(file, entry) === name)
      return index < 0 ? undefined : entries[index + offset]
    })?.line
  const first = place(0)
  return first === undefined ? undefined : [first, (place(1) ?? Number.POSITIVE_INFINITY) - 1]
}

/** The line of a model's column, in the version's entry where it has one; undefined where YAML does not name it. */
export function columnLine(yaml: string, node: ManifestNode, column: string): number | undefined {
  return findInYaml(yaml, (file) => {
    const model = named(file, file.get(file.root, sectionOf(node)), node.name)
    const version = file
      .items(file.get(model, 'versions'))
      .find((item) => file.scalar(file.get(item, 'v')) === node.version)
    return [version, model].flatMap((place) => columnsOf(file, place, column))[0]
  })?.line
}

/** The one constraint of a model or its columns that asks for this; databases add parentheses and blanks, or drop them. */
export function constraintLine(yaml: string, node: ManifestNode, expression: string): number | undefined {
  const bare = (text: string) => text.replace(/[\s()"`]/g, '').toLowerCase()
  return findInYaml(yaml, (file) => {
    const model = named(file, file.get(file.root, sectionOf(node)), node.name)
    const places = [model, ...file.items(file.get(model, 'versions'))].flatMap((place) => [
      place,
      ...file.items(file.get(place, 'columns')),
    ])
    const found = places
      .flatMap((place) => file.items(file.get(place, 'constraints')))
      .filter((item) => bare(file.scalar(file.get(item, 'expression'))) === bare(expression))
    return found.length === 1 ? found[0] : undefined
  })?.line
}

/**
 * The line of a hook in dbt_project.yml, such as the second of `on-run-start`; undefined where there is none.
 * @param names what its error is about; a line of the hook that holds one is the better one
 */
export function hookLine(
  yaml: string,
  hook: string,
  index: number,
  names: string[] = [],
): number | undefined {
  let end = 0
  const start = findInYaml(yaml, (file) => {
    const hooks = file.get(file.root, hook)
    const list = file.items(hooks)
    const found = list.length > 0 ? list[index] : index === 0 ? hooks : undefined
    const text = isNode(found) && found.range ? yaml.slice(0, found.range[1]) : ''
    end = text.trimEnd().split('\n').length
    return found
  })?.line
  if (start === undefined) return undefined
  const lines = yaml.split('\n').slice(start - 1, end)
  const [named] = names.flatMap((name) => linesWith(lines, name))
  return named === undefined ? start : start - 1 + named
}

/** A hook of nodes, `pre-hook` or `post-hook`: its text, and the line, from 1, of each line of its file that it spans. */
export interface ModelHook {
  text: string
  lines: { line: number; text: string }[]
}

/** Of one map; a folder of models has some dozens. */
const MOST_KEYS = 1_000

/** All hooks of nodes in a YAML file, at any depth: as text, as `sql:`, or a list of these. */
export function modelHooks(yaml: string): ModelHook[] {
  const found = new Map<unknown, string>()
  // Once each: aliases can lead to themselves, or to the same place in a thousand ways.
  const seen = new Set<unknown>()
  const collect = (file: YamlFile, place: unknown): void => {
    if (seen.has(place)) return
    seen.add(place)
    for (const item of file.items(place)) collect(file, item)
    for (const key of file.keys(place).slice(0, MOST_KEYS)) {
      const value = file.get(place, key)
      if (!/^\+?(pre|post)[-_]hook$/.test(key)) collect(file, value)
      else for (const hook of file.items(value).concat(value)) addHook(found, file, hook)
    }
  }
  findInYaml(yaml, (file) => collect(file, file.root))
  return [...found].flatMap(([node, text]) => {
    const first = findInYaml(yaml, () => node)?.line
    if (first === undefined || !isNode(node) || !node.range) return []
    const lines = yaml.slice(node.range[0], node.range[1]).trimEnd().split('\n')
    return [{ text, lines: lines.map((text, i) => ({ line: first + i, text })) }]
  })
}

function addHook(found: Map<unknown, string>, file: YamlFile, hook: unknown): void {
  const sql = file.get(hook, 'sql') ?? hook
  const text = file.scalar(sql)
  if (text !== '') found.set(sql, text)
}

/** The first entry of a name, in whichever section. */
export function entryLine(yaml: string, name: string): number | undefined {
  return findInYaml(yaml, (file) =>
    file
      .keys(file.root)
      .map((key) => named(file, file.get(file.root, key), name))
      .find((entry) => entry !== undefined),
  )?.line
}

/** The last of several entries of one name, in whichever section: the one to remove. */
export function repeatedLine(yaml: string, name: string): number | undefined {
  return findInYaml(yaml, (file) => {
    for (const key of file.keys(file.root)) {
      const entries = file.items(file.get(file.root, key)).filter((entry) => nameOf(file, entry) === name)
      if (entries.length > 1) return entries.at(-1)
    }
    return undefined
  })?.line
}

/**
 * What a path leads to, such as `['columns'][1]` in the entry `stg_orders` of `models`, else the last on the way.
 * @param keys of maps (text) and lists (numbers)
 */
export function pathLine(
  yaml: string,
  section: string,
  name: string,
  keys: (string | number)[],
): number | undefined {
  return findInYaml(yaml, (file) => {
    let place = name ? named(file, file.get(file.root, section), name) : file.root
    let known = place
    for (const key of keys) {
      const next = typeof key === 'number' ? file.items(place)[key] : file.get(place, key)
      known = (typeof key === 'number' ? next : file.keyNode(place, key)) ?? known
      place = next
    }
    return known
  })?.line
}

/** The section of YAML that holds nodes of a type: https://docs.getdbt.com/reference/configs-and-properties */
export function sectionOf(node: { resourceType: string }): string {
  const { resourceType } = node
  if (resourceType === 'saved_query') return 'saved_queries'
  return resourceType === 'analysis' ? 'analyses' : `${resourceType}s`
}

/** The table of a source, else the source. */
export function tableOf(file: YamlFile, sources: unknown, uniqueId: string): unknown {
  const [, , source = '', ...table] = uniqueId.split('.')
  const owner = named(file, sources, source)
  return named(file, file.get(owner, 'tables'), table.join('.')) ?? owner
}

/** The element of a list with this name. */
export function named(file: YamlFile, list: unknown, name: string): unknown {
  return file.items(list).find((item) => nameOf(file, item) === name)
}

function nameOf(file: YamlFile, node: unknown): string {
  return file.scalar(file.get(node, 'name'))
}

/** The entries of a column. */
export function columnsOf(file: YamlFile, place: unknown, column: string): unknown[] {
  const plain = (name: string) => name.replace(/^["`[]|["`\]]$/g, '').toLowerCase()
  const columns = file.items(file.get(place, 'columns'))
  const exact = columns.filter((item) => nameOf(file, item) === column)
  return exact.length > 0 ? exact : columns.filter((item) => plain(nameOf(file, item)) === plain(column))
}
