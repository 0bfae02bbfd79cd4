import { failedNodes } from '../run/counts.ts'
import type { Node, Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import type { Conclusion } from './check-run.ts'
import { brief, checkNameOfNode } from './node-check.ts'
import { rollUpConclusion } from './roll-up.ts'
import type { Subject } from './subject.ts'
import { oneLine } from './text.ts'
import { rollUpTitle } from './title.ts'

/** https://docs.github.com/en/rest/commits/statuses#create-a-commit-status */
export interface CommitStatus {
  /** Its name; a later one of the same name replaces it. */
  context: string
  state: 'success' | 'failure' | 'error'
  description: string
}

/** GitHub refuses more characters; Gitea has no limit. */
const LONGEST_DESCRIPTION = 140

/** A commit status has no state for a warning or a skip: both pass, as their check runs do. */
const STATES: Record<Conclusion, CommitStatus['state']> = {
  success: 'success',
  neutral: 'success',
  skipped: 'success',
  failure: 'failure',
  cancelled: 'error',
}

/**
 * The roll-up and what failed, for servers without check runs, under the same names.
 * @param most how many nodes at most
 * @param failing names of statuses that show a failure already: they are corrected where the node did not fail again
 */
export function commitStatuses(
  run: Run,
  subject: Subject,
  most: number,
  failing: ReadonlySet<string>,
): CommitStatus[] {
  const nameOf = (node: Node) => checkNameOfNode(run, node, subject.checkName)
  const isFailed = (node: Node) => outcome(node.status) === 'failed'
  const corrected = [...run.nodes.values()].filter((node) => !isFailed(node) && failing.has(nameOf(node)))
  return [
    status(subject.checkName, rollUpConclusion(run, subject.failOn), rollUpTitle(run, subject)),
    ...[...failedNodes(run).slice(0, most), ...corrected].flatMap((node) => {
      const end = brief(run, node)
      return end ? [status(nameOf(node), end.conclusion, end.title)] : []
    }),
  ]
}

function status(context: string, conclusion: Conclusion, title: string): CommitStatus {
  return { context, state: STATES[conclusion], description: oneLine(title, LONGEST_DESCRIPTION) }
}
