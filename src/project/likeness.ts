import type { TemplateLine } from './template.ts'

/** What it costs to take a line for one that it does not look like; a match gains 2 and more. */
const MISMATCH = 8

/** How well a compiled line can come from a line of the template. */
export function likeness(state: TemplateLine, line: string): number {
  const gain = (length: number) => 2 + Math.min(length, 60) / 4
  if (!state.tagged) {
    const piece = state.pieces[0] ?? ''
    if (piece === line) return gain(line.length)
    // Whitespace control (`{%-`) joins lines.
    return piece.length >= 4 && line.includes(piece) ? gain(piece.length) * 0.6 : -MISMATCH
  }
  let at = 0
  let found = 0
  for (const piece of state.pieces) {
    const next = line.indexOf(piece, at)
    if (next < 0) continue
    found += piece.length
    at = next + piece.length
  }
  const words = argumentWords(state).filter((word) => line.includes(word)).length
  if (state.expression === '') {
    // Statements alone: what stands between them is all there is, or a part of it.
    const rest = line.length - found
    return found === 0 ? -MISMATCH : gain(found) - rest / 2
  }
  // A macro may write many lines: the first begins as the template's does, the last ends so.
  const missing = state.length - found - (isEnded(state, line) ? 0 : state.ending.length)
  return (found > 0 ? gain(found) : 0) - missing / 4 + Math.min(words, 3)
}

/** Whether a line can be the last one that a line of the template wrote. */
export function isEnded(state: TemplateLine, line: string): boolean {
  return state.ending !== '' && line.endsWith(state.ending)
}

const words = new WeakMap<TemplateLine, string[]>()

/** Quoted words of an expression, such as a column: they often stand in what it writes. */
function argumentWords(state: TemplateLine): string[] {
  const known = words.get(state)
  if (known) return known
  const found = [...state.expression.slice(0, 5000).matchAll(/["']([\w.]{2,100})["']/g)].map(
    (match) => match[1] ?? '',
  )
  words.set(state, found)
  return found
}
