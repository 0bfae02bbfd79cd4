import type { DatabaseError } from './database-error.ts'
import { squeeze } from './template.ts'
import { holds, lastPart } from './words.ts'

/** The index of the line in the compiled SQL that the error is about. */
export function compiledIndex(error: DatabaseError, compiled: string, sent: string): number | undefined {
  const lines = compiled.split('\n')
  const numbered = error.line === undefined ? [] : indicesOf(error.line, error.isSnowflake, lines, sent)
  if (error.printed !== undefined) {
    const printed = printedIndices(error.printed, lines)
    return printed.length === 1 ? printed[0] : numbered.find((i) => printed.includes(i))
  }
  const [name = ''] = error.names
  const isThere = (i: number) => name !== '' && holds(lines[i] ?? '', lastPart(name))
  const likely = numbered.filter((i) => lines[i] !== undefined)
  return (
    likely.find((i) => isThere(i) && atColumn(lines[i] ?? '', error.column, name)) ??
    likely.find(isThere) ??
    unnamed(likely, error)
  )
}

/** A place without a name that could confirm it; where a name is known and stands nowhere near, the number is no help. */
function unnamed(likely: number[], error: DatabaseError): number | undefined {
  return error.names.length === 0 ? likely[0] : undefined
}

/**
 * What line `number` may be in the compiled SQL, the likeliest first. It counts in what was sent: in target/run, with
 * or without dbt's comment (https://docs.getdbt.com/reference/project-configs/query-comment), or in the query alone.
 */
function indicesOf(number: number, isCommentLast: boolean, lines: string[], sent: string): number[] {
  const body = lines.join('\n').trim()
  const at = body === '' ? -1 : sent.indexOf(body)
  const leading = lines.findIndex((line) => line.trim() !== '')
  const offset = at < 0 ? undefined : sent.slice(0, at).split('\n').length - 1 - leading
  const inSent = offset === undefined ? [] : [number - 2 - offset, number - 1 - offset]
  // Snowflake drops comments at the beginning, so dbt appends its own.
  if (isCommentLast) inSent.reverse()
  return [...inSent, number - 1, number - 2].filter((i) => i >= 0 && i < lines.length)
}

/** The lines that read so, blanks aside; DuckDB and Postgres cut a long line on both sides. */
export function printedIndices(printed: string, lines: string[]): number[] {
  const wanted = squeeze(printed)
  if (wanted.length < 1) return []
  const all = (fits: (line: string) => boolean) =>
    lines.flatMap((line, i) => (fits(squeeze(line)) ? [i] : []))
  const same = all((line) => line === wanted)
  if (same.length > 0) return same
  const part = squeeze(wanted.replace(/^\.\.\.|\.\.\.$/g, ''))
  // The first and the last line share theirs with the statement around the query.
  return part.length < 2 ? [] : all((line) => line.includes(part) || (line.length > 8 && part.includes(line)))
}

function atColumn(line: string, column: number | undefined, name: string): boolean {
  if (column === undefined) return false
  const word = lastPart(name).toLowerCase()
  // Databases point to the name's beginning, or to the table's before it; they count from 0 or from 1.
  const near = line.toLowerCase().slice(Math.max(0, column - 2), column + name.length + word.length + 2)
  return near.includes(word)
}
