/** Random graphs, and a slow and literal reading of what dbt makes wait for what. */
import fc from 'fast-check'
import type { ManifestNode } from '../../src/dbt/manifest.ts'

/** Parents by unique_id. */
export type Graph = Record<string, string[]>

export function manifestOf(graph: Graph): Map<string, ManifestNode> {
  return new Map(Object.entries(graph).map(([id, dependsOn]) => [id, known(id, dependsOn)]))
}

function known(uniqueId: string, dependsOn: string[]): ManifestNode {
  const [resourceType = '', packageName = '', name = ''] = uniqueId.split('.')
  const nothing = {
    version: '',
    fqn: [],
    originalFilePath: '',
    patchPath: '',
    tags: [],
    path: '',
    materialized: '',
    relation: '',
  }
  return { uniqueId, resourceType, packageName, name, dependsOn, test: undefined, ...nothing }
}

export const isTest = (id: string) => /^(unit_)?test\./.test(id)
export const isUnitTest = (id: string) => id.startsWith('unit_test.')

/** What is strictly above a node, by how far. */
export function above(graph: Graph, id: string): Map<string, number> {
  const found = new Map<string, number>()
  let level = [id]
  for (let distance = 1; level.length > 0; distance++) {
    level = [...new Set(level.flatMap((node) => graph[node] ?? []))].filter((node) => !found.has(node))
    for (const node of level) found.set(node, distance)
  }
  return found
}

/** dbt's edges: those of the manifest, and the tests' as `Linker.add_test_edges_1` of dbt Core adds them. */
export function blocking(graph: Graph): Map<string, Set<string>> {
  const edges = new Map(Object.keys(graph).map((id) => [id, new Set<string>()]))
  for (const [id, parents] of Object.entries(graph)) {
    for (const parent of parents) {
      if (isUnitTest(id)) edges.get(id)?.add(parent)
      edges.get(parent)?.add(id)
    }
    if (isTest(id)) continue
    const upstream = above(graph, id)
    for (const [test, tested] of Object.entries(graph)) {
      if (isTest(test) && !isUnitTest(test) && tested.every((node) => upstream.has(node)))
        edges.get(test)?.add(id)
    }
  }
  // A unit test waits for nothing that its model does not wait for: it is the model that runs it.
  for (const [id, children] of edges)
    for (const child of children) if (isUnitTest(child) && graph[child]?.includes(id)) children.delete(child)
  return edges
}

export function reached(edges: Map<string, Set<string>>, from: Iterable<string>): Set<string> {
  const found = new Set<string>()
  for (const id of from) for (const child of edges.get(id) ?? []) found.add(child)
  for (const id of found) for (const child of edges.get(id) ?? []) found.add(child)
  return found
}

/** Models with some parents before them in the list, and tests of one to three of them, named at random. */
export const graphs = fc
  .tuple(
    fc.array(fc.array(fc.nat(30), { maxLength: 3 }), { minLength: 2, maxLength: 9 }),
    fc.array(fc.tuple(fc.boolean(), fc.array(fc.nat(30), { minLength: 1, maxLength: 3 })), { maxLength: 9 }),
    fc.infiniteStream(fc.nat(99)),
  )
  .map(([models, tests, letters]) => {
    const name = () => `${letters.next().value}`.padStart(2, '0')
    const ids = models.map((_, i) => `model.p.${name()}_${i}`)
    const pick = (numbers: number[], below: number) => [
      ...new Set(below > 0 ? numbers.map((n) => ids[n % below] ?? '') : []),
    ]
    const graph: Graph = {}
    for (const [i, parents] of models.entries()) graph[ids[i] ?? ''] = pick(parents, i)
    for (const [i, [unit, tested]] of tests.entries()) {
      if (unit) graph[`unit_test.p.${name()}_${i}`] = pick(tested.slice(0, 1), ids.length)
      else graph[`test.p.${name()}_${i}`] = pick(tested, ids.length)
    }
    return graph
  })
