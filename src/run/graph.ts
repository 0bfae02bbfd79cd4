import type { ManifestNode } from '../dbt/manifest.ts'

type Graph = ReadonlyMap<string, ManifestNode>

/**
 * The graph of a project for questions that concern much of it: nodes are numbers, and parents come before their
 * children, so one pass over the numbers goes down the whole graph.
 */
export interface Order {
  /** unique_ids by number, those too that the manifest mentions without describing them. */
  ids: string[]
  numbers: ReadonlyMap<string, number>
  /** Numbers of the parents, by number. */
  parents: number[][]
  /** The nodes below a node, as they were asked for. */
  below: Map<number, Bits>
}

/** Made on the first question: a run without failures asks none. 10,000 nodes with 60,000 edges take 2 MB. */
const orders = new WeakMap<Graph, Order>()

/** The order of a graph; made once for each. */
export function orderOf(graph: Graph): Order {
  const known = orders.get(graph)
  if (known) return known
  const ids: string[] = []
  const numbers = new Map<string, number>()
  const entered = new Set<string>()
  const parentsOf = (id: string) => graph.get(id)?.dependsOn ?? []
  for (const root of graph.keys()) {
    // Not by recursion: a chain of models may be longer than the call stack.
    const path = [root]
    for (let id = path.at(-1); id !== undefined; id = path.at(-1)) {
      const first = !entered.has(id)
      entered.add(id)
      // A cycle, which only a damaged manifest has, is cut where it closes.
      const open = first ? parentsOf(id).filter((parent) => !entered.has(parent)) : []
      if (open.length > 0) path.push(...open)
      else {
        path.pop()
        if (!numbers.has(id)) numbers.set(id, ids.push(id) - 1)
      }
    }
  }
  const parents = ids.map((id) => trimmed(parentsOf(id).flatMap((parent) => numbers.get(parent) ?? [])))
  const order = { ids, numbers, parents, below: new Map() }
  orders.set(graph, order)
  return order
}

/** A list without the room for 16 more that `filter` and `flatMap` leave in it: with 100,000 lists that is 13 MB. */
export function trimmed<Value>(list: Value[]): Value[] {
  return list.slice()
}

/** By number what a node waits for, or what waits for it; undefined where that is nothing. */
export type Edges = (number[] | undefined)[]

/** The children of each number, by the parents of each. */
export function childrenOf(parents: Edges, isChild: (number: number) => boolean = () => true): Edges {
  const children: Edges = parents.map(() => undefined)
  for (const [number, above] of parents.entries()) {
    if (!above || !isChild(number)) continue
    for (const parent of above) {
      const list = children[parent]
      if (list) list.push(number)
      else children[parent] = [number]
    }
  }
  return children
}

/** A set of numbers, one bit each: a thousand sets of 10,000 nodes are 1.2 MB. */
type Bits = Uint8Array

function has(bits: Bits, number: number): boolean {
  return (((bits[number >> 3] ?? 0) >> (number & 7)) & 1) === 1
}

/** Whether a node is strictly below each of the others. */
export function isBelowAll(graph: Graph, others: string[], id: string): boolean {
  const order = orderOf(graph)
  const number = (of: string) => order.numbers.get(of) ?? -1
  return others.every((above) => has(below(order, number(above)), number(id)))
}

/** All nodes that are below each of some, for any of the groups of these; a group of none has nothing below it. */
export function belowAnyOf(order: Order, groups: number[][]): number[] {
  const any = new Uint8Array((order.ids.length + 7) >> 3)
  for (const [first, ...more] of groups) {
    if (first === undefined) continue
    const sets = more.map((above) => below(order, above))
    for (const [i, byte] of below(order, first).entries()) {
      any[i] = (any[i] ?? 0) | sets.reduce((both, set) => both & (set[i] ?? 0), byte)
    }
  }
  return [...order.ids.keys()].filter((number) => has(any, number))
}

function below(order: Order, above: number): Bits {
  const known = order.below.get(above)
  if (known) return known
  const marked = new Uint8Array(order.ids.length)
  marked[above] = 1
  markBelow(order, marked, above + 1)
  marked[above] = 0
  const bits = new Uint8Array((marked.length + 7) >> 3)
  for (const [number, mark] of marked.entries()) {
    if (mark === 1) bits[number >> 3] = (bits[number >> 3] ?? 0) | (1 << (number & 7))
  }
  order.below.set(above, bits)
  return bits
}

/** Marks all that is below what is marked, in one pass from a number on. */
export function markBelow({ parents }: Order, marked: Uint8Array, from = 0): void {
  for (let number = from; number < parents.length; number++) {
    if (marked[number] === 0 && parents[number]?.some((parent) => marked[parent] === 1)) marked[number] = 1
  }
}
