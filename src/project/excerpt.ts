/** Lines of a file around the one that is wrong, for a fixed-width font. */
export interface Excerpt {
  /** The number of the first line, from 1. */
  first: number
  /** A tab is four blanks; of a long line the part around the column. */
  lines: string[]
  /** The number of the line that is wrong. */
  line: number
  /** What is wrong in it, in characters from its start; only where the column is known. */
  caret?: { at: number; length: number }
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
  const wrong = source.split('\n')[line - 1] ?? ''
  // A tab is shown as four blanks.
  const at =
    column === undefined ? undefined : column - 1 + 3 * (wrong.slice(0, column - 1).split('\t').length - 1)
  const from = at !== undefined && at > LONGEST_LINE - 20 ? at - LONGEST_LINE / 2 : 0
  const name = at === undefined ? '' : (/^[\w$]+/.exec((lines[line - 1] ?? '').slice(at))?.[0] ?? '')
  const isMapped = compiledLine !== undefined && compiledLine !== line
  return {
    first,
    lines: lines.slice(first - 1, line + around).map((text) => text.slice(from, from + LONGEST_LINE)),
    line,
    ...(at === undefined
      ? {}
      : {
          caret: { at: at - from, length: Math.max(1, Math.min(name.length, from + LONGEST_LINE - at)) },
        }),
    caption: isMapped ? `line ${compiledLine} of the compiled SQL is line ${line} of the file` : '',
  }
}
