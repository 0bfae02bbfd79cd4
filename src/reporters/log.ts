import type { Level } from '../dbt/command.ts'
import { eventLine, isRecapped, type PlaceText, recap, retryLine, textLine } from '../report/log.ts'
import type { Command } from '../run/run.ts'
import type { Findings } from './evidence.ts'
import type { Reporter } from './reporter.ts'

export interface LogOptions {
  /** dbt's lowest level that is printed. */
  level: Level
  findings: Findings
  print(text: string): void
  /** How the recap shows places; by default as `path:line` from the root of the repository. */
  where?: PlaceText | undefined
  /** Called before the first line of a command, but of no retry. */
  begin(command: Command): void
  /** Called after the last one. */
  end(command: Command): void
  /** Called once the run is over, before the recap. */
  over(): void
}

/** dbt's lines as they come, and what went wrong at the end; the verdict is the caller's last line. */
export function log({ level, findings, print, where, begin, end, over }: LogOptions): Reporter {
  let begun: Command | undefined
  return {
    name: 'log',
    update: (run, { output, begun: invocation }) => {
      if (invocation?.command.purpose === 'retry') print(`\n${retryLine(run, invocation)}`)
      else if (invocation) {
        if (begun) end(begun)
        begun = invocation.command
        begin(begun)
      }
      if (!output) return
      if ('text' in output) print(textLine(output.text))
      const event = 'event' in output ? output.event : 'logged' in output ? output.logged : undefined
      const line = event && !isRecapped(run, event) ? eventLine(event, level) : undefined
      if (line !== undefined) print(line)
    },
    finish: async (run) => {
      if (begun) end(begun)
      over()
      const text = recap(run, await findings.ofFailures(), where)
      if (text) print(`\n${text}`)
    },
  }
}
