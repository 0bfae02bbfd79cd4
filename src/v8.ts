import { setFlagsFromString } from 'node:v8'
import type { Reporter } from './reporters/reporter.ts'

/**
 * How V8 runs a step, which does little at a time and does it seldom; docs/adr/0025 has what was measured. Numbers that
 * V8 reads each time it needs them, so that they can be set while it runs.
 */
export const FLAGS = {
  // To optimise a function takes longer than a run of some hundred nodes gains by it. After so many calls:
  'invocation-count-for-maglev': 8_000,
  'invocation-count-for-early-optimization': 8_000,
  'invocation-count-for-turbofan': 30_000,
  'regexp-tier-up-ticks': 20,
  // The stream is short-lived text. The young generation would grow with it, for no time saved.
  'semi-space-growth-factor': 1,
  // A step that waits for dbt would collect garbage to give memory back. In milliseconds.
  'gc-memory-reducer-start-delay-ms': 600_000,
}

/** The V8 of Node 24. Of a flag that it does not know, V8 writes an error to the log. */
const KNOWN = '13.6.'

/**
 * To be called once the modules of Node are loaded that a run needs: Node has them compiled for the usual flags
 * alone, and would compile them anew.
 */
export function spareWork(): void {
  if (!process.versions.v8.startsWith(KNOWN)) return
  for (const [name, value] of Object.entries(FLAGS)) setFlagsFromString(`--${name}=${value}`)
}

/** Of nodes. From here on a heap that is twice as large as what is in it costs more than to look after it. */
const MANY = 5_000

/** Keeps the heap small once a run is large: 100,000 nodes take 320 to 400 MB instead of 550, and a fifth more time. */
export function smallHeap(): Reporter {
  let small = false
  return {
    name: 'size of the heap',
    update: ({ nodes }) => {
      if (small || nodes.size < MANY) return
      small = true
      setFlagsFromString('--optimize-for-size')
    },
  }
}
