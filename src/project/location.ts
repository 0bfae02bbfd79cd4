import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { ManifestNode, TestEntry } from '../dbt/manifest.ts'

/**
 * Lines, found in the text of files. All take hostile text, and none throws: a line that is not found is the
 * first one.
 */

/** YAML larger than this is not parsed; a file of properties has a few hundred lines. */
const LARGEST_YAML = 2_000_000

/**
 * The line of a generic test's entry in its YAML file, else of its column, else of its model.
 * @param yaml the file that the manifest names, such as models/schema.yml
 */
export function testLine(yaml: string, test: TestEntry): number {
  const [section = ''] = test.fileKey.split('.')
  const found = walk(yaml, (root) => {
    const owner = test.source
      ? tableOf(get(root, 'sources'), test.source)
      : named(get(root, section), test.fileKey.slice(section.length + 1))
    // A version's own entry comes before the model's, which it may repeat.
    const version = /\.v([^.]+)$/.exec(test.attachedNode)?.[1]
    const places = [items(get(owner, 'versions')).find((item) => scalar(get(item, 'v')) === version), owner]
    for (const place of places) {
      const holders = test.column ? columnsOf(place, test.column) : [place]
      const entry = bestEntry(holders.flatMap(testsOf), test)
      if (entry) return entry
    }
    return places.flatMap((place) => (test.column ? columnsOf(place, test.column) : []))[0] ?? owner
  })
  return found ?? 1
}

/** @param source the unique_id, `source.<package>.<source>.<table>` */
export function sourceLine(yaml: string, source: string): number {
  return walk(yaml, (root) => tableOf(get(root, 'sources'), source)) ?? 1
}

/** The line where a YAML file defines something by name: a unit test, an exposure, a saved query. */
export function definitionLine(yaml: string, section: string, name: string): number {
  return walk(yaml, (root) => named(get(root, section), name)) ?? 1
}

/** The section of YAML that holds nodes of a type: https://docs.getdbt.com/reference/configs-and-properties */
export function sectionOf(node: ManifestNode): string {
  return node.resourceType === 'saved_query' ? 'saved_queries' : `${node.resourceType}s`
}

type Parsed = { root: unknown; lines: LineCounter }

/** A file of properties holds many tests, and each that fails asks for it. */
const parsed = new Map<string, Parsed>()
const MOST_PARSED = 50

function parse(yaml: string): Parsed {
  const known = parsed.get(yaml)
  if (known) return known
  const lines = new LineCounter()
  const document = parseDocument(yaml, { lineCounter: lines, logLevel: 'silent', strict: false })
  if (parsed.size >= MOST_PARSED) parsed.clear()
  const result = { root: document.contents, lines }
  parsed.set(yaml, result)
  return result
}

function walk(yaml: string, find: (root: unknown) => unknown): number | undefined {
  if (yaml.length > LARGEST_YAML) return undefined
  try {
    const { root, lines } = parse(yaml)
    const node = find(root) as Node | undefined
    return node?.range ? lines.linePos(node.range[0]).line : undefined
  } catch {
    return undefined
  }
}

/** The table of a source, else the source. */
function tableOf(sources: unknown, uniqueId: string): unknown {
  const [, , source = '', ...table] = uniqueId.split('.')
  const owner = named(sources, source)
  return named(get(owner, 'tables'), table.join('.')) ?? owner
}

function named(list: unknown, name: string): unknown {
  return items(list).find((item) => nameOf(item) === name)
}

function columnsOf(place: unknown, column: string): unknown[] {
  const plain = column.replace(/^["`[]|["`\]]$/g, '')
  return items(get(place, 'columns')).filter((item) => nameOf(item) === column || nameOf(item) === plain)
}

function testsOf(holder: unknown): unknown[] {
  return [...items(get(holder, 'data_tests')), ...items(get(holder, 'tests'))]
}

/** Of several entries of one test, the one whose arguments agree most. */
function bestEntry(entries: unknown[], test: TestEntry): unknown {
  const same = entries.filter((entry) => testName(entry) === test.name)
  const agreement = (entry: unknown) => {
    const text = String(isMap(entry) ? entry : '')
    return Object.values(test.kwargs).filter((value) => {
      if (Array.isArray(value)) return value.length > 0 && value.every((item) => text.includes(String(item)))
      return typeof value !== 'object' && text.includes(String(value))
    }).length
  }
  return same.sort((a, b) => agreement(b) - agreement(a))[0]
}

/** `- unique`, `- unique: {…}` or `- name: …, test_name: unique`. */
function testName(entry: unknown): string {
  if (isScalar(entry)) return String(entry.value)
  if (!isMap(entry)) return ''
  const named = get(entry, 'test_name')
  if (isScalar(named)) return String(named.value)
  const keys = entry.items.map((pair) => (isScalar(pair.key) ? String(pair.key.value) : ''))
  return keys.find((key) => !['name', 'config', 'description'].includes(key)) ?? ''
}

function get(node: unknown, key: string): unknown {
  return isMap(node) ? node.get(key, true) : undefined
}

function items(node: unknown): unknown[] {
  return isSeq(node) ? node.items : []
}

function nameOf(node: unknown): string {
  return scalar(get(node, 'name'))
}

function scalar(node: unknown): string {
  return isScalar(node) ? String(node.value) : ''
}

/** The line of a Jinja block such as `{% snapshot orders %}`, which is not the first where a file has several. */
export function blockLine(source: string, keyword: string, name: string): number {
  const lines = source.split('\n')
  const index = lines.findIndex((line) => {
    const match = /\{%-?\s*(\w+)\s+(\w+)/.exec(line.slice(0, 1000))
    return match?.[1] === keyword && match[2] === name
  })
  return index + 1 || 1
}

/**
 * The line of a model that an error names. dbt's own compilation errors count in the source. A database counts
 * in what it was sent, so its line is looked up by its text: DuckDB and Postgres print it (`LINE 4:   nope,`),
 * of others it is taken from the compiled SQL.
 * @param path the model's file, as the manifest names it
 * @param source its text
 * @param sql the model's compiled SQL, empty where there is none
 */
export function errorLine(message: string, path: string, source: string, sql: string): number | undefined {
  const text = message.slice(0, 20_000)
  const sourceLines = source.split('\n')
  // Fusion "--> models/orders.sql:4:6"; in target/ it counts in a file that it generated.
  const arrow = /--> (\S{1,500}?):(\d{1,6}):\d+/.exec(text)
  if (arrow && arrow[1] === path) return lineWithin(Number(arrow[2]), sourceLines)
  const jinja = /^[ \t]*line (\d{1,6})$/m.exec(text)
  if (jinja && /Compilation Error|Syntax error/i.test(text)) {
    return lineWithin(Number(jinja[1]), sourceLines)
  }
  const printed = /^[ \t]*LINE \d{1,6}: (.*)$/m.exec(text)?.[1]
  // Snowflake "at line 3 position 4", BigQuery "at [3:4]", Spark "(line 3, pos 4)", Databricks "line 3 pos 4".
  const numbered = /\bat \[(\d{1,6}):\d+\]|\bline[: ](\d{1,6})\b/i.exec(text)
  const compiled = numbered && sql.split('\n')[Number(numbered[1] ?? numbered[2]) - 1]
  return lineOf(sourceLines, printed ?? compiled ?? '') ?? lineOfName(sourceLines, text)
}

/**
 * The file that an error of dbt itself names, with its line where that is told: Core
 * `Compilation Error in model x (models/x.sql)` and `line 2`, Fusion `--> models/x.sql:2:5`.
 */
export function errorPlace(message: string): { path: string; line: number } | undefined {
  const text = message.slice(0, 20_000)
  const arrow = /--> ([^\s:]{1,500}):(\d{1,6}):\d/.exec(text)
  if (arrow) return { path: arrow[1] ?? '', line: Number(arrow[2]) }
  const path =
    /\(([^\s()]{1,500}\.(?:sql|ya?ml|py|csv|md))\)/.exec(text)?.[1] ??
    /([^\s'"`()]{1,500}\.ya?ml)\b/.exec(text)?.[1]
  return path === undefined
    ? undefined
    : { path, line: Number(/^[ \t]*line (\d{1,6})\b/m.exec(text)?.[1] ?? 1) }
}

/** Undefined where the file has no such line. */
function lineWithin(line: number, lines: string[]): number | undefined {
  return line >= 1 && line <= lines.length ? line : undefined
}

/** An error names what is wrong early. */
const MOST_NAMES = 5

/** The one line that holds a name which the error quotes: `Referenced column "repared_on" not found`. */
function lineOfName(lines: string[], message: string): number | undefined {
  const names = [...message.matchAll(/["'`](\w{3,100})["'`]/g)].slice(0, MOST_NAMES)
  for (const [, name = ''] of names) {
    const word = new RegExp(`\\b${name}\\b`, 'i')
    const matches = lines.flatMap((line, i) => (line.length < 5000 && word.test(line) ? [i + 1] : []))
    if (matches.length === 1) return matches[0]
    if (matches.length > 1) return undefined
  }
  return undefined
}

/** The one line that reads so, blanks aside; undefined where none or several do. */
function lineOf(lines: string[], printed: string): number | undefined {
  const wanted = squeeze(printed)
  if (wanted.length < 2) return undefined
  const matches = lines.flatMap((line, i) => (squeeze(line) === wanted ? [i + 1] : []))
  if (matches.length === 0 && /^\.\.\.|\.\.\.$/.test(printed.trim())) {
    // DuckDB and Postgres cut a long line on both sides.
    const part = squeeze(printed.trim().replace(/^\.\.\.|\.\.\.$/g, ''))
    const within = lines.flatMap((line, i) => (part && squeeze(line).includes(part) ? [i + 1] : []))
    return within.length === 1 ? within[0] : undefined
  }
  return matches.length === 1 ? matches[0] : undefined
}

function squeeze(line: string): string {
  return line.replace(/\s+/g, ' ').trim()
}
