/** What dbt runs in one invocation, and what waits for what. */
import type { ManifestNode } from '../dbt/manifest.ts'
import { belowEachOf, type IsBelow } from './ancestors.ts'
import { isDataTestId, isUnitTestId } from './counts.ts'
import { childrenOf, type Edges, markBelow, type Order, orderOf, trimmed } from './graph.ts'
import type { Span } from './spans.ts'

/**
 * What one thread of dbt runs without a break: a node, or a model after its unit tests. A node that did not run in
 * this invocation, but stands between some that did, takes no time and no thread.
 */
export interface Work {
  /** unique_ids, a model after its unit tests; empty for a node that did not run. */
  ids: string[]
  milliseconds: number
  /** Of the first and the last of its spans, in milliseconds since the epoch; 0 for a node that did not run. */
  startedAt: number
  finishedAt: number
  /** Positions in the list, each before this one. */
  parents: number[]
  /** How many works come before it on the longest way: dbt starts lower levels first. */
  level: number
}

interface Lineage {
  graph: ReadonlyMap<string, ManifestNode>
  order: Order
}

/** Not `manifest.nodes` of dbt, and so they wait for no test. */
const WITHOUT_TEST_EDGES = new Set([
  'exposure',
  'metric',
  'semantic_model',
  'saved_query',
  'unit_test',
  'test',
])

/**
 * The works of one invocation, those that others wait for first.
 *
 * As `dbt build` orders them (dbt/compilation.py, dbt/task/build.py of dbt Core 1.11): a node waits for its parents,
 * and for each test of which all tested nodes are above it; a model's unit tests run just before it in its thread.
 * Where no test or nothing but tests ran, as with `dbt run` and `dbt test`, that leaves the lineage alone.
 */
export function worksOf(graph: ReadonlyMap<string, ManifestNode>, spans: Span[]): Work[] {
  const order = orderOf(graph)
  const owners = ownersOf(graph, spans)
  const lineage = { graph, order }
  const numbers = involved(lineage, owners)
  // Undefined for those that are not involved.
  const edges: Edges = order.ids.map(() => undefined)
  for (const number of numbers) edges[number] = []
  for (const number of numbers) {
    edges[number] = trimmed((order.parents[number] ?? []).filter((parent) => edges[parent] !== undefined))
  }
  addTestEdges(lineage, edges, owners)
  const works: Work[] = []
  const places: number[] = []
  for (const number of sorted(edges)) {
    const parents = trimmed((edges[number] ?? []).flatMap((parent) => places[parent] ?? []))
    places[number] = works.push(workOf(owners.get(order.ids[number] ?? '') ?? [], parents, works)) - 1
  }
  // What the manifest does not mention waits for nothing that is known.
  for (const [id, own] of owners) if (!order.numbers.has(id)) works.push(workOf(own, [], works))
  return works
}

/** The spans of each work, by the unique_id of its last node. */
function ownersOf(graph: ReadonlyMap<string, ManifestNode>, spans: Span[]): Map<string, Span[]> {
  const ran = new Set(spans.map(({ uniqueId }) => uniqueId))
  const owners = new Map<string, Span[]>()
  for (const span of spans) {
    const model = isUnitTestId(span.uniqueId) ? graph.get(span.uniqueId)?.dependsOn[0] : undefined
    const owner = model !== undefined && ran.has(model) ? model : span.uniqueId
    const list = owners.get(owner)
    if (list) list.push(span)
    else owners.set(owner, [span])
  }
  return owners
}

/** Numbers of the nodes that ran, and of those below them, through which others may wait. */
function involved({ graph, order }: Lineage, owners: ReadonlyMap<string, unknown>): number[] {
  const marked = new Uint8Array(order.ids.length)
  for (const id of owners.keys()) {
    const number = order.numbers.get(id)
    if (number !== undefined) marked[number] = 1
  }
  // A source is tested without running, and what is below it waits for that.
  for (const id of owners.keys()) {
    for (const tested of isDataTestId(id) ? (graph.get(id)?.dependsOn ?? []) : []) {
      const number = order.numbers.get(tested)
      if (number !== undefined) marked[number] = 1
    }
  }
  markBelow(order, marked)
  return [...order.ids.keys()].filter((number) => {
    const id = order.ids[number] ?? ''
    return marked[number] === 1 && (owners.has(id) || !(isDataTestId(id) || isUnitTestId(id)))
  })
}

/**
 * From each test to the first nodes that are below all that it tests (`Linker.add_test_edges` in
 * dbt/compilation.py); what is below these waits for them.
 */
function addTestEdges(lineage: Lineage, edges: Edges, owners: ReadonlyMap<string, unknown>): void {
  const { graph, order } = lineage
  const blockable = (number: number) => {
    const id = order.ids[number] ?? ''
    return !WITHOUT_TEST_EDGES.has(graph.get(id)?.resourceType ?? id.slice(0, id.indexOf('.')))
  }
  const children = childrenOf(edges, blockable)
  const tests = involvedIn(edges).filter((number) => isDataTestId(order.ids[number] ?? ''))
  const several = tests.flatMap((test) =>
    order.parents[test]?.length === 1 ? [] : (order.parents[test] ?? []),
  )
  const isBelow = belowEachOf(order, several)
  for (const number of tests) {
    const id = order.ids[number] ?? ''
    if (!owners.has(id)) continue
    const tested = order.parents[number] ?? []
    const [only = -1] = tested
    const blocked = tested.length === 1 ? (children[only] ?? []) : firstBelow(isBelow, tested, children)
    for (const child of blocked) edges[child]?.push(number)
  }
}

function involvedIn(edges: Edges): number[] {
  return [...edges.keys()].filter((number) => edges[number] !== undefined)
}

/** The first nodes, on each way down, that are below all of some. */
function firstBelow(isBelow: IsBelow, tested: number[], children: Edges): number[] {
  const found: number[] = []
  const open = [...(children[tested[0] ?? -1] ?? [])]
  const seen = new Set(open)
  for (let number = open.pop(); number !== undefined; number = open.pop()) {
    if (tested.every((above) => isBelow(number, above))) {
      found.push(number)
      continue
    }
    for (const child of children[number] ?? []) {
      if (!seen.has(child)) open.push(child)
      seen.add(child)
    }
  }
  return found
}

/** Parents before children, the test edges included; what is on a cycle, which a damaged manifest may have, is left out. */
function sorted(edges: Edges): number[] {
  const open = edges.map((parents) => parents?.length ?? 0)
  const children = childrenOf(edges)
  const ready = involvedIn(edges).filter((number) => open[number] === 0)
  for (const number of ready) {
    for (const child of children[number] ?? []) {
      const left = (open[child] ?? 0) - 1
      open[child] = left
      if (left === 0) ready.push(child)
    }
  }
  return ready
}

function workOf(spans: Span[], parents: number[], works: Work[]): Work {
  const ordered = spans.toSorted((a, b) => a.startedAt - b.startedAt || a.finishedAt - b.finishedAt)
  let end = Number.NEGATIVE_INFINITY
  let milliseconds = 0
  // dbt v2 starts a model before its unit tests: what overlaps counts once.
  for (const { startedAt, finishedAt } of ordered) {
    milliseconds += Math.max(0, finishedAt - Math.max(startedAt, end))
    end = Math.max(end, finishedAt)
  }
  const taken = spans.length > 0 ? 1 : 0
  return {
    ids: ordered
      .map(({ uniqueId }) => uniqueId)
      .sort((a, b) => Number(isUnitTestId(b)) - Number(isUnitTestId(a))),
    milliseconds,
    startedAt: ordered[0]?.startedAt ?? 0,
    finishedAt: taken ? end : 0,
    parents,
    level: parents.reduce((most, parent) => Math.max(most, works[parent]?.level ?? 0), 0) + taken,
  }
}
