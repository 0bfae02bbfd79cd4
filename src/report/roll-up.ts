/** The check run of the whole run. */

import { countNodes } from '../run/counts.ts'
import { isUndone } from '../run/retry.ts'
import type { Run } from '../run/run.ts'
import { type FailOn, matchesNothing, verdict, whatFailed } from '../run/verdict.ts'
import type { Annotation } from './annotation.ts'
import { type CheckRun, type Conclusion, ROLLUP } from './check-run.ts'
import type { Subject } from './subject.ts'
import { rollUpTitle } from './title.ts'

export function rollUp(
  run: Run,
  subject: Subject,
  body: { summary: string; annotations: Annotation[] },
): CheckRun {
  return {
    key: ROLLUP,
    name: subject.checkName,
    conclusion: run.exitCode === undefined ? undefined : rollUpConclusion(run, subject.failOn),
    startedAt: run.startedAt,
    completedAt: run.finishedAt,
    title: rollUpTitle(run, subject),
    summary: body.summary,
    text: '',
    annotations: body.annotations,
  }
}

/** The least that the roll-up shows at the end: what post needs to close it. */
export function rollUpEnd(run: Run, subject: Subject): { conclusion: Conclusion; title: string } {
  return { conclusion: rollUpConclusion(run, subject.failOn), title: rollUpTitle(run, subject) }
}

/**
 * What happened, whatever fail-on makes of it for the step. Warnings of dbt itself, which many projects always have,
 * change it only where they make the step fail.
 */
export function rollUpConclusion(run: Run, failOn: FailOn): Conclusion {
  const { failed, warn, cancelled } = countNodes(run)
  if (run.stoppedAt !== undefined) return 'cancelled'
  if (failed > 0 || whatFailed(run) || isUndone(run)) return 'failure'
  const warned = warn > 0 || matchesNothing(run) || verdict(run, failOn) === 'failure'
  return warned || cancelled > 0 ? 'neutral' : 'success'
}
