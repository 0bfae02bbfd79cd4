import type { Level } from '../dbt/command.ts'
import { eventLine, isRecapped, type PlaceText, recap, retryLine, textLine } from '../report/log.ts'
import type { Findings } from './evidence.ts'
import type { Reporter } from './reporter.ts'

export interface LogOptions {
  /** dbt's lowest level that is printed. */
  level: Level
  findings: Findings
  print(text: string): void
  /** How the recap shows places; by default as `path:line` from the root of the repository. */
  where?: PlaceText | undefined
  /** Called before the first line. */
  begin(): void
  /** Called once the run is over, before the recap. */
  end(): void
}

/** dbt's lines as they come, and what went wrong at the end; the verdict is the caller's last line. */
export function log({ level, findings, print, where, begin, end }: LogOptions): Reporter {
  let begun = false
  return {
    name: 'log',
    update: (run, { output, begun: invocation }) => {
      if (!begun) begin()
      begun = true
      if (invocation?.command.purpose === 'retry') print(`\n${retryLine(run, invocation)}`)
      if (!output) return
      if ('text' in output) print(textLine(output.text))
      const event = 'event' in output ? output.event : 'logged' in output ? output.logged : undefined
      const line = event && !isRecapped(run, event) ? eventLine(event, level) : undefined
      if (line !== undefined) print(line)
    },
    finish: async (run) => {
      end()
      const text = recap(run, await findings.ofFailures(), where)
      if (text) print(`\n${text}`)
    },
  }
}
