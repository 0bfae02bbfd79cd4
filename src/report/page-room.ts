/** How large a page may become, and what is left out of it for that. */
import type { PageNode } from './page-data.ts'
import { bytes } from './text.ts'

/** In bytes: a page of 2,000 nodes stays below 1.5 MB, one of 10,000 below 6 MB. */
const SMALL = 1_400_000
const LARGEST = 5_800_000
const NODES_OF_SMALL = 2_000
const PER_NODE = 550

/** How large the page of so many nodes may be, in bytes. */
export function pageLimit(nodes: number): number {
  return Math.min(LARGEST, SMALL + PER_NODE * Math.max(0, nodes - NODES_OF_SMALL))
}

/** Of the page; the rest is its script and compiled SQL. */
const SHARE_OF_NODES = 0.85

/** What can be left out of a node that has succeeded, the least important first. */
const DISPENSABLE = [['description'], ['past', 'owner', 'relation']] as const satisfies (keyof PageNode)[][]

/**
 * Leaves out what there is no room for. Each node may use its share of what those before it have left.
 * @param count how many nodes there are
 * @param whole tells those of which nothing is left out
 */
export function fitting(count: number, whole: (node: PageNode) => boolean): (node: PageNode) => PageNode {
  let room = SHARE_OF_NODES * pageLimit(count)
  let left = count
  return (node) => {
    const share = room / Math.max(1, left--)
    let shown = node
    let size = sizeOf(shown)
    for (const names of whole(node) ? [] : DISPENSABLE) {
      if (size <= share) break
      shown = without(shown, names)
      size = sizeOf(shown)
    }
    room -= size
    return shown
  }
}

function sizeOf(node: PageNode): number {
  return bytes(JSON.stringify(node)) + 1
}

function without(node: PageNode, names: readonly (keyof PageNode)[]): PageNode {
  const rest = { ...node }
  for (const name of names) delete rest[name]
  return rest
}
