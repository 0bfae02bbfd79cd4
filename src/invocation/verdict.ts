import { isUndone } from './attempts.ts'
import { countNodes, type Invocation } from './invocation.ts'

export type FailOn = 'error' | 'warn' | 'never'
export type Verdict = 'success' | 'failure' | 'cancelled'

/** What the step ends with: it follows from dbt's result and fail-on alone. GitHub has no say. */
export function verdict(invocation: Invocation, failOn: FailOn): Verdict {
  if (invocation.stoppedAt !== undefined) return 'cancelled'
  const { failed, warn } = countNodes(invocation)
  // dbt itself failed (a project that does not parse, a hook, a panic): no setting makes that fine.
  if (invocation.exitCode !== 0 && failed === 0) return 'failure'
  if (failOn === 'never') return 'success'
  return failed > 0 || isUndone(invocation) || (failOn === 'warn' && warn > 0) ? 'failure' : 'success'
}
