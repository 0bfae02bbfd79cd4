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
  for (const word of names.flatMap((name) => [name, lastPart(name)])) {
    const all = linesWith(lines, word)
    const inTag = all.find((line) => line >= whole.from && line <= whole.to)
    const near = all.filter((line) => line >= first && line <= last)
    const line =
      inTag ?? only(near) ?? (template.tagged ? writer(lines, all, word, template.expression) : undefined)
    if (line !== undefined) return wordOn(lines, line, word, '')
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

/** A line of names that a loop or a macro writes, such as a list, or of a `set` block that the expression inserts. */
function writer(lines: string[], all: number[], word: string, expression: string): number | undefined {
  const line = only(all)
  if (line === undefined) return undefined
  const quoted = new RegExp(`["']${escaped(word)}["']`, 'i')
  return quoted.test(lines[line - 1] ?? '') || isInserted(lines, line, expression) ? line : undefined
}

/** Whether a line is in a block such as `{% set x %}` or `{% macro x() %}`, and `x` in the expression. */
function isInserted(lines: string[], line: number, expression: string): boolean {
  for (let above = line; above >= 1; above--) {
    const text = (lines[above - 1] ?? '').slice(0, 1000)
    if (above < line && /\{%-?\s*end(?:set|macro)\b/.test(text)) return false
    const block = /\{%-?\s*(?:set\s+(\w+)\s*-?%\}|macro\s+(\w+))/.exec(text)
    if (block) return wordAt(expression, block[1] ?? block[2] ?? '') >= 0
  }
  return false
}

function only(lines: number[]): number | undefined {
  return lines.length === 1 ? lines[0] : undefined
}

/** The word on a line. */
export function wordOn(lines: string[], line: number, word: string, macro: string): Found {
  const index = wordAt(lines[line - 1] ?? '', word)
  return { line, column: index < 0 ? undefined : index + 1, macro, name: word }
}
