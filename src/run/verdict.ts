import { isUndone } from './retry.ts'
import { countNodes, type Run } from './run.ts'

export type FailOn = 'error' | 'warn' | 'never'
export type Verdict = 'success' | 'failure' | 'cancelled'

/** What the step ends with: it follows from dbt's result and fail-on alone. GitHub has no say. */
export function verdict(run: Run, failOn: FailOn): Verdict {
  if (run.stoppedAt !== undefined) return 'cancelled'
  const { failed, warn } = countNodes(run)
  // dbt itself failed (a project that does not parse, a hook, a panic): no setting makes that fine.
  if (run.exitCode !== 0 && failed === 0) return 'failure'
  if (failOn === 'never') return 'success'
  return failed > 0 || isUndone(run) || (failOn === 'warn' && warn > 0) ? 'failure' : 'success'
}
