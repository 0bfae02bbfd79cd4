import type { Manifest } from '../dbt/manifest.ts'
import type { End } from '../dbt/reader.ts'
import type { RunResult } from '../dbt/run-results.ts'
import { choosesBatches } from '../dbt/selection.ts'
import { attributeErrors, failHook, failOperation } from './attribute.ts'
import { counts, failedNodes, isHook } from './counts.ts'
import { exitCodeOf, NOT_STARTED } from './exit-code.ts'
import { freshnessMessage } from './freshness.ts'
import { blame, testsByNode } from './lineage.ts'
import { cancel, renew, restore } from './retry.ts'
import { currentInvocation, type Invocation, lastingInvocations, type Node, nodeOf, type Run } from './run.ts'
import { finalStatus, hasSucceeded, outcome, recordedStatus } from './status.ts'

/** Adds the manifest to the run; it can come at any time. */
export function describe(run: Run, manifest: Manifest): void {
  run.graph = manifest.nodes
  run.tests = testsByNode(manifest.nodes)
  run.projectName ||= manifest.projectName
  // In v2 adapters are built, and only the manifest names the one that ran.
  const invocation = currentInvocation(run)
  if (invocation) invocation.adapter ||= manifest.adapterType.slice(0, 100)
  for (const node of run.nodes.values()) {
    const known = manifest.nodes.get(node.uniqueId)
    if (!known) continue
    node.resourceType = known.resourceType
    node.materialized ||= known.materialized
    node.relation ||= known.relation
  }
}

/**
 * Ends the current invocation: the file fills what the stream lacks, a node without a final status is cancelled, and
 * every skipped node gets its cause.
 * @param at milliseconds since the epoch
 */
export function conclude(
  run: Run,
  { exit, runResults, runResultsPath, manifestPath, processorTime, unread }: End,
  at: number,
): void {
  const invocation = currentInvocation(run)
  if (!invocation) return
  Object.assign(invocation, { runResultsPath, manifestPath, processorTime, unread })
  invocation.finishedAt = at
  invocation.exitCode = exitCodeOf(exit)
  for (const result of runResults?.results ?? []) takeResult(run, result, at)
  failHook(run)
  failOperation(run)
  for (const node of run.nodes.values()) {
    if (outcome(node.status) !== undefined || restore(node)) continue
    // Core reports no end of an ephemeral model: it is compiled into those that use it, never built.
    if (node.materialized === 'ephemeral') node.status = 'no-op'
    else if (isFailedHook(run, invocation, node)) node.status = 'error'
    else cancel(run, node)
  }
  invocation.complete = runResults !== undefined && cameToItsEnd(run, invocation)
  blame(run)
  clearEphemeral(run)
  attributeErrors(run)
  // Not a node's failure and no error event: only the last lines have the reason.
  const { errors, lastLines } = invocation
  const silent = errors.length === 0 && failedNodes(run).length === 0
  if (silent && invocation.exitCode !== 0 && run.stoppedAt === undefined && lastLines.length > 0) {
    errors.push(lastLines.join('\n'))
  }
}

/**
 * Ends the run: no further invocation follows.
 * @param at milliseconds since the epoch
 */
export function end(run: Run, at: number): void {
  run.finishedAt = currentInvocation(run)?.finishedAt ?? at
  run.exitCode = Math.max(0, ...lastingInvocations(run).map((invocation) => invocation.exitCode ?? 0))
}

function takeResult(run: Run, result: RunResult, at: number): void {
  const before = run.nodes.get(result.uniqueId)
  if (isRewritten(result)) {
    // It has no final status in the stream; one that the stream never named was never begun.
    if (before) return
    const status = run.stoppedAt === undefined ? 'skipped' : 'cancelled'
    Object.assign(result, { status, message: 'dbt never started it' })
  }
  if (before && before.invocation !== run.invocations.length) renew(run, before)
  fill(run, nodeOf(run, result.uniqueId), result, at)
}

/** Core reports no end of a hook that failed, and then its own. */
function isFailedHook({ stoppedAt }: Run, { exitCode }: Invocation, node: Node): boolean {
  return isHook(node) && exitCode === 1 && stoppedAt === undefined
}

/** No later attempt reports an ephemeral model that was skipped: what it was skipped for compiles it in by now. */
function clearEphemeral(run: Run): void {
  for (const node of run.nodes.values()) {
    if (node.status !== 'skipped' || node.materialized !== 'ephemeral') continue
    const cause = run.nodes.get(node.cause)
    if (cause && hasSucceeded(cause.status)) Object.assign(node, { status: 'no-op', cause: '' })
  }
}

/**
 * Whether dbt came to its end, with nodes that failed or without. Of one that crashed, was stopped, or lost some of
 * the nodes that it had counted, it is not known what is left to do.
 */
function cameToItsEnd(run: Run, { command, exitCode, nodeCount }: Invocation): boolean {
  if (run.stoppedAt !== undefined || (exitCode !== 0 && exitCode !== 1)) return false
  if (command.purpose === 'retry') return true
  const number = run.invocations.length
  const own = [...run.nodes.values()].filter((node) => node.invocation === number)
  // v2 ends so where the project does not parse.
  if (exitCode === 1 && own.length === 0) return false
  return nodeCount === undefined || own.filter(counts).length >= nodeCount
}

/**
 * When a hook or the connection fails, or with --fail-fast, v2 writes to its file that every node ended in
 * "Compilation Error", those too that succeeded, were interrupted or never began. What failed is in the stream.
 */
function isRewritten({ status, message }: RunResult): boolean {
  return status === 'error' && message === 'Compilation Error'
}

/** The end of a command that could not be started. */
export const NEVER_STARTED: End = {
  exit: { code: NOT_STARTED, signal: null },
  runResults: undefined,
  runResultsPath: '',
  manifestPath: '',
  unread: [],
}

/** All that v2 says of a test that failed or warned; the number of rows says more. */
const V2_TEST = /^(Error|Fail|Warn)$/

/**
 * Fills a node from its result. Where stream and file disagree the stream's final status stands: v2
 * rewrites the file to `error` for nodes that succeeded, Core's --fail-fast to `skipped`.
 */
function fill(run: Run, node: Node, result: RunResult, at: number): void {
  const status = recordedStatus(result.status)
  if (outcome(node.status) === undefined && status !== undefined) {
    node.status = status
    node.finishedAt = result.finishedAt ?? at
    // v2 writes "error" for all that a signal stopped.
    if (run.stoppedAt !== undefined && status === 'error') cancel(run, node)
  }
  // A message about another status than the one that stands would mislead.
  const agrees = finalStatus(result.status) === node.status || outcome(node.status) === 'failed'
  const { freshness } = result
  const stale = freshness !== undefined && (outcome(node.status) === 'warn' || node.status === 'error')
  if (stale) node.message = freshnessMessage(freshness, run.graph.get(node.uniqueId)?.loadedAtField ?? '')
  if (agrees && !V2_TEST.test(result.message)) node.message ||= result.message
  node.startedAt ??= result.startedAt
  node.executionTime ??= result.executionTime
  node.failures ??= result.failures
  if (result.failedBatches && outcome(node.status) === 'failed') {
    const { words } = currentInvocation(run)?.command ?? { words: [] }
    if (!choosesBatches(words)) node.failedBatches = result.failedBatches
  }
  node.rowsAffected ??= result.rowsAffected
  node.relation ||= result.relation
}
