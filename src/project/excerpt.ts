/** Lines of a file around the one that is wrong, for a fixed-width font. */
export interface Excerpt {
  /** Each line with its number; below the wrong one a caret where the column is known. */
  text: string
  /** Where the line comes from, such as "line 21 of the compiled SQL is line 12 of the file"; empty where it is clear. */
  caption: string
}

/** A longer line is cut around the column, in characters. */
const LONGEST_LINE = 160

/**
 * The lines around a place.
 * @param source the text of the file
 * @param around how many lines are shown before and after
 */
export function excerpt(
  source: string,
  place: { line: number; column?: number; compiledLine?: number },
  around = 3,
): Excerpt {
  const lines = source.split('\n').map((line) => line.replace(/\r$/, '').replaceAll('\t', '    '))
  if (lines.at(-1) === '') lines.pop()
  const { line, column, compiledLine } = place
  const first = Math.max(1, line - around)
  const last = Math.min(lines.length, line + around)
  const width = String(last).length
  const wrong = source.split('\n')[line - 1] ?? ''
  // A tab is shown as four blanks.
  const at =
    column === undefined ? undefined : column - 1 + 3 * (wrong.slice(0, column - 1).split('\t').length - 1)
  const from = at !== undefined && at > LONGEST_LINE - 20 ? at - LONGEST_LINE / 2 : 0
  const text: string[] = []
  for (let number = first; number <= last; number++) {
    const mark = number === line ? '>' : ' '
    const shown = (lines[number - 1] ?? '').slice(from, from + LONGEST_LINE)
    text.push(`${mark} ${String(number).padStart(width)} | ${shown}`.trimEnd())
    if (number === line && at !== undefined) {
      const name = /^[\w$]+/.exec((lines[line - 1] ?? '').slice(at))?.[0] ?? ''
      const carets = '^'.repeat(Math.max(1, Math.min(name.length, from + LONGEST_LINE - at)))
      text.push(`  ${' '.repeat(width)} | ${' '.repeat(at - from)}${carets}`)
    }
  }
  const isMapped = compiledLine !== undefined && compiledLine !== line
  return {
    text: text.join('\n'),
    caption: isMapped ? `line ${compiledLine} of the compiled SQL is line ${line} of the file` : '',
  }
}
