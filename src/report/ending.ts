import { commandName } from '../dbt/command.ts'
import type { Run } from '../run/run.ts'
import { idleText, matchesNothing, whatFailed } from '../run/verdict.ts'
import { type Advised, adviceFor } from './advice.ts'
import { failureLine, firstLine } from './message.ts'

/** How the run ended, where the counts of nodes do not say it; empty where they do, or it goes on. */
export function endingText(run: Run, advised: Advised): string {
  if (run.exitCode === undefined) return ''
  if (run.stoppedAt !== undefined) return 'stopped'
  if (matchesNothing(run)) return idleText(run) || 'no node selected'
  const failure = whatFailed(run)
  switch (failure?.kind) {
    case undefined:
      return ''
    case 'signal':
      return `dbt was killed by ${failure.signal} (exit code ${run.exitCode})`
    case 'hook': {
      const [first] = failure.hooks
      const names = failure.hooks.map(({ name }) => name).join(', ')
      return `hook ${names} failed${first?.message ? `: ${failureLine(first)}` : ''}`
    }
    case 'not started':
      return `dbt did not start${because(failure.error, advised)}`
    case 'exit':
      if (commandName(failure.command) === 'deps') return `dbt deps failed${because(failure.error, advised)}`
      // What dbt cannot start with, in words that need no exit code.
      return failure.error && run.nodes.size === 0
        ? `dbt could not start${because(failure.error, advised)}`
        : `dbt ended with exit code ${failure.code}${because(failure.error, advised)}`
  }
}

function because(error: string, advised: Advised): string {
  return error ? `: ${adviceFor(error, advised)?.title ?? firstLine(error)}` : ''
}
