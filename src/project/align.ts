import { isEnded, likeness } from './likeness.ts'
import { readTemplate, squeeze, type Template, type TemplateLine } from './template.ts'

/** Which line of a template a compiled line comes from. */
export interface Origin {
  template: TemplateLine
  /** False where the line of the template was found only by what stands around it: inside what a macro wrote. */
  matched: boolean
}

/** Above this many pairs of lines nothing is aligned; it bounds the time to about a second. */
const MOST_PAIRS = 3_000_000

/**
 * Aligns compiled SQL with its template, line by line: the likeliest sequence of template lines that wrote it.
 * Lines that Jinja leaves out are skipped, those of a loop repeat, and a call may write many lines. (Viterbi's
 * algorithm, whose states are the template's lines.)
 * @returns for each compiled line where it comes from; undefined for blank ones and those from nowhere
 */
export function align(source: string, compiled: string): (Origin | undefined)[] {
  const template = readTemplate(source)
  const states = template.lines.filter(isWritten)
  const text = compiled.split('\n').map(squeeze)
  const written = text.flatMap((line, i) => (line === '' ? [] : [i]))
  const origins: (Origin | undefined)[] = text.map(() => undefined)
  if (states.length === 0 || states.length * written.length > MOST_PAIRS) return origins
  const lines = written.map((i) => text[i] ?? '')
  for (const [i, step] of path(template, states, lines).entries()) {
    const state = states[step.state]
    if (state && !step.foreign) origins[written[i] ?? 0] = { template: state, matched: step.matched }
  }
  return origins
}

/** Whether a line of the template can write anything but blanks. */
function isWritten(line: TemplateLine): boolean {
  return line.length > 0 || line.expression !== ''
}

interface Step {
  state: number
  matched: boolean
  /** Not of the template at all. */
  foreign: boolean
}

const NEVER = -1e9
/** The costs of what happens rarely, against the gain of a match, which is 2 and more. */
const COST = { skip: 4, skipInBlock: 0.5, repeat: 1, stay: 0.3, begun: 2, ended: 3, foreign: 6 }

/** The best way through the states, one for each compiled line. */
function path(template: Template, states: TemplateLine[], lines: string[]): Step[] {
  const skips = prefixSums(states)
  const loops = loopsOf(template, states)
  /** For each line and state the state before, and whether the line was foreign. */
  const before: Int32Array[] = []
  const strange: Uint8Array[] = []
  let scores = new Float64Array(states.length).fill(NEVER)
  for (const [i, line] of lines.entries()) {
    const from = new Int32Array(states.length).fill(-1)
    const foreign = new Uint8Array(states.length)
    const next = new Float64Array(states.length).fill(NEVER)
    const entries = entering(scores, skips, loops, i === 0, from)
    for (const [s, state] of states.entries()) {
      const gain = likeness(state, line)
      const writes = state.expression !== ''
      const ended = writes && isEnded(state, lines[i - 1] ?? '') ? COST.ended : 0
      const stayed = (scores[s] ?? NEVER) - (writes ? COST.stay + ended : COST.foreign)
      const begun = writes && !line.startsWith(state.beginning) ? COST.begun : 0
      const entered = (entries[s] ?? NEVER) + gain - begun
      const remained = writes ? stayed + Math.max(gain, 0) : stayed
      next[s] = Math.max(entered, remained)
      if (remained > entered) {
        from[s] = s
        foreign[s] = writes ? 0 : 1
      }
    }
    before.push(from)
    strange.push(foreign)
    scores = next
  }
  return trace(states, lines, before, strange, finalScores(scores, skips))
}

/** The best score of coming to each state from another one; notes which. */
function entering(
  scores: Float64Array,
  skips: Float64Array,
  loops: { first: number; last: number }[],
  isFirst: boolean,
  from: Int32Array,
): Float64Array {
  const entries = new Float64Array(scores.length).fill(NEVER)
  let best = isFirst ? 0 : NEVER
  let bestFrom = -1
  for (let s = 0; s < scores.length; s++) {
    entries[s] = best - (skips[s] ?? 0)
    from[s] = bestFrom
    const own = (scores[s] ?? NEVER) + (skips[s + 1] ?? 0)
    if (own > best) {
      best = own
      bestFrom = s
    }
  }
  for (const { first, last } of loops) {
    let turn = NEVER
    let turnFrom = -1
    for (let s = first; s <= last; s++) {
      const score = (scores[s] ?? NEVER) - ((skips[last + 1] ?? 0) - (skips[s + 1] ?? 0))
      if (score > turn) {
        turn = score
        turnFrom = s
      }
    }
    for (let s = first; s <= turnFrom; s++) {
      const score = turn - ((skips[s] ?? 0) - (skips[first] ?? 0)) - COST.repeat
      if (score > (entries[s] ?? NEVER)) {
        entries[s] = score
        from[s] = turnFrom
      }
    }
  }
  return entries
}

/** The states after the last one are skipped too. */
function finalScores(scores: Float64Array, skips: Float64Array): Float64Array {
  const all = skips[scores.length] ?? 0
  return scores.map((score, s) => score - (all - (skips[s + 1] ?? 0)))
}

function trace(
  states: TemplateLine[],
  lines: string[],
  before: Int32Array[],
  strange: Uint8Array[],
  scores: Float64Array,
): Step[] {
  let state = scores.reduce((best, score, s) => (score > (scores[best] ?? NEVER) ? s : best), 0)
  const steps: Step[] = []
  for (let i = lines.length - 1; i >= 0; i--) {
    const here = states[state]
    const matched = here !== undefined && likeness(here, lines[i] ?? '') > 0
    steps.push({ state, matched, foreign: strange[i]?.[state] === 1 })
    state = Math.max(0, before[i]?.[state] ?? 0)
  }
  return steps.reverse()
}

/** skips[s]: what it costs to leave out the states before s. */
function prefixSums(states: TemplateLine[]): Float64Array {
  const sums = new Float64Array(states.length + 1)
  for (const [s, state] of states.entries()) {
    const costs = state.depth > 0 ? COST.skipInBlock : state.length === 0 ? COST.skipInBlock : COST.skip
    sums[s + 1] = (sums[s] ?? 0) + costs
  }
  return sums
}

/** The loops in terms of states. */
function loopsOf(template: Template, states: TemplateLine[]): { first: number; last: number }[] {
  const index = new Map(states.map((state, s) => [state, s]))
  return template.loops.flatMap((loop) => {
    const inside = template.lines.slice(loop.first, loop.last + 1).flatMap((line) => index.get(line) ?? [])
    const [first] = inside
    const last = inside.at(-1)
    return first === undefined || last === undefined ? [] : [{ first, last }]
  })
}
