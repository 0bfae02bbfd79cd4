import type { Order } from './graph.ts'

/** Whether a node is strictly below another one, by their numbers. */
export type IsBelow = (number: number, above: number) => boolean

/**
 * Answers for some nodes what is below them, in one pass down the graph: each node has one bit for each of them, so
 * 10,000 nodes and 3,000 of them are 4 MB and take milliseconds.
 */
export function belowEachOf({ parents }: Order, targets: Iterable<number>): IsBelow {
  const places = new Map<number, number>()
  for (const target of targets) if (!places.has(target)) places.set(target, places.size)
  const width = (places.size + 31) >> 5
  const bits = new Uint32Array(parents.length * width)
  for (const [number, own] of parents.entries()) {
    for (const parent of own) {
      for (let i = 0; i < width; i++) {
        bits[number * width + i] = (bits[number * width + i] ?? 0) | (bits[parent * width + i] ?? 0)
      }
      const place = places.get(parent)
      if (place === undefined) continue
      const word = number * width + (place >> 5)
      bits[word] = (bits[word] ?? 0) | (1 << (place & 31))
    }
  }
  return (number, above) => {
    const place = places.get(above)
    if (place === undefined) return false
    return (((bits[number * width + (place >> 5)] ?? 0) >> (place & 31)) & 1) === 1
  }
}
