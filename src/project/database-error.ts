import { culprits } from './culprit.ts'

/**
 * What a database's error says about the SQL that it was sent: where, and which name is wrong. The wordings are those
 * of the databases' documentation and of recorded errors; see __tests__/project/corpus.
 */
export interface DatabaseError {
  /** The line in what was sent, from 1. */
  line: number | undefined
  /** In that line, from 1. */
  column: number | undefined
  /** The text of the line, where the error prints it; a long line is cut on both sides. */
  printed: string | undefined
  /** What is wrong: a column, table, function or word, the likeliest first. */
  names: string[]
  /** Snowflake's, to which dbt appends its comment instead of putting it first. */
  isSnowflake: boolean
}

/** An error names what is wrong early, in characters. */
const LONGEST_ERROR = 20_000

/** @param message what dbt says of a node that the database refused */
export function databaseError(message: string): DatabaseError {
  const text = message.slice(0, LONGEST_ERROR)
  const place = placeOf(text)
  const printed = printedLine(text)
  return {
    line: printed?.line ?? place?.line,
    column: printed?.column ?? place?.column,
    printed: printed?.text,
    names: culprits(text),
    isSnowflake: text.includes('SQL compilation error'),
  }
}

/** Wordings of a place. A database counts columns from 0 or from 1; either is looked at. */
const PLACES = [
  // BigQuery: "at [4:3]", and "at 4:3" in scripts
  /\bat \[(\d{1,6}):(\d{1,6})\]/,
  // Snowflake: "error line 3 at position 4", "syntax error line 3 at position 4 unexpected 'from'"
  /\berror line (\d{1,6}) at position (\d{1,6})/i,
  // Spark and Databricks: "(line 3, pos 4)", "; line 3 pos 4"
  /\bline (\d{1,6}),? pos(?:ition)? (\d{1,6})/i,
  // Trino and Athena: "line 4:3: Column 'x' cannot be resolved"
  /\bline (\d{1,6}):(\d{1,6})\b/,
  // ClickHouse: "(line 3, col 5)"; Exasol, Oracle, DB2: "line 3, column 5"
  /\bline:? (\d{1,6}),? col(?:umn)?:? (\d{1,6})/i,
  // SQL Server: "Msg 207, Level 16, State 1, Line 3"; MySQL: "near 'from' at line 3"
  /\bline (\d{1,6})\b(?!.*\n-{5})/i,
]

function placeOf(text: string): { line: number; column: number | undefined } | undefined {
  for (const wording of PLACES) {
    const match = wording.exec(text)
    if (match)
      return { line: Number(match[1]), column: match[2] === undefined ? undefined : Number(match[2]) }
  }
  return undefined
}

/** DuckDB, Postgres and Redshift: `LINE 4:   nope,` with a caret below; Spark: `== SQL ==` with `---^^^` below. */
function printedLine(
  text: string,
): { line: number | undefined; column: number | undefined; text: string } | undefined {
  const match = /^([ \t]*)LINE (\d{1,6}): (.*)(?:\n([ \t]*)\^)?/m.exec(text)
  if (match) {
    const [, indent = '', line = '', printed = '', caret] = match
    const before = indent.length + `LINE ${line}: `.length
    const column = caret === undefined || printed.startsWith('...') ? undefined : caret.length - before + 1
    return { line: Number(line), column, text: printed }
  }
  const spark = /^== SQL[^\n]*==\n(?:[^\n]*\n){0,400}?([^\n]*)\n(-*)\^{3}/m.exec(text)
  const [, printed, dashes = ''] = spark ?? []
  return printed === undefined
    ? undefined
    : { line: placeOf(text)?.line, column: dashes.length + 1, text: printed }
}
