/**
 * Retries: nodes that have not succeeded run again in a further invocation. The latest result counts; the earlier ones
 * are kept.
 */
import { commandName } from '../dbt/command.ts'
import { type ExactSelection, isRerunnable } from '../dbt/selection.ts'
import { isExact, selectorOf } from '../dbt/selector.ts'
import { counts, failedNodes, isHook, isTest } from './counts.ts'
import { blockedBy } from './lineage.ts'
import { losesBatches, type SelectionPart, selectionOfParts } from './microbatch.ts'
import { currentInvocation, type Node, type Result, type Run, retryOf, unseen } from './run.ts'
import { hasSucceeded, outcome } from './status.ts'

/** Puts the result of a node aside: it runs again in the current invocation. */
export function renew(run: Run, node: Node): void {
  node.earlier.push(resultOf(node))
  const fresh = { settled: false, namedCause: '', erred: false, batches: 0, openBatches: 0 }
  Object.assign(node, unseen(run.invocations.length), fresh)
}

/** A node that was to run again and never began has its earlier result back; false where it has none. */
export function restore(node: Node): boolean {
  if (node.earlier.length === 0 || node.startedAt !== undefined) return false
  goBack(node)
  return true
}

/** Gives a node the result that it had before. */
function goBack(node: Node): void {
  Object.assign(node, node.earlier.pop())
}

/**
 * Ends a node that a signal interrupted. It is cancelled, unless it had not succeeded before and was not to run again:
 * such a node runs again where a selector takes too much, and its check was completed with its earlier result, which it
 * has back.
 */
export function cancel(run: Run, node: Node): void {
  const ids = currentInvocation(run)?.command.selection?.ids
  const before = node.earlier.at(-1)
  const isAsBefore = ids && before && !hasSucceeded(before.status) && !ids.includes(node.uniqueId)
  if (isAsBefore) goBack(node)
  else node.status = 'cancelled'
}

/** Of a node only what became of it. */
export function resultOf(node: Result): Result {
  const { status, message, errorType, startedAt, finishedAt, executionTime } = node
  const { rowsAffected, failures, failedBatches, cause, invocation, origin, thread } = node
  const figures = { startedAt, finishedAt, executionTime, rowsAffected, failures, failedBatches }
  return { status, message, errorType, ...figures, cause, invocation, origin, thread }
}

/** The nodes that haven't succeeded: what a rerun runs. Hooks run with any command. */
export function notSucceeded(run: Run): Node[] {
  return [...run.nodes.values()].filter((node) => counts(node) && !hasSucceeded(node.status))
}

/** Selects these nodes and no other; undefined where that cannot be told. */
export function selectionOf(run: Run, nodes: Node[]): ExactSelection | undefined {
  const parts: SelectionPart[] = []
  for (const node of nodes) {
    const { uniqueId, failedBatches } = node
    const again = againOf(run, node)
    if (!again || !isExact([again.selector])) return undefined
    parts.push({ uniqueId, ...again, failedBatches })
  }
  return selectionOfParts(parts)
}

/** What runs a node again; undefined where neither this run's manifest tells of it nor an earlier run left it. */
export function againOf({ graph }: Run, { uniqueId, saved }: Node): Node['saved'] {
  const known = graph.get(uniqueId)
  return known ? { selector: selectorOf(known), microbatch: known.microbatch } : saved
}

/**
 * What another attempt should run now that dbt has ended: the failed nodes that may go better, and what they
 * alone blocked. Empty where it would be of no use, or dbt itself failed.
 */
export function toRetry(run: Run): Node[] {
  if (!currentInvocation(run)?.complete || !retriesRemain(run)) return []
  const failed = failedNodes(run)
  const reasons = new Set(failed.filter((node) => isReason(run, node)))
  if (reasons.size === 0) return []
  const hopeless = failed.filter((node) => !reasons.has(node)).map((node) => node.uniqueId)
  const blocked = blockedBy(run, new Set(hopeless))
  return notSucceeded(run).filter(
    (node) =>
      node.invocation === run.invocations.length &&
      (reasons.has(node) || (outcome(node.status) !== 'failed' && !blocked.has(node.uniqueId))),
  )
}

/** Whether another attempt may still better this result, so that it is not the last word. */
export function isHeld(run: Run, node: Node): boolean {
  if (run.exitCode !== undefined || node.invocation !== run.invocations.length) return false
  if (!retriesRemain(run)) return false
  return outcome(node.status) === 'failed' ? isReason(run, node) : node.status === 'skipped'
}

function retriesRemain(run: Run): boolean {
  const { command } = currentInvocation(run) ?? {}
  if (!command || run.stoppedAt !== undefined) return false
  return retryOf(run, run.invocations.length) < run.retries.most && isRerunnable(commandName(command.words))
}

/** The failed nodes that are not run again because dbt calls their errors the user's. */
export function unretried(run: Run): Node[] {
  if (run.retries.most === 0 || run.retries.userErrors) return []
  return failedNodes(run).filter((node) => node.origin === '' && !isTest(node) && isUserError(node))
}

/**
 * Whether an error is in the project's code, so that a retry meets it again. dbt v2 classes as the user's whatever a
 * database's driver answered, a lost connection too (measured with 2.0.0-preview.196); so its text is looked at.
 */
function isUserError({ errorType, message }: Node): boolean {
  return errorType === 'user' && !TRANSIENT.test(message)
}

/** How databases and their drivers say that they could not answer just then. */
const TRANSIENT =
  /\bI\/?O error|connect(ion|ing)?\b|time(d )?[- ]?out|network|socket|broken pipe|reset by peer|unavailable|temporar|try again|deadlock|\block(ed|s)?\b|concurrent|could not serialize|rate limit|throttl|too many|quota|overload|\b(429|50[234])\b|cancell?ed|interrupt|shut ?down|could not resolve/i

/**
 * A test that fails, and a source that is stale, are about the data, which stays the same. A test whose query ends in an
 * error is no better or worse than a model.
 */
function isReason(run: Run, node: Node): boolean {
  if (node.invocation !== run.invocations.length || isHook(node)) return false
  if (isTest(node) && node.status === 'fail') return run.retries.tests
  if (isUserError(node) && !run.retries.userErrors) return false
  if (losesBatches(run, node)) return false
  return node.resourceType !== 'source' || node.status === 'runtime error'
}

/** How `dbt-watcher rerun` calls the run that it continues (rerun/last.ts). */
export const LAST_RUN = 'the last run'

/**
 * Whether a node is good now and was not before, without a change of the project. Retries, and reruns of one commit, run
 * the same project; between two runs in a terminal it may have been mended.
 */
export function isFlaky(node: Node): boolean {
  const tells = ({ status, origin }: Result) => outcome(status) === 'failed' && origin !== LAST_RUN
  return hasSucceeded(node.status) && node.earlier.some(tells)
}

/**
 * Whether an earlier run, of which a part was run again, has left nodes that are still to be built. They failed
 * for no one's fault any more, but a pass they are not.
 */
export function isUndone(run: Run): boolean {
  return notSucceeded(run).some(({ origin }) => origin !== '')
}

/** How databases say that a table or view is not there. */
const NOT_THERE =
  /does ?n[o']t exist|not exist or|cannot be found|(table|view|relation|object).{0,80}not found|no such (table|view)|unknown table/i

/**
 * Nodes that failed for want of a parent that an earlier run built: the database was thrown away meanwhile.
 * Each with that parent.
 */
export function orphans(run: Run): [node: Node, parent: Node][] {
  return failedNodes(run).flatMap((node): [Node, Node][] => {
    if (node.origin !== '') return []
    const missing = node.message.split('\n').filter((line) => NOT_THERE.test(line))
    const parents = run.graph.get(node.uniqueId)?.dependsOn ?? []
    const kept = parents
      .map((id) => run.nodes.get(id))
      .find((parent) => parent && parent.origin !== '' && missing.some((line) => isNamed(parent, line)))
    return kept ? [[node, kept]] : []
  })
}

/** Whether a line has the name of a node's relation, without its database and schema, as a word of its own. */
function isNamed({ relation, name }: Node, line: string): boolean {
  const identifier =
    (relation || name)
      .split('.')
      .at(-1)
      ?.replace(/^["'`[]|["'`\]]$/g, '') || name
  const words = line.toLowerCase().split(/[^\p{L}\p{N}_$-]+/u)
  return words.includes(identifier.toLowerCase())
}
