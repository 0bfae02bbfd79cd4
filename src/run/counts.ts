/** The nodes of a run by what became of them. */
import type { Node, Run } from './run.ts'
import { lastingInvocations } from './run.ts'
import { type Outcome, outcome, WAITING } from './status.ts'

/** Tests are shown by `tests`, all else by `checks`. */
export function isTest(node: { resourceType: string }): boolean {
  return node.resourceType === 'test' || node.resourceType === 'unit_test'
}

/** Of on-run-start or on-run-end. */
export function isHook(node: { resourceType: string }): boolean {
  return node.resourceType === 'operation'
}

/** As `isHook`, of what only its unique_id is known: `operation.shop.shop-on-run-end-0`. */
export function isHookId(uniqueId: string): boolean {
  return uniqueId.startsWith('operation.')
}

/** A test of data, generic or singular: `test.shop.unique_orders_id.1a2b3c4d5e`. */
export function isDataTestId(uniqueId: string): boolean {
  return uniqueId.startsWith('test.')
}

/** `unit_test.shop.orders.adds_up`. */
export function isUnitTestId(uniqueId: string): boolean {
  return uniqueId.startsWith('unit_test.')
}

/**
 * Whether the node counts: hooks are dbt's housekeeping and an ephemeral model is never built, and only one
 * of the two engines reports it. An ephemeral model that failed does count, or a failure would be hidden.
 */
export function counts(node: Pick<Node, 'resourceType' | 'materialized' | 'status'>): boolean {
  if (node.resourceType === 'operation') return false
  return node.materialized !== 'ephemeral' || outcome(node.status) === 'failed'
}

/** The nodes by what became of them; those that have not ended run, or wait to run again. Their sum is `total`. */
export type Counts = Record<Outcome | 'running' | 'waiting' | 'total', number>

/** Counts the nodes of a run that count. */
export function countNodes(run: Run): Counts {
  const ended = { success: 0, warn: 0, failed: 0, skipped: 0, cancelled: 0 }
  const result: Counts = { total: 0, ...ended, running: 0, waiting: 0 }
  for (const node of run.nodes.values()) {
    if (!counts(node)) continue
    result[outcome(node.status) ?? (node.status === WAITING ? 'waiting' : 'running')]++
    result.total++
  }
  return result
}

/**
 * Errors of dbt's that are no node's: v2 reports those of nodes in the same way, and not always with their node. That
 * it was cancelled says nothing where a failure was the reason (`--fail-fast`).
 */
export function ownErrors(run: Run): string[] {
  const ended = [...run.nodes.values()].filter(({ status }) =>
    /^(failed|cancelled)$/.test(outcome(status) ?? ''),
  )
  const failed = failedNodes(run).length > 0
  const isOf = (error: string) =>
    (failed && isOfCancel(error)) ||
    ended.some(({ uniqueId, message }) => {
      return error.includes(uniqueId) || message.includes(error) || repeats(error, message)
    })
  return lastingInvocations(run).flatMap(({ errors }) => errors.filter((error) => !isOf(error)))
}

/** Whether dbt Core ends with the error of a node, as `dbt show` does: both have a headline that names the node. */
function repeats(error: string, message: string): boolean {
  const headline = /^\w+ Error in \w+ \S{1,300} \([^\n()]{1,500}\)$/m.exec(message.slice(0, 1000))?.[0]
  return headline !== undefined && error.includes(headline)
}

/** Whether dbt v2 says that it cancelled something, as it does after the first failure with `--fail-fast`. */
function isOfCancel(message: string): boolean {
  return /^Operation cancelled$|: Cancelled: SQL statement execution was cancelled\b/.test(message)
}

/** All nodes that failed, hooks too: what makes dbt exit with 1. */
export function failedNodes(run: Run): Node[] {
  return [...run.nodes.values()].filter((node) => outcome(node.status) === 'failed')
}

/**
 * How many nodes the run has once its last command has ended; undefined where that does not say. Several commands may
 * select the same nodes, and a retry runs a part of those before it.
 */
export function expectedNodes({ invocations, nodes }: Run): number | undefined {
  const number = invocations.findLastIndex(({ command }) => command.purpose !== 'retry') + 1
  const count = invocations[number - 1]?.nodeCount
  if (count === undefined || number === 1) return count
  const counted = [...nodes.values()].filter(counts)
  const seen = counted.filter(({ invocation }) => invocation >= number).length
  return counted.length + Math.max(0, count - seen)
}
