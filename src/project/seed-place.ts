import { squeeze } from './template.ts'

/** A row of a CSV file: the line on which it begins, from 1, and the number of its values. */
interface Row {
  line: number
  values: number
}

/**
 * The line of a seed that an error is about: the one it names, else the first that has not as many values as the
 * header, else the one that holds the value that could not be converted.
 */
export function seedLine(csv: string, message: string): number | undefined {
  // v2 says of a seed that it cannot read only that it failed.
  if (message === '') return raggedRow(csv)
  const lines = csv.split('\n')
  const original = squeeze(/^[ \t]*Original Line: ([^\n]*)/m.exec(message)?.[1] ?? '')
  // `LINE 3: …` is one of the SQL that makes the table.
  const named = /\bLine: (\d{1,7})|\bfor line (\d{1,7})|\bline (\d{1,7})\b/i.exec(
    message.replace(/^[ \t]*LINE \d{1,6}: .*$/gm, ''),
  )
  const number = Number(named?.[1] ?? named?.[2] ?? named?.[3])
  if (original !== '' && squeeze(lines[number - 1] ?? '') !== original) {
    const same = lines.flatMap((line, i) => (squeeze(line) === original ? [i + 1] : []))
    if (same.length === 1) return same[0]
  }
  if (number >= 1 && number <= lines.length) return number
  if (/\bRow \d+ has \d+ values|sniffing|columns|fields|ragged|delimit/i.test(message)) {
    const got = /\bhas (\d{1,5}) values/.exec(message)?.[1]
    const ragged = raggedRow(csv, got === undefined ? undefined : Number(got))
    if (ragged !== undefined) return ragged
  }
  const value = /(?:string|syntax for [\w ]+:|value|Bad \w+ value:?) ["']([^"'\n]{1,200})["']/i.exec(
    message,
  )?.[1]
  const holding = lines.flatMap((line, i) =>
    value !== undefined && line.split(',').includes(value) ? [i + 1] : [],
  )
  return holding.length === 1 ? holding[0] : undefined
}

/** The first row with another number of values than the header. @param values the number it has, where known */
export function raggedRow(csv: string, values?: number): number | undefined {
  let header: number | undefined
  for (const row of rowsOf(csv)) {
    header ??= row.values
    if (values === undefined ? row.values !== header : row.values === values && values !== header)
      return row.line
  }
  return undefined
}

/** Rows with values, quoted ones over several lines too: https://www.rfc-editor.org/rfc/rfc4180 */
function* rowsOf(csv: string): Generator<Row> {
  const [header = ''] = csv.split('\n', 1)
  // Of a seed with a `delimiter` of its own.
  const delimiter = [',', ';', '\t', '|'].find((each) => header.includes(each)) ?? ','
  let line = 1
  let row: Row = { line: 1, values: 1 }
  let quoted = false
  let empty = true
  for (const char of csv) {
    if (char === '"') quoted = !quoted
    else if (char === delimiter && !quoted) row.values++
    if (char === '\n') {
      line++
      if (quoted) continue
      if (!empty) yield row
      row = { line, values: 1 }
      empty = true
    } else if (char !== '\r') empty = false
  }
  // A quote that is never closed: the rest of the file is no value.
  if (!empty) yield quoted ? { ...row, values: 0 } : row
}
