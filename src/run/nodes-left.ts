import { counts } from './counts.ts'
import { currentInvocation, type Node, type Run } from './run.ts'

/**
 * Notices that at most so many nodes of an invocation are left, of those that dbt had told of; after the last one dbt
 * Core takes half a second more to end. What is returned is to be called for every change, and is true once for an
 * invocation.
 */
export function nodesLeft(most: number): (run: Run, node: Node | undefined) => boolean {
  const ended = new Set<string>()
  let [number, noticed] = [0, false]
  return (run, node) => {
    if (!node || !counts(node)) return false
    if (number !== run.invocations.length) {
      ended.clear()
      number = run.invocations.length
      noticed = false
    }
    if (node.invocation === number && node.finishedAt !== undefined) ended.add(node.uniqueId)
    const left = (currentInvocation(run)?.nodeCount ?? Number.POSITIVE_INFINITY) - ended.size
    if (noticed || left > most) return false
    noticed = true
    return true
  }
}
