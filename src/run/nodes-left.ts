import { counts } from './counts.ts'
import { currentInvocation, type Node, type Run } from './run.ts'

/**
 * Notices that at most so many nodes of an invocation are left, of those that dbt had told of; after the last one dbt
 * Core takes half a second more to end. What is returned is to be called for every change, and is true once for an
 * invocation.
 */
export function nodesLeft(most: number): (run: Run, node: Node | undefined) => boolean {
  let [number, noticed] = [0, false]
  // A node may be seen several times after its end, so they are counted only once there may be enough of them.
  let [seen, countAt] = [0, 0]
  return (run, node) => {
    if (!node || !counts(node)) return false
    if (number !== run.invocations.length) {
      number = run.invocations.length
      noticed = false
      seen = 0
      countAt = 0
    }
    if (hasEnded(node, number)) seen++
    const total = currentInvocation(run)?.nodeCount ?? Number.POSITIVE_INFINITY
    if (noticed || seen < Math.max(countAt, total - most)) return false
    const left = total - countEnded(run, number)
    noticed = left <= most
    countAt = seen + left - most
    return noticed
  }
}

function countEnded(run: Run, number: number): number {
  let count = 0
  for (const node of run.nodes.values()) if (counts(node) && hasEnded(node, number)) count++
  return count
}

function hasEnded({ invocation, finishedAt }: Node, number: number): boolean {
  return invocation === number && finishedAt !== undefined
}
