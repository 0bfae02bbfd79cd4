import { stripVTControlCharacters } from 'node:util'
import { type FileLine, type Style, width } from '../report/row.ts'
import { footer } from '../report/terminal.ts'
import type { Node, Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import type { Durations } from '../run/time-left.ts'
import type { Sleep } from '../sleep.ts'
import type { Reporter } from './reporter.ts'
import type { Screen } from './screen.ts'

/** How often the footer is drawn, in milliseconds: the seconds of what runs count up. */
const FRAME = 250

export interface LiveOptions {
  run: Run
  screen: Screen
  style: Style
  /** How long nodes took in the last run; may be empty. */
  before: Durations
  /** Where a node that failed is written, as far as it is known. */
  locate(node: Node): Promise<FileLine | undefined>
  /** Milliseconds since the epoch. */
  now(): number
  sleep: Sleep
}

/** Keeps failures and the nodes that run now below the lines of the log. */
export interface LiveView extends Reporter {
  /** Prints above the footer. */
  print(text: string): void
}

/** The footer, drawn anew several times a second and after each line of the log. */
export function liveView({ run, screen, style, before, locate, now, sleep }: LiveOptions): LiveView {
  const places = new Map<string, FileLine>()
  let lines: string[] = []
  let over = false
  let pause: ReturnType<Sleep> | undefined
  let animation: Promise<void> | undefined

  /** One write, so that nothing is seen half drawn. */
  function draw(above: string, next: string[]): void {
    const wipe = wipeOf(heightOf(lines, screen.columns()))
    lines = next
    screen.write(`${wipe}${above}${lines.map((line) => `${line}\n`).join('')}`)
  }

  async function animate(): Promise<void> {
    screen.cursor(false)
    while (!over) {
      const [columns, rows] = [screen.columns(), screen.rows()]
      draw('', footer({ run, now: now(), columns, rows, before, places, style }))
      pause = sleep(FRAME)
      await pause.done
    }
  }

  function begin(): void {
    animation ??= animate()
    animation.catch(() => {})
  }

  return {
    name: 'live view',
    print: (text) => draw(`${text}\n`, lines),
    update: (_, { begun, node }) => {
      if (begun) begin()
      // Again with what is known later: the message leads to the line.
      if (node && outcome(node.status) === 'failed') {
        void locate(node).then(
          (place) => place && places.set(node.uniqueId, place),
          () => {},
        )
      }
    },
    finish: async () => {
      over = true
      pause?.wake()
      draw('', [])
      screen.cursor(true)
      // Only now: a view that fails is reported as every reporter is.
      await animation
    },
  }
}

/** Erases lines one by one: where they are the whole screen, terminals keep what is erased at once for scrolling back. */
function wipeOf(height: number): string {
  const up = `\u001b[${height}A\r`
  return height > 0 ? `${up}${'\u001b[K\n'.repeat(height)}${up}` : ''
}

/** Of lines as a terminal shows them that may have become narrower since they were drawn. */
function heightOf(lines: string[], columns: number): number {
  const heights = lines.map((line) => Math.ceil(width(stripVTControlCharacters(line)) / columns))
  return heights.reduce((sum, height) => sum + Math.max(1, height), 0)
}

/** The log beside the live view, without what that shows as well. */
export function briefLog(log: Reporter): Reporter {
  return {
    ...log,
    update: (run, change) => {
      const { output } = change
      const name = output && 'event' in output ? output.event.name : ''
      const isKnown = RESULTS.test(name) || (run.stoppedAt !== undefined && TRACES.test(name))
      if (!isKnown) log.update?.(run, change)
    },
  }
}

/** The results of nodes, and what repeats them at the end: Core's, and those of both logs of v2. */
const RESULTS = /^(Log\w+Result|NodeFinished|RunResult\w+|CheckNodeTestFailure)$/
/** Core ends with a traceback of Python's after a Ctrl-C. */
const TRACES = /^Main(StackTrace|EncounteredError|KeyboardInterrupt)$/
