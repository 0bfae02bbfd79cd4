import { plural } from '../src/report/figures.ts'
import type { Address } from './address.ts'
import type { Shown } from './format.ts'
import { type Item, isTest, type Model, parentsOf, rankOf, reach } from './model.ts'

/** What the lineage draws: nodes, and folders that stand for many of them. */
export interface Graph {
  boxes: Box[]
  /** From parent to child, by index of the box. */
  edges: [number, number][]
}

export interface Box {
  label: string
  /** Smaller, below it. */
  note: string
  /** The worst of its nodes. */
  outcome: Shown
  /** One, unless it stands for a folder. */
  items: Item[]
  /** The folder that it stands for, as the filter takes it. */
  folder?: string
}

export type Scope = Exclude<Address['graph'], ''>

/** More nodes than these are drawn as folders at first. */
const READABLE = 120
const NEAR = 2

/** What the lineage shows unless the reader chose: failures if there are any, else all that is readable. */
export function usualScope(model: Model): Scope {
  if (hasBad(model)) return 'failures'
  return drawn(model).length <= READABLE ? 'all' : 'folders'
}

/** Whether something that the lineage shows failed or warned; a hook is not in it. */
export function hasBad(model: Model): boolean {
  return drawn(model).some(isBad)
}

export function hasLineage(model: Model): boolean {
  return drawn(model).length > 0
}

export function graphOf(model: Model, scope: Scope, selected: Item | undefined): Graph {
  if (scope === 'all') return build(model, drawn(model), (item) => nodeKey(item))
  if (scope === 'folders') return build(model, drawn(model), (item) => `folder ${item.folder}`)
  const core = scope === 'around' ? (selected ? [selected] : []) : drawn(model).filter(isBad)
  return neighbourhood(model, core, scope === 'around' ? NEAR : 1)
}

function drawn(model: Model): Item[] {
  return model.items.filter(isDrawn)
}

/** All but tests that passed: a lineage is about what is built. */
export function isDrawn(item: Item): boolean {
  return item.type !== 'operation' && (!isTest(item) || isBad(item))
}

function isBad({ outcome }: Item): boolean {
  return outcome === 'failed' || outcome === 'warn'
}

/** Some nodes, those near to them, and what is farther up or down as folders. */
function neighbourhood(model: Model, core: Item[], depth: number): Graph {
  const up = (item: Item) => parentsOf(model, item)
  // A failed test blocks what is below the node that it tests.
  const down = (item: Item) => [
    ...(isTest(item) ? item.blocks.filter((node) => !isTest(node)) : item.children),
  ]
  const near = new Set([...core, ...within(core, up, depth), ...within(core, down, depth)])
  const above = reach(core, up)
  const below = reach(core, down)
  const shown = near.size <= READABLE ? near : new Set(core.slice(0, READABLE))
  const items = [...new Set([...shown, ...above, ...below])].filter(
    (item) => shown.has(item) || !isTest(item),
  )
  const few = items.length <= READABLE / 2
  return build(model, items, (item) => {
    if (few || shown.has(item)) return nodeKey(item)
    return `${below.has(item) ? 'below' : 'above'} ${item.folder}`
  })
}

function within(start: Item[], next: (item: Item) => Item[], depth: number): Item[] {
  const seen = new Set(start)
  let level = start
  for (let step = 0; step < depth; step++) {
    level = [...new Set(level.flatMap(next))].filter((item) => !seen.has(item))
    for (const item of level) seen.add(item)
  }
  return [...seen]
}

function nodeKey({ index }: Item): string {
  return `node ${index}`
}

/** @param keyOf nodes of one key share a box */
function build(model: Model, items: Item[], keyOf: (item: Item) => string): Graph {
  const numbers = new Map<string, number>()
  const boxOf = new Map<Item, number>()
  const members: Item[][] = []
  for (const item of items) {
    const key = keyOf(item)
    const number = numbers.get(key) ?? members.length
    numbers.set(key, number)
    if (members[number]) members[number].push(item)
    else members[number] = [item]
    boxOf.set(item, number)
  }
  const keys = [...numbers.keys()]
  const edges = new Map<string, [number, number]>()
  for (const [item, child] of boxOf) {
    for (const parent of parentsOf(model, item)) {
      const from = boxOf.get(parent)
      if (from !== undefined && from !== child) edges.set(`${from} ${child}`, [from, child])
    }
  }
  const boxes = members.map((items, number) =>
    keys[number]?.startsWith('node ') ? nodeBox(items) : folderBox(items),
  )
  return { boxes, edges: [...edges.values()] }
}

function nodeBox(items: Item[]): Box {
  const [item] = items
  if (!item) throw new Error('a box without a node')
  const failed = item.tests.filter(({ outcome }) => outcome === 'failed').length
  const note = failed > 0 ? `${plural(failed, 'test')} failed` : item.folder || item.type
  return { label: item.name, note, outcome: item.outcome, items }
}

function folderBox(items: Item[]): Box {
  const folder = items[0]?.folder ?? ''
  const worst = [...items, ...items.flatMap(({ tests }) => tests)].reduce<Shown>(
    (worst, { outcome }) => (rankOf({ outcome }) < rankOf({ outcome: worst }) ? outcome : worst),
    'none',
  )
  return { label: folder || 'project', note: plural(items.length, 'node'), outcome: worst, items, folder }
}
