import type { Run } from '../run/run.ts'
import { matchesNothing, whatFailed } from '../run/verdict.ts'
import { failureLine, firstLine } from './message.ts'

/** How the run ended, where the counts of nodes do not say it; empty where they do, or it goes on. */
export function endingText(run: Run): string {
  if (run.exitCode === undefined) return ''
  if (run.stoppedAt !== undefined) return 'stopped'
  if (matchesNothing(run)) return 'the selection matches no node'
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
      return `dbt did not start${because(failure.error)}`
    case 'exit':
      return `dbt ended with exit code ${failure.code}${because(failure.error)}`
  }
}

function because(error: string): string {
  return error ? `: ${firstLine(error)}` : ''
}
