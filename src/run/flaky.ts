/** What fails and succeeds without a reason in the project. */
import { counts } from './counts.ts'
import type { SavedRun } from './saved.ts'
import { hasSucceeded, outcome } from './status.ts'

/** A node that fails and succeeds without a change of the project. */
export interface Flaky {
  uniqueId: string
  /** In how many of the runs it ran, and in how many it failed at first or for good. */
  runs: number
  failures: number
  /** `retry`: it failed and then succeeded in one run. `same commit`: runs of one commit ended differently. */
  reasons: ('retry' | 'same commit')[]
}

/**
 * The flaky nodes of some runs, those that failed in most runs first.
 *
 * Only what cannot be a change of the project counts: a retry or re-run that succeeded, and different results for the
 * same commit. A node that failed in some commits and not in others may have been broken and repaired.
 * @param states of one command, in any order; each attempt of a workflow run replaces the one before
 */
export function flakyOver(states: SavedRun[]): Flaky[] {
  const found = new Map<
    string,
    { runs: number; failures: number; retried: boolean; commits: Map<string, Set<string>> }
  >()
  for (const state of latestAttempts(states)) {
    for (const node of state.nodes) {
      if (!counts(node) || outcome(node.status) === 'skipped' || outcome(node.status) === 'cancelled')
        continue
      const entry = found.get(node.uniqueId) ?? { runs: 0, failures: 0, retried: false, commits: new Map() }
      found.set(node.uniqueId, entry)
      const failedAtFirst = node.earlier.some(({ status }) => outcome(status) === 'failed')
      const failed = outcome(node.status) === 'failed'
      entry.runs++
      if (failed || failedAtFirst) entry.failures++
      if (failedAtFirst && hasSucceeded(node.status)) entry.retried = true
      const { commit } = state.about
      if (commit === '' || node.origin !== '') continue
      const results = entry.commits.get(commit) ?? new Set()
      entry.commits.set(commit, results.add(failed ? 'failed' : 'good'))
    }
  }
  const flaky = [...found].flatMap(([uniqueId, { runs, failures, retried, commits }]): Flaky[] => {
    const sameCommit = [...commits.values()].some((results) => results.size > 1)
    const reasons = [...(retried ? ['retry' as const] : []), ...(sameCommit ? ['same commit' as const] : [])]
    return reasons.length > 0 ? [{ uniqueId, runs, failures, reasons }] : []
  })
  return flaky.sort((a, b) => b.failures / b.runs - a.failures / a.runs || (a.uniqueId < b.uniqueId ? -1 : 1))
}

/** The state of an attempt has the results of those before it. */
function latestAttempts(states: SavedRun[]): SavedRun[] {
  const latest = new Map<string, SavedRun>()
  const single: SavedRun[] = []
  for (const state of states) {
    const { runId, checkName, runAttempt } = state.about
    if (runId === '') single.push(state)
    else {
      const key = `${runId}/${checkName}`
      const known = latest.get(key)
      if (!known || known.about.runAttempt < runAttempt) latest.set(key, state)
    }
  }
  return [...latest.values(), ...single]
}
