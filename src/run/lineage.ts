import type { ManifestNode } from '../dbt/manifest.ts'
import { failedNodes, isDataTestId, isHookId, isTest, isUnitTestId } from './counts.ts'
import { belowAnyOf, isBelowAll, markBelow, orderOf } from './graph.ts'
import type { Node, Run } from './run.ts'
import { outcome } from './status.ts'

/**
 * The node that caused a skip: the nearest failure above it, seen through skipped nodes. In `dbt build` a
 * failed test blocks what is below the tested node, so the tests of an ancestor are looked at as well.
 *
 * v2's OTEL log names it. Without that log and without a manifest, which v2 writes at the end of a run, it is known
 * only if there is a single failure. Empty where it is unknown. Of several causes the first by name, so that two runs
 * give the same.
 */
export function causeOf(run: Run, node: Node): string {
  const failed = (id: string) => {
    const other = run.nodes.get(id)
    return other !== undefined && outcome(other.status) === 'failed'
  }
  if (failed(node.namedCause)) return node.namedCause
  if (!run.graph.has(node.uniqueId)) {
    const marked = run.invocations.flatMap((invocation) => invocation.marked)
    const causes = new Set(marked.filter(failed))
    return causes.size === 1 ? ([...causes][0] ?? '') : ''
  }
  const { uniqueId } = node
  const tests = (id: string) => run.tests.get(id) ?? []
  // dbt runs the unit tests of a model before the model.
  const own = first(tests(uniqueId), (id) => isUnitTestId(id) && failed(id))
  if (own !== undefined) return own
  const seen = new Set([uniqueId])
  let level = [uniqueId]
  while (level.length > 0) {
    const above: string[] = []
    for (const id of level) {
      for (const parent of parentsOf(run, id)) {
        if (!seen.has(parent)) above.push(parent)
        seen.add(parent)
      }
    }
    const found =
      first(above, failed) ?? first(above.flatMap(tests), (id) => failed(id) && blocks(run, id, uniqueId))
    if (found !== undefined) return found
    // A skipped parent knows already what its own way up leads to.
    const known = above.map((id) => run.nodes.get(id)?.cause ?? '').find((cause) => cause && failed(cause))
    if (known) return known
    level = above
  }
  return failedNodes(run).find((other) => stops(other.uniqueId, uniqueId))?.uniqueId ?? ''
}

/** The first by name of those that will do, without asking of the others more than it must. */
function first(ids: string[], suits: (id: string) => boolean): string | undefined {
  let best: string | undefined
  for (const id of ids) if ((best === undefined || id < best) && suits(id)) best = id
  return best
}

/**
 * Whether a failed test blocks a node that is below one of those that it tests. One of several nodes blocks what is
 * below all of them, and no test but those of what it blocks (`Linker.add_test_edges` in dbt/compilation.py of dbt
 * Core 1.11); a unit test runs before its model and blocks that too.
 */
function blocks(run: Run, test: string, id: string): boolean {
  const tested = parentsOf(run, test)
  if (isTestId(id)) {
    return parentsOf(run, id).some(
      (parent) => (isUnitTestId(test) && tested.includes(parent)) || isBelowAll(run.graph, tested, parent),
    )
  }
  return tested.length < 2 || isUnitTestId(test) || isBelowAll(run.graph, tested, id)
}

/** Finds the cause of each skip, once all of the lineage is known. */
export function blame(run: Run): void {
  const failed = failedNodes(run).map(({ uniqueId }) => uniqueId)
  if (failed.length === 0) return
  // Parents first, so that each way up is short; where no failure is above, it would be long and for nothing.
  const hooks = failed.filter(isHookId)
  const blocked = blockedBy(run, new Set(failed.filter((id) => !isHookId(id))))
  for (const id of blocked) {
    const node = run.nodes.get(id)
    if (node) node.cause = causeOf(run, node) || node.cause
  }
  for (const node of run.nodes.values()) {
    const { uniqueId, status } = node
    if (status !== 'skipped' || blocked.has(uniqueId)) continue
    const told = run.graph.has(uniqueId) ? '' : causeOf(run, node)
    node.cause = hooks.find((id) => stops(id, uniqueId)) || told || node.cause
  }
}

/**
 * The skipped nodes that some failed ones block, however far below, and so those that a retry of the failed ones
 * must bring back; what is below them comes parents first.
 *
 * A node blocks all that is below it, a test what `blocks` says, a hook what `stops` says. A node that the manifest
 * does not tell of is blocked by its cause.
 * @param failed unique_ids
 */
export function blockedBy(run: Run, failed: ReadonlySet<string>): Set<string> {
  const { nodes, graph } = run
  const skipped = [...nodes.values()].filter(({ status }) => status === 'skipped')
  const order = orderOf(graph)
  const blocked = new Uint8Array(order.ids.length)
  const tested: number[][] = []
  for (const id of failed) {
    const number = order.numbers.get(id)
    if (number === undefined) continue
    const parents = order.parents[number] ?? []
    if (isUnitTestId(id)) for (const model of parents) blocked[model] = 1
    else if (isTestId(id)) tested.push(parents)
    else blocked[number] = 1
  }
  for (const number of belowAnyOf(order, tested)) {
    if (!isTestId(order.ids[number] ?? '')) blocked[number] = 1
  }
  markBelow(order, blocked)
  const below = order.ids.filter((id, number) => blocked[number] === 1 && nodes.get(id)?.status === 'skipped')
  const hooks = [...failed].filter(isHookId)
  const others = skipped.filter(({ uniqueId, cause }) => {
    return hooks.some((id) => stops(id, uniqueId)) || (!graph.has(uniqueId) && failed.has(cause))
  })
  return new Set([...below, ...others.map(({ uniqueId }) => uniqueId)])
}

/**
 * Whether a failed hook keeps a node from running, to which no edge leads: one at the start of the run everything,
 * one at its end only later ones. Both engines name hooks so: `operation.shop.shop-on-run-end-0`.
 */
function stops(hook: string, id: string): boolean {
  const atEnd = (hook: string) => /-on-run-end-\d+$/.test(hook)
  return isHookId(hook) && hook !== id && (!atEnd(hook) || (isHookId(id) && atEnd(id)))
}

function parentsOf(run: Run, id: string): string[] {
  return run.graph.get(id)?.dependsOn ?? []
}

function isTestId(id: string): boolean {
  return isDataTestId(id) || isUnitTestId(id)
}

/** For each node the tests and unit tests that depend on it. */
export function testsByNode(graph: ReadonlyMap<string, ManifestNode>): Map<string, string[]> {
  const tests = new Map<string, string[]>()
  for (const node of graph.values()) {
    if (!isTest(node)) continue
    for (const parent of node.dependsOn) {
      const list = tests.get(parent)
      if (list) list.push(node.uniqueId)
      else tests.set(parent, [node.uniqueId])
    }
  }
  return tests
}
