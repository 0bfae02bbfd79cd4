/** The rows that failed tests found, by one `dbt show` for all of them. */
import { fields, text } from '../json.ts'
import { partsOf } from './command.ts'

/** Values are text as the database's driver writes them; empty where they are null. */
export interface FailingRows {
  columns: string[]
  rows: string[][]
}

/** A failed test with the query for its rows. */
export interface FailedTest {
  uniqueId: string
  sql: string
}

const MARK = 'dbt-watcher-rows '
/** In bytes: one argument of a command line is limited to 128 KiB (MAX_ARG_STRLEN of Linux). */
const LONGEST = 100_000
/** Of a value, in characters; more of it is cut by what shows it. */
const LONGEST_CELL = 1_000

/**
 * Jinja for `dbt show --inline` that prints the first rows of each test, and those tests that had room in it. Both
 * engines have the macros it calls, which know how the database limits a query; v2 shows one node at a time only, so
 * the tests cannot be selected.
 */
export function rowsQuery(tests: FailedTest[], limit: number): { jinja: string; asked: string[] } {
  const parts: string[] = []
  const asked: string[] = []
  let size = 0
  for (const { uniqueId, sql } of tests) {
    const part = queryOf(uniqueId, sql, limit)
    const bytes = Buffer.byteLength(part)
    // It would end the block in which it stands as it is.
    if (/endraw/.test(sql) || size + bytes > LONGEST) continue
    size += bytes
    parts.push(part)
    asked.push(uniqueId)
  }
  return { jinja: `{%- if execute -%}\n${parts.join('\n')}\n{%- endif -%}\nselect 1 as done`, asked }
}

function queryOf(uniqueId: string, sql: string, limit: number): string {
  const query = sql.trim().replace(/;\s*$/, '')
  return `{%- set sql -%}{% raw %}${query}{% endraw %}{%- endset -%}
{%- set found = run_query(get_limit_subquery_sql(sql, ${limit})) -%}
{%- set rows = [] -%}
{%- for row in found.rows -%}{%- set cells = [] -%}
{%- for value in row -%}{%- do cells.append('' if value is none else (value | string)[:${LONGEST_CELL}]) -%}{%- endfor -%}
{%- do rows.append(cells) -%}{%- endfor -%}
{{- print('${MARK}' ~ tojson({'test': '${uniqueId.replace(/['\\\n]/g, '')}', 'columns': found.column_names | list, 'rows': rows})) -}}`
}

/** Flags of the run's command that say where the database is, and how the project is read. */
const KEPT = new Set([
  ...['--target', '-t', '--profile', '--profiles-dir', '--project-dir', '--vars', '--target-path'],
  ...['--packages-install-path', '--partial-parse-file-path', '--threads'],
])

/** The words of the command. dbt's artifacts stay those of the run. @param words of the run's command */
export function showWords(words: string[], jinja: string): string[] {
  const kept = partsOf(words).filter(({ flag }) => KEPT.has(flag))
  return ['show', '--inline', jinja, '--limit', '1', '--no-write-json', ...kept.flatMap((part) => part.words)]
}

/** What the query printed for a test; undefined for any other text. */
export function readRows(printed: string): ({ uniqueId: string } & FailingRows) | undefined {
  if (!printed.startsWith(MARK)) return undefined
  try {
    const { test, columns, rows } = fields(JSON.parse(printed.slice(MARK.length)))
    if (!Array.isArray(columns) || !Array.isArray(rows)) return undefined
    const cells = (row: unknown) => (Array.isArray(row) ? row.map(text) : [])
    return { uniqueId: text(test), columns: columns.map(text), rows: rows.map(cells) }
  } catch {
    // Cut off, for it was too long.
    return undefined
  }
}
