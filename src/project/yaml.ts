import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'

/**
 * YAML as a tree of nodes that know their lines. Aliases (`*a`) and merge keys (`<<: *a`) are followed to what they
 * stand for, so the line found is the one to edit. All functions take hostile text, and none throws.
 */

/** YAML larger than this is not parsed, in characters; a file of properties has a few hundred lines. */
const LARGEST_YAML = 2_000_000

/** Aliases of aliases; more are no file that anyone wrote. */
const DEEPEST = 20

interface Parsed {
  document: Document
  lines: LineCounter
}

/** A file of properties holds many tests, and each that fails asks for it. */
const parsed = new Map<string, Parsed>()
const MOST_PARSED = 50

function parse(yaml: string): Parsed {
  const known = parsed.get(yaml)
  if (known) return known
  const lines = new LineCounter()
  const document = parseDocument(yaml, { lineCounter: lines, logLevel: 'silent', strict: false })
  if (parsed.size >= MOST_PARSED) parsed.clear()
  const result = { document, lines }
  parsed.set(yaml, result)
  return result
}

/** A parsed file: its root, and how to look into it. */
export interface YamlFile {
  root: unknown
  /** The value of a key, of a merged map too; undefined where there is none. */
  get(node: unknown, key: string): unknown
  /** The elements of a list, aliases resolved; empty where it is none. */
  items(node: unknown): unknown[]
  /** The keys of a map, those of merged maps last. */
  keys(node: unknown): string[]
  /** A scalar as text; empty for all else. */
  scalar(node: unknown): string
  /** The value as plain data. */
  value(node: unknown): unknown
  /** The key's own node, which stands at the beginning of its line. */
  keyNode(node: unknown, key: string): unknown
}

/** The place that `find` chooses, from 1; undefined where it finds none, or the text is no YAML. */
export function findInYaml(
  yaml: string,
  find: (file: YamlFile) => unknown,
): { line: number; column: number } | undefined {
  if (yaml.length > LARGEST_YAML) return undefined
  try {
    const { document, lines } = parse(yaml)
    const node = find(yamlFile(document))
    if (!isNode(node) || !node.range) return undefined
    const { line, col } = lines.linePos(node.range[0])
    return { line, column: col }
  } catch {
    return undefined
  }
}

/** The keys of the map that a path of keys leads to; none where there is no such map, or the text is no YAML. */
export function keysIn(yaml: string, way: string[]): string[] {
  let keys: string[] = []
  findInYaml(yaml, (file) => {
    keys = file.keys(way.reduce((place, key) => file.get(place, key), file.root))
  })
  return keys
}

function yamlFile(document: Document): YamlFile {
  const resolve = (node: unknown, depth = 0): unknown =>
    isAlias(node) && depth < DEEPEST ? resolve(node.resolve(document), depth + 1) : node

  /** The map's own pairs, then those that `<<` merges into it. */
  const pairs = (node: unknown, depth = 0): { key: unknown; value: unknown }[] => {
    const map = resolve(node)
    if (!isMap(map) || depth > DEEPEST) return []
    const isMerge = (key: unknown) => isScalar(key) && (key.value === '<<' || typeof key.value === 'symbol')
    const own = map.items.filter(({ key }) => !isMerge(key))
    const merged = map.items.filter(({ key }) => isMerge(key)).map(({ value }) => resolve(value))
    const maps = merged.flatMap((value) => (isSeq(value) ? value.items : [value]))
    return [...own, ...maps.flatMap((value) => pairs(value, depth + 1))]
  }

  const pair = (node: unknown, key: string) =>
    pairs(node).find((found) => isScalar(found.key) && String(found.key.value) === key)
  const scalar = (node: unknown) => {
    const found = resolve(node)
    return isScalar(found) && found.value !== null ? String(found.value) : ''
  }
  const items = (node: unknown) => {
    const list = resolve(node)
    return isSeq(list) ? list.items.map((item) => resolve(item)) : []
  }
  const value = (node: unknown, depth = 0): unknown => {
    const found = resolve(node)
    if (depth > DEEPEST) return undefined
    if (isSeq(found)) return found.items.map((item) => value(item, depth + 1))
    if (isMap(found))
      return Object.fromEntries(pairs(found).map((p) => [scalar(p.key), value(p.value, depth + 1)]))
    return isScalar(found) ? found.value : undefined
  }
  return {
    root: document.contents,
    get: (node, key) => resolve(pair(node, key)?.value),
    items,
    keys: (node) => pairs(node).map(({ key }) => scalar(key)),
    scalar,
    value,
    keyNode: (node, key) => pair(node, key)?.key,
  }
}
