import { footer } from '../report/terminal.ts'
import type { Run } from '../run/run.ts'
import type { Reporter } from './reporter.ts'

/** A terminal, or what stands in for it. */
export interface Screen {
  write(text: string): void
  columns(): number
}

/** How often the footer is drawn, in milliseconds: the seconds of what runs count up. */
const FRAME = 250

/** Keeps the nodes that run now below the lines of the log. */
export interface LiveView extends Reporter {
  /** Prints above the footer. */
  print(text: string): void
}

/** @param now milliseconds since the epoch */
export function liveView(run: Run, { write, columns }: Screen, now: () => number): LiveView {
  let height = 0
  const wipe = () => {
    if (height > 0) write(`\u001b[${height}A\u001b[J`)
    height = 0
  }
  const draw = () => {
    const lines = footer(run, now(), columns())
    write(`${lines.join('\n')}\n`)
    height = lines.length
  }
  const timer = setInterval(() => {
    wipe()
    draw()
  }, FRAME)
  return {
    name: 'live view',
    print: (text) => {
      wipe()
      write(`${text}\n`)
      if (run.exitCode === undefined) draw()
    },
    finish: async () => {
      clearInterval(timer)
      wipe()
    },
  }
}
