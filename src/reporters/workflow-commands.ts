/** What the Action says by workflow commands. */
import * as core from '@actions/core'
import { annotationOf, MOST_COMMANDS } from '../report/annotation.ts'
import { ROLLUP, rollUpTitle } from '../report/check-run.ts'
import { failedNodes, ownErrors, type Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import type { Watched } from '../watch.ts'

/**
 * Where the check runs are not what they should be.
 * @param thinned whether the API budget slowed the view
 */
export function noticesOf({ unshown, leftOut }: Watched, thinned: boolean): string[] {
  if (unshown.forbidden) {
    return [
      `No check runs: GitHub says "${unshown.reason}". The job needs "permissions: checks: write"; on a pull ` +
        'request from a fork or by Dependabot the token is read-only. Everything is in the job summary.',
    ]
  }
  const { keys, reason } = unshown
  return [
    keys.length > 0
      ? `${keys.length} check runs could not be brought up to date: GitHub says "${reason}".`
      : '',
    leftOut > 0
      ? `${leftOut} nodes have no check run of their own: input max-checks sets how many there are.`
      : '',
    thinned ? "The repository's hourly API budget was short, so check runs were updated less often." : '',
  ].filter(Boolean)
}

/**
 * As workflow commands, the worst first. They carry the file only where no check run could, since the diff would
 * show both.
 */
export function annotate(
  { invocation: run, evidence, problems, unshown }: Watched,
  published: boolean,
): void {
  const missing = new Set(unshown.keys)
  if (!published || unshown.forbidden || missing.has(ROLLUP)) {
    for (const { path, line, title, message } of problems.slice(0, MOST_COMMANDS - 1)) {
      core.error(message, { title, file: path, startLine: line })
    }
  }
  const warned = [...run.nodes.values()].filter((node) => outcome(node.status) === 'warn')
  for (const [nodes, show] of [
    [failedNodes(run), core.error],
    [warned, core.warning],
  ] as const) {
    // One error is the step's own.
    for (const node of nodes.slice(0, MOST_COMMANDS - 1)) {
      const place = evidence.get(node.uniqueId)?.location ?? { path: '', line: 1 }
      const { path, line, title, message } = annotationOf(run, node, place)
      const shownOnFile = published && !unshown.forbidden && !missing.has(node.uniqueId)
      if (shownOnFile || path === '') show(path ? `${path}:${line} ${message}` : message, { title })
      else show(message, { title, file: path, startLine: line })
    }
  }
}

/** In one sentence, and whole where no node says more. */
export function failureText(run: Run): string {
  const title = rollUpTitle(run)
  const errors = failedNodes(run).length > 0 ? [] : ownErrors(run)
  return [title, ...errors.filter((error) => !title.includes(error))].join('\n').slice(0, 3000)
}
