import type { FailingRows } from '../dbt/failing-rows.ts'
import type { PageTable } from './page-data.ts'
import { code, oneLine } from './text.ts'

/** The rows of each failed test by its unique_id. */
export type RowsByTest = ReadonlyMap<string, FailingRows>

/** In characters: rows are shown to recognize them, not to read them. */
const LONGEST_CELL = 80
const MOST_COLUMNS = 20

/** Rows as a table in Markdown; empty without rows. */
export function rowTable({ columns, rows }: FailingRows): string {
  if (rows.length === 0) return ''
  const line = (cells: string[]) =>
    `| ${cells
      .slice(0, MOST_COLUMNS)
      .map((cell) => code(cell, LONGEST_CELL))
      .join(' | ')} |`
  const shown = columns.slice(0, MOST_COLUMNS)
  return [line(shown), `|${shown.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

/** Rows as a table of the page. @param total how many there are in all */
export function pageTable({ columns, rows }: FailingRows, total = 0): PageTable {
  const cells = (row: string[]) => row.slice(0, MOST_COLUMNS).map((cell) => oneLine(cell, LONGEST_CELL))
  return {
    columns: cells(columns),
    rows: rows.map(cells),
    ...(total > rows.length ? { total } : {}),
  }
}
