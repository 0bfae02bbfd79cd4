import { startInvocation } from '../../src/run/commands.ts'
import { begin, type Command, type Run } from '../../src/run/run.ts'

/** A command as a user writes it. */
export const BUILD: Command = { purpose: 'command', words: ['build'], selection: undefined, delay: 0 }

/** A run whose first invocation has begun. */
export function begunRun(): Run {
  const run = begin(0)
  startInvocation(run, BUILD, 0)
  return run
}

/** The invocation that runs. */
export function last(run: Run) {
  const invocation = run.invocations.at(-1)
  if (!invocation) throw new Error('the run has no invocation')
  return invocation
}
