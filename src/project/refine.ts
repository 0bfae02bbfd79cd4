import type { Origin } from './align.ts'
import { escaped, lastPart, linesWith, wordAt } from './words.ts'

/** A line of a file, and what is wrong there. */
export interface Found {
  line: number
  column: number | undefined
  /** The call of a macro that wrote the line, such as `cents_to_dollars`; empty where the line is the file's own text. */
  macro: string
  /** What is wrong, as the database names it. */
  name: string
}

/** The line of the file that holds the name, near the one that was found; else that one itself. */
export function refine(
  lines: string[],
  { template, matched }: Origin,
  [first, last]: [number, number],
  names: string[],
): Found {
  const called = /^[-+\s]*([\w.]+)\s*\(/.exec(template.expression)?.[1] ?? ''
  const macro = called && !NO_MACROS.has(called) ? called : ''
  const whole = { from: template.line, to: template.line + template.span - 1 }
  for (const name of names) {
    for (const word of [name, lastPart(name)]) {
      const within = linesWith(lines, word)
      const inTag = within.find((line) => line >= whole.from && line <= whole.to)
      if (inTag !== undefined) return wordOn(lines, inTag, word, '')
      const near = within.filter((line) => line >= first && line <= last)
      if (near.length === 1 && near[0] !== undefined) return wordOn(lines, near[0], word, '')
      // Written by a loop or a macro from a name that stands elsewhere in the file, such as a list.
      if (
        template.tagged &&
        within.length === 1 &&
        within[0] !== undefined &&
        isInTag(lines, within[0], word)
      )
        return wordOn(lines, within[0], word, '')
    }
  }
  const line = firstTextLine(lines, template.line, whole.to)
  const [name = ''] = names
  return { line, column: undefined, macro: matched && macro === '' ? '' : macro, name }
}

/** Calls that write a name, not code of their own. */
const NO_MACROS = new Set('ref source var env_var config this return log print caller'.split(' '))

/** A template line that begins in the middle of nothing, such as a set block: its first line that is not blank. */
function firstTextLine(lines: string[], from: number, to: number): number {
  for (let line = from; line <= to; line++) if ((lines[line - 1] ?? '').trim() !== '') return line
  return from
}

/** Whether a line holds the word inside a Jinja tag, or in a list that goes on over lines: in quotes. */
function isInTag(lines: string[], line: number, word: string): boolean {
  const text = lines[line - 1] ?? ''
  const quoted = new RegExp(`["']${escaped(word)}["']`, 'i')
  return quoted.test(text)
}

/** The word on a line. */
export function wordOn(lines: string[], line: number, word: string, macro: string): Found {
  const index = wordAt(lines[line - 1] ?? '', word)
  return { line, column: index < 0 ? undefined : index + 1, macro, name: word }
}
