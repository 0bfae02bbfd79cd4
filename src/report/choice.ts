import { expectedNodes, isHook, isTest } from '../run/counts.ts'
import type { Node, Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'

export interface ChoiceOptions {
  checks: 'auto' | 'all' | 'failures' | 'rollup' | 'none'
  tests: 'auto' | 'each'
  /** The most check runs of nodes. */
  maxChecks: number
}

/** Which nodes have a check run of their own. A choice is never taken back: the check run would stay open. */
export interface Choice {
  /** Whether this node has one, given what is known of it now. */
  admit(node: Node): boolean
  has(uniqueId: string): boolean
  /** At the end: failures first, then the rest, while there is room. Returns the nodes that came in. */
  fill(): Node[]
  /** Nodes that would have had one, but there was no room; known after `fill`. */
  leftOut: number
}

/**
 * Where all nodes fit into max-checks each gets a check run as it starts. Where they do not, or their number is not
 * known yet:
 * - `auto` has failures as they come, and warnings at the end, while there is room;
 * - `all` has other nodes too, but half of the places are kept for failures and warnings until the end.
 */
export function chooseChecks(run: Run, options: ChoiceOptions): Choice {
  const { checks, tests, maxChecks } = options
  const chosen = new Set<string>()
  const kept = Math.ceil(maxChecks / 2)

  const eligible = (node: Node): boolean => {
    if (checks === 'none' || checks === 'rollup') return false
    const result = outcome(node.status)
    if (result === 'failed' || result === 'warn') return true
    if (checks === 'failures' || (checks === 'auto' && !fits(run, maxChecks))) return false
    if (isTest(node) && tests === 'auto') return false
    // It is compiled into the models that use it and never built, whatever the engine reports of it.
    return node.materialized !== 'ephemeral'
  }
  const admitted = (node: Node, places: number): boolean => {
    if (chosen.has(node.uniqueId)) return true
    if (chosen.size >= places || !eligible(node)) return false
    chosen.add(node.uniqueId)
    return true
  }
  /** How many places there are for a node while dbt runs. */
  const placesFor = (node: Node): number => {
    const result = outcome(node.status)
    if (result === 'failed' || fits(run, maxChecks)) return maxChecks
    // A warning must not take the place of a failure that is still to come.
    if (result === 'warn') return checks === 'all' ? maxChecks : 0
    return maxChecks - kept
  }
  const choice: Choice = {
    admit: (node) => {
      const result = outcome(node.status)
      const isUrgent = result === 'failed' || result === 'warn'
      // dbt does not count its hooks; at the end they have what places are left.
      if (isHook(node) && !isUrgent) return chosen.has(node.uniqueId)
      // So have those that an earlier run left as they are.
      if (node.origin !== '') return chosen.has(node.uniqueId)
      return admitted(node, placesFor(node))
    },
    has: (uniqueId) => chosen.has(uniqueId),
    fill: () => {
      const rank = { failed: 0, warn: 1, cancelled: 2, skipped: 3, success: 4 }
      const nodes = [...run.nodes.values()].filter((node) => !chosen.has(node.uniqueId))
      nodes.sort((a, b) => rank[outcome(a.status) ?? 'cancelled'] - rank[outcome(b.status) ?? 'cancelled'])
      const added = nodes.filter((node) => admitted(node, maxChecks))
      choice.leftOut = nodes.filter((node) => !chosen.has(node.uniqueId) && eligible(node)).length
      return added
    },
    leftOut: 0,
  }
  return choice
}

/**
 * Whether each node that could get a check run has a place: by dbt's own number of nodes (Core), which holds
 * the tests too, by the size of the project, or once the run is over by the nodes there were.
 */
function fits(run: Run, places: number): boolean {
  if (run.exitCode !== undefined && run.nodes.size <= places) return true
  const count = expectedNodes(run)
  if (count !== undefined) return count <= places
  return run.graph.size > 0 && run.graph.size <= places
}
