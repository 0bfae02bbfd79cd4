import { relative } from 'node:path'
import { compileSpot } from './compile-place.ts'
import { jinjaLine, yamlExcerpt } from './dbt-error.ts'
import { isSql, sqlLine } from './macro-place.ts'
import { type Missing, writtenAs } from './missing-name.ts'
import type { Lookup, Spot } from './place.ts'
import { raggedRow, seedLine } from './seed-place.ts'
import { squeeze, unclosedBlock } from './template.ts'
import { allMatches, escaped } from './words.ts'

/** Errors of dbt itself that name no file. */

/** YAML that does not parse, printed without its name: the one file that reads so. */
async function excerptSpot(text: string, lookup: Lookup): Promise<Spot | undefined> {
  const excerpt = yamlExcerpt(text)
  if (excerpt.size === 0) return undefined
  const file = await lookup.once(isYaml, (source) => {
    const lines = source.split('\n')
    const isIt = ([number, line]: [number, string]) => squeeze(lines[number - 1] ?? '') === squeeze(line)
    return [...excerpt].every(isIt) ? [1] : []
  })
  return file && ((await compileSpot(file.path, relative(lookup.project, file.path), text, lookup)) ?? file)
}

/** An error that names no file, but prints or names what stands in one place of the project only. */
export async function unnamedSpot(
  text: string,
  missing: Missing | undefined,
  lookup: Lookup,
): Promise<Spot | undefined> {
  const yaml = await excerptSpot(text, lookup)
  if (yaml) return yaml
  const jinja = jinjaLine(text)
  if (jinja && jinja.text.length > 3) return await sqlLine(jinja.text, lookup)
  if (missing) {
    // Core, of a value in a YAML file: `Could not render {{ var('x') }}: Required var …`.
    const inYaml = missing.kind === 'doc' || /^\s*Could not render \{\{/m.test(text)
    return await lookup.once(inYaml ? isYaml : isSql, (source) => allMatches(source, missing.pattern))
  }
  if (UNCLOSED.test(text)) {
    const isDocs = /nested tags: docs |for tag docs/.test(text)
    const accepts = (path: string) => (isDocs ? path.endsWith('.md') : isSql(path))
    return await lookup.once(accepts, (source) => [unclosedBlock(source) ?? 0].filter((line) => line > 0))
  }
  return (
    (await cycleSpot(text, lookup)) ??
    (await accessSpot(text, lookup)) ??
    (await enumSpot(text, lookup)) ??
    (await seedSpot(text, lookup))
  )
}

/** A macro or a block of docs that does not end; both engines say so without its file. */
const UNCLOSED =
  /Got nested tags: \w+ \(started at|Failed to parse macro SQL [^\n]*unexpected end of input|Reached EOF without finding a close tag/

/** Models that depend on each other, as Core names them: a line of one that refers to its neighbour. */
async function cycleSpot(text: string, lookup: Lookup): Promise<Spot | undefined> {
  const cycle = /Found a cycle: ([^\n]{1,5000})/.exec(text)?.[1] ?? ''
  const names = cycle.split(' --> ').map((id) => id.split('.')[2] ?? '')
  for (const [i, name] of names.slice(0, 3).entries()) {
    const other = names[(i + 1) % names.length] ?? ''
    for (const [of, to] of [
      [name, other],
      [other, name],
    ]) {
      const pattern = writtenAs('ref', to ?? '')
      const spot = await lookup.once(
        (path) => path.endsWith(`/${of}.sql`),
        (source) => allMatches(source, pattern),
      )
      if (spot) return spot
    }
  }
  return undefined
}

/** A model that refers to one that is private or protected: the line that does, in its own file, else the only one. */
async function accessSpot(text: string, lookup: Lookup): Promise<Spot | undefined> {
  const [, from = '', to = ''] =
    /Node (\S{1,500}) attempted to reference node (\S{1,500}), which is not allowed/.exec(text) ?? []
  const [, , name = '', version = ''] = from.split('.')
  const [, , other = ''] = to.split('.')
  if (other === '') return undefined
  const pattern = writtenAs('ref', other)
  const files = [`/${name}.sql`, `/${name}_${version}.sql`]
  const own = (path: string) => files.some((file) => path.endsWith(file))
  const find = (source: string) => allMatches(source, pattern)
  return (await lookup.once(own, find)) ?? (await lookup.once(isSql, find))
}

/** A word that a semantic model or a metric does not know: `agg: summ`. */
async function enumSpot(text: string, lookup: Lookup): Promise<Spot | undefined> {
  const word = /Invalid enum value: `([^`\n]{1,200})` in enum/.exec(text)?.[1]
  if (word === undefined) return undefined
  const value = new RegExp(`:\\s*["']?(?=${escaped(word)}["']?\\s*(?:[,}#]|$))`, 'im')
  return await lookup.once(isYaml, (source) => allMatches(source, value))
}

/** A seed that v2 does not read: only the line and the number of its values are named. */
async function seedSpot(text: string, lookup: Lookup): Promise<Spot | undefined> {
  const ragged = /incorrect number of fields for line (\d{1,7}), expected \d{1,5} got (\d{1,5})/.exec(text)
  if (!ragged) return undefined
  return await lookup.once(
    (path) => path.endsWith('.csv'),
    (csv) => {
      const line = raggedRow(csv, Number(ragged[2]))
      return line !== undefined && line === seedLine(csv, text) ? [line] : []
    },
  )
}

/** Files of properties. */
export function isYaml(path: string): boolean {
  return /\.ya?ml$/.test(path)
}
