import type { ManifestNode } from '../dbt/manifest.ts'
import type { Invocation, Node } from './invocation.ts'
import { isTest } from './invocation.ts'
import { outcome } from './status.ts'

/**
 * The node that caused a skip: the nearest failure above it, seen through skipped nodes. In `dbt build` a
 * failed test blocks what is below the tested node, so the tests of an ancestor are looked at as well.
 *
 * Without a manifest (Fusion writes it at the end of a run) only a run with a single failure tells; empty
 * where the cause is unknown. Of several, the first by name, so that two runs tell the same.
 */
export function causeOf(invocation: Invocation, node: Node): string {
  const failed = (id: string) => {
    const other = invocation.nodes.get(id)
    return other !== undefined && outcome(other.status) === 'failed'
  }
  if (!invocation.graph.has(node.uniqueId)) {
    const causes = new Set(invocation.marked.filter(failed))
    return causes.size === 1 ? ([...causes][0] ?? '') : ''
  }
  // dbt runs the unit tests of a model before the model.
  const own = blockers(invocation, node.uniqueId, true).filter(failed)[0]
  if (own !== undefined) return own
  const seen = new Set([node.uniqueId])
  let level = [node.uniqueId]
  for (let depth = 1; level.length > 0; depth++) {
    const above: string[] = []
    for (const id of level) {
      for (const parent of parentsOf(invocation, id)) {
        if (!seen.has(parent)) above.push(parent)
        seen.add(parent)
      }
    }
    // A test is not blocked by the other tests of what it tests.
    const besides = isTest(node) && depth === 1
    const found =
      above.filter(failed).sort()[0] ??
      above
        .flatMap((id) => blockers(invocation, id, besides))
        .filter((id) => failed(id) && blocks(invocation, id, node.uniqueId))
        .sort()[0]
    if (found !== undefined) return found
    // A skipped parent knows already what its own way up leads to.
    const known = above
      .map((id) => invocation.nodes.get(id)?.cause ?? '')
      .find((cause) => cause && failed(cause))
    if (known) return known
    level = above
  }
  return hookThatFailed(invocation)
}

/** Tests that dbt runs before what is below a node; with `unitTests` those that it runs before the node. */
function blockers(invocation: Invocation, id: string, unitTests: boolean): string[] {
  const tests = invocation.tests.get(id) ?? []
  return unitTests ? tests.filter((test) => test.startsWith('unit_test.')) : tests
}

/** A test of several nodes blocks only what is below all of them. */
function blocks(invocation: Invocation, test: string, id: string): boolean {
  const tested = parentsOf(invocation, test)
  if (tested.length < 2) return true
  const above = new Set([id])
  for (const ancestor of above) for (const parent of parentsOf(invocation, ancestor)) above.add(parent)
  return tested.every((parent) => above.has(parent))
}

function parentsOf(invocation: Invocation, id: string): string[] {
  return invocation.graph.get(id)?.dependsOn ?? []
}

/** A failed on-run-start hook blocks all nodes, and no edge leads to it. */
function hookThatFailed(invocation: Invocation): string {
  for (const node of invocation.nodes.values()) {
    if (node.resourceType === 'operation' && outcome(node.status) === 'failed') return node.uniqueId
  }
  return ''
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
