/**
 * A run of several attempts: what was not good runs again, and the results lie over those before. The latest
 * counts; the earlier ones are kept.
 */
import type { Selection } from '../dbt/selection.ts'
import { selectorOf } from '../dbt/selector.ts'
import { counts, failedNodes, type Invocation, isTest, type Node, type Result, unseen } from './invocation.ts'
import { blockedBy } from './lineage.ts'
import { isGood, outcome, WAITING } from './status.ts'

/** Puts the result of a node aside: it runs again. */
export function renew(invocation: Invocation, node: Node): void {
  node.earlier.push(resultOf(node))
  Object.assign(node, unseen(invocation.attempt), { settled: false, batches: 0, openBatches: 0 })
}

/** The next attempt begins, and is to run these nodes. */
export function again(invocation: Invocation, nodes: Node[]): void {
  const next = { id: '', errors: [], lastWords: [], succeeded: undefined, marked: [], finished: false }
  const open = { heard: false, exitCode: undefined, finishedAt: undefined }
  Object.assign(invocation, next, open, { attempt: invocation.attempt + 1 })
  for (const node of nodes) queue(invocation, node)
}

/** Marks a node as one that this attempt is to run. */
export function queue(invocation: Invocation, node: Node): void {
  renew(invocation, node)
  node.status = WAITING
}

/** A node that was to run again and never began is what it was before. */
export function restore(node: Node): boolean {
  const before = node.earlier.at(-1)
  if (before === undefined || node.startedAt !== undefined) return false
  node.earlier.pop()
  Object.assign(node, before)
  return true
}

function resultOf(node: Node): Result {
  const { status, message, startedAt, finishedAt, executionTime } = node
  const { rowsAffected, failures, cause, attempt, origin } = node
  const figures = { startedAt, finishedAt, executionTime, rowsAffected, failures }
  return { status, message, ...figures, cause, attempt, origin }
}

/** The nodes that are not good yet; what a rerun is to run. Hooks run anyway. */
export function notGood(invocation: Invocation): Node[] {
  return [...invocation.nodes.values()].filter((node) => counts(node) && !isGood(node.status))
}

/** Selects these nodes and no other; undefined where that cannot be told. */
export function selectionOf(
  { graph }: Invocation,
  nodes: Node[],
): (Selection & { ids: string[] }) | undefined {
  const known = nodes.map((node) => graph.get(node.uniqueId)).filter((node) => node !== undefined)
  if (known.length < nodes.length) return undefined
  return { selectors: known.map(selectorOf), exact: true, ids: nodes.map((node) => node.uniqueId) }
}

/**
 * What another attempt should run now that dbt has ended: the failed nodes that may go better, and what they
 * alone blocked. Empty where it would be of no use, or dbt itself failed.
 */
export function toRetry(invocation: Invocation): Node[] {
  if (!invocation.finished || !retriesRemain(invocation)) return []
  const failed = failedNodes(invocation)
  const reasons = new Set(failed.filter((node) => isReason(invocation, node)))
  if (reasons.size === 0) return []
  const hopeless = failed.filter((node) => !reasons.has(node)).map((node) => node.uniqueId)
  const blocked = blockedBy(invocation, new Set(hopeless))
  return notGood(invocation).filter(
    (node) =>
      node.attempt === invocation.attempt &&
      (reasons.has(node) || (outcome(node.status) !== 'failed' && !blocked.has(node.uniqueId))),
  )
}

/** Whether another attempt may still better this result, so that it is not the last word. */
export function isHeld(invocation: Invocation, node: Node): boolean {
  if (invocation.exitCode !== undefined || node.attempt !== invocation.attempt) return false
  if (!retriesRemain(invocation)) return false
  return outcome(node.status) === 'failed' ? isReason(invocation, node) : node.status === 'skipped'
}

function retriesRemain({ attempt, retries, stoppedAt }: Invocation): boolean {
  return attempt < retries.most && stoppedAt === undefined
}

/** A test that fails, and a source that is stale, tell of the data: the same data tell the same again. */
function isReason(invocation: Invocation, node: Node): boolean {
  if (node.attempt !== invocation.attempt || node.resourceType === 'operation') return false
  if (isTest(node)) return invocation.retries.tests
  return node.resourceType !== 'source' || node.status === 'runtime error'
}

/** Whether a node is good now and was not before. */
export function isFlaky(node: Node): boolean {
  return isGood(node.status) && node.earlier.some(({ status }) => outcome(status) === 'failed')
}

/**
 * Whether an earlier run, of which a part was run again, has left nodes that are still to be built. They failed
 * for no one's fault any more, but a pass they are not.
 */
export function isUndone(invocation: Invocation): boolean {
  return notGood(invocation).some(({ origin }) => origin !== '')
}

/** How databases say that a table or view is not there. */
const NOT_THERE =
  /does ?n[o']t exist|not exist or|(table|view|relation|object).{0,80}not found|no such (table|view)|unknown table/i

/**
 * Nodes that failed for want of a parent that an earlier run built: the database was thrown away meanwhile.
 * Each with that parent.
 */
export function orphans(invocation: Invocation): [node: Node, parent: Node][] {
  return failedNodes(invocation).flatMap((node): [Node, Node][] => {
    if (node.origin !== '' || !NOT_THERE.test(node.message)) return []
    const parents = invocation.graph.get(node.uniqueId)?.dependsOn ?? []
    const kept = parents
      .map((id) => invocation.nodes.get(id))
      .find((parent) => parent && parent.origin !== '')
    return kept ? [[node, kept]] : []
  })
}
