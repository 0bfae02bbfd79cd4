import { counts } from './counts.ts'
import { currentInvocation, type Node, type Run } from './run.ts'

/**
 * Notices that an invocation has run all nodes that dbt had told of; to end takes dbt Core half a second more. What is
 * returned is to be called for every change, and is true once for an invocation.
 */
export function lastNode(): (run: Run, node: Node | undefined) => boolean {
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
    if (noticed || ended.size < (currentInvocation(run)?.nodeCount ?? Number.POSITIVE_INFINITY)) return false
    noticed = true
    return true
  }
}
