import type { PageData, PageNode, PageResult } from '../src/report/page-data.ts'
import { outcome } from '../src/run/status.ts'
import { ORDER, type Shown } from './format.ts'

/** What became of a node, and what that means. */
export interface Ended extends PageResult {
  outcome: Shown
}

/** A node with what is left out of the data, and what the views look up again and again. */
export interface Item extends Omit<PageNode, 'earlier'>, Ended {
  name: string
  type: string
  folder: string
  earlier: Ended[]
  index: number
  /** Names it in an address: its name, or its unique_id where the name is not unique. */
  key: string
  /** What the search looks through, in lower case. */
  text: string
  /** Seconds that it took in the base run. */
  base?: number
  /** Whether the run selected it. */
  ran: boolean
  /** Nodes other than tests that depend on it. */
  children: Item[]
  tests: Item[]
  /** Nodes that were skipped because of it. */
  blocks: Item[]
}

export interface Model {
  data: PageData
  /** By index. */
  items: Item[]
  /** Those that the run selected, what matters first. */
  ran: Item[]
  byKey: ReadonlyMap<string, Item>
  counts: Record<Shown, number>
  types: string[]
  folders: string[]
  tags: string[]
  critical: ReadonlySet<number>
}

/** How much of a message the search looks through, in characters. */
const SEARCHED = 1000

export function modelOf(data: PageData): Model {
  const names = new Map<string, number>()
  for (const node of data.nodes) names.set(nameOf(node), (names.get(nameOf(node)) ?? 0) + 1)
  const items = data.nodes.map((node, index) => itemOf(data, node, index, names.get(nameOf(node)) === 1))
  link(items)
  const ran = items.filter((item) => item.ran)
  ran.sort((a, b) => rankOf(a) - rankOf(b) || b.blocks.length - a.blocks.length || compare(a.name, b.name))
  const counts = { failed: 0, warn: 0, skipped: 0, cancelled: 0, success: 0, none: 0 }
  for (const { outcome } of items) counts[outcome]++
  const byKey = new Map<string, Item>()
  for (const item of items) byKey.set(item.id, item)
  for (const item of items) byKey.set(item.key, item)
  return {
    data,
    items,
    ran,
    byKey,
    counts,
    types: distinct(ran.map(({ type }) => type)),
    folders: distinct(ran.flatMap(({ folder }) => ancestors(folder))),
    tags: distinct(ran.flatMap(({ tags }) => tags ?? [])),
    critical: new Set(data.timing?.criticalPath),
  }
}

function itemOf({ projectDir }: PageData, node: PageNode, index: number, unique: boolean): Item {
  const { id, file, tags, message = '', relation = '', earlier = [], past: [base] = [] } = node
  const name = nameOf(node)
  const text = [name, id, file?.path, relation, ...(tags ?? []), message.slice(0, SEARCHED)]
  return {
    ...node,
    name,
    type: node.type ?? id.slice(0, id.indexOf('.')),
    folder: node.folder ?? folderOf(file?.path ?? '', projectDir),
    outcome: outcomeOf(node),
    earlier: earlier.map((result) => ({ ...result, outcome: outcomeOf(result) })),
    index,
    key: unique ? name : id,
    text: text.join('\n').toLowerCase(),
    ...(typeof base === 'number' ? { base } : {}),
    ran: node.status !== undefined,
    children: [],
    tests: [],
    blocks: [],
  }
}

function nameOf({ id, name }: PageNode): string {
  return name ?? id.split('.').slice(2).join('.')
}

function folderOf(path: string, projectDir: string): string {
  const inside = path.startsWith(projectDir) ? path.slice(projectDir.length) : path
  return inside.slice(0, Math.max(0, inside.lastIndexOf('/')))
}

export function outcomeOf({ status }: { status?: string }): Shown {
  return status === undefined ? 'none' : (outcome(status) ?? 'cancelled')
}

function link(items: Item[]): void {
  for (const item of items) {
    for (const parent of item.parents ?? []) {
      const above = items[parent]
      if (above) (isTest(item) ? above.tests : above.children).push(item)
    }
    if (item.cause !== undefined && item.outcome === 'skipped') items[item.cause]?.blocks.push(item)
  }
}

export function isTest({ type }: { type: string }): boolean {
  return type === 'test' || type === 'unit_test'
}

export function rankOf({ outcome }: { outcome: Shown }): number {
  return ORDER.indexOf(outcome)
}

/** More exposures are not named. */
const FEW = 3

/**
 * `feeds exposure monday_meeting`: those below a failed node, but for what it blocks. By name, not by number: an
 * exposure may be below several failed nodes, and numbers of all of them would be added up.
 */
export function feedsText(item: Item): string {
  if (item.outcome !== 'failed') return ''
  const below = [...reach([item], (node) => node.children)]
  const names = below
    .filter((node) => node.type === 'exposure' && !item.blocks.includes(node))
    .map(({ name }) => name)
  if (names.length === 0) return ''
  const shown = names.length > FEW ? [...names.slice(0, FEW), 'others'] : names
  const listed = [shown.slice(0, -1).join(', '), shown.at(-1)].filter(Boolean).join(' and ')
  return `feeds ${names.length === 1 ? 'exposure' : 'exposures'} ${listed}`
}

/** All nodes that some nodes lead to by `next`, and themselves. */
export function reach(start: Item[], next: (item: Item) => Item[]): Set<Item> {
  const seen = new Set(start)
  // A set that grows is walked to its new end.
  for (const item of seen) for (const other of next(item)) seen.add(other)
  return seen
}

export function parentsOf({ items }: Model, item: Item): Item[] {
  return (item.parents ?? []).flatMap((index) => items[index] ?? [])
}

/** Whether there is something to say of other runs. */
export function hasChanges({ data }: Model): boolean {
  return data.history !== undefined || data.flaky !== undefined
}

/** `models/marts` and `models`. */
function ancestors(folder: string): string[] {
  const parts = folder.split('/').filter(Boolean)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

function distinct(values: string[]): string[] {
  return [...new Set(values)].sort(compare)
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
