/**
 * The difference that dbt Core prints for a unit test, made by daff (https://paulfitz.github.io/daff-doc/spec.html):
 *
 *     @@,animal_id,double_legs
 *       ,1        ,4
 *     → ,2        ,9→8
 *
 * The first cell of a row marks it: `→` changed, `+++` only in the actual rows, `---` only in the expected ones.
 */
import { figure } from './figures.ts'
import { code, oneLine, plain } from './text.ts'

export interface Differences {
  columns: string[]
  rows: DifferentRow[]
}

export interface DifferentRow {
  kind: 'same' | 'changed' | 'unexpected' | 'missing'
  /** One for each column; of a changed row both values where they differ. */
  cells: (string | [expected: string, actual: string])[]
}

const KINDS: Record<string, DifferentRow['kind']> = { '': 'same', '+++': 'unexpected', '---': 'missing' }
/** daff writes more of them where a value holds one itself. */
const ARROW = /^-*→$/

/** The difference in a message; undefined where it has none, or none that can be told apart into cells. */
export function differencesIn(message: string): Differences | undefined {
  const lines = plain(message.slice(0, 64 * 1024)).split('\n')
  const start = lines.findIndex((line) => line.startsWith('@@'))
  if (start < 0) return undefined
  const [, ...columns] = cellsOf(lines[start] ?? '')
  const rows: DifferentRow[] = []
  for (const line of lines.slice(start + 1)) {
    if (line.trim() === '') break
    const [mark = '', ...cells] = cellsOf(line)
    if (mark === '...') continue
    if (cells.length !== columns.length) return undefined
    const kind = KINDS[mark]
    if (kind) rows.push({ kind, cells })
    else if (ARROW.test(mark))
      rows.push({ kind: 'changed', cells: cells.map((cell) => changeIn(cell, mark)) })
    else return undefined
  }
  return rows.length > 0 ? { columns, rows } : undefined
}

function cellsOf(line: string): string[] {
  return line.split(',').map((cell) => cell.trim())
}

function changeIn(cell: string, arrow: string): string | [string, string] {
  const [expected = '', actual] = cell.split(arrow)
  return actual === undefined ? cell : [expected, actual]
}

const MOST_ROWS = 20
/** In characters. */
const LONGEST_CELL = 80

/** Expected and actual rows as a table in Markdown, with the differences in bold. */
export function differenceTable({ columns, rows }: Differences): string {
  const shown = rows.filter(({ kind }) => kind !== 'same')
  const same = rows.length - shown.length
  const lines = shown.slice(0, MOST_ROWS).flatMap(linesOf)
  const more = shown.length - MOST_ROWS
  return [
    `| | ${columns.map(cell).join(' | ')} |`,
    `|---|${columns.map(() => '---|').join('')}`,
    ...lines.map(([head, ...cells]) => `| ${head} | ${cells.join(' | ')} |`),
    ...(more > 0 ? ['', `and ${figure(more)} more`] : []),
    ...(same > 0 ? ['', `${figure(same)} ${same === 1 ? 'row is' : 'rows are'} as expected.`] : []),
  ].join('\n')
}

function linesOf({ kind, cells }: DifferentRow): string[][] {
  if (kind === 'missing') return [['expected, missing', ...cells.map((value) => bold(one(value)))]]
  if (kind === 'unexpected') return [['actual, unexpected', ...cells.map((value) => bold(one(value)))]]
  const side = (index: 0 | 1) =>
    cells.map((value) => (typeof value === 'string' ? cell(value) : bold(value[index])))
  return [
    ['expected', ...side(0)],
    ['actual', ...side(1)],
  ]
}

function one(value: string | [string, string]): string {
  return typeof value === 'string' ? value : value.join('→')
}

function cell(text: string): string {
  return code(oneLine(text, LONGEST_CELL))
}

function bold(text: string): string {
  const shown = cell(text)
  return shown && `**${shown}**`
}
