import fc from 'fast-check'
import { expect, test } from 'vitest'
import { layered } from '../../page/layout.ts'

/** Acyclic: an edge leads from a smaller number to a greater one. */
const graphs = fc.integer({ min: 2, max: 60 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    edges: fc.array(
      fc
        .tuple(fc.nat(count - 1), fc.nat(count - 1))
        .filter(([a, b]) => a !== b)
        .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]),
      { maxLength: 150 },
    ),
  }),
)

test('a child is to the right of its parents', () => {
  fc.assert(
    fc.property(graphs, fc.integer({ min: 2, max: 100 }), ({ count, edges }, tallest) => {
      const { points } = layered(count, edges, tallest)
      for (const [parent, child] of edges) expect(points[parent]?.x).toBeLessThan(points[child]?.x ?? -1)
    }),
  )
})

test('no two nodes of a column overlap, and no column is too tall', () => {
  fc.assert(
    fc.property(graphs, fc.integer({ min: 2, max: 100 }), ({ count, edges }, tallest) => {
      const columns = Map.groupBy(layered(count, edges, tallest).points, ({ x }) => x)
      for (const column of columns.values()) {
        const rows = column.map(({ y }) => y).sort((a, b) => a - b)
        expect(rows.length).toBeLessThanOrEqual(tallest)
        expect(rows.every((y, index) => index === 0 || y - (rows[index - 1] ?? 0) > 0.999)).toBe(true)
        expect(rows[0]).toBeGreaterThanOrEqual(0)
      }
    }),
  )
})

test('a chain is a straight line, and a lone parent is beside its child', () => {
  const chain = layered(
    3,
    [
      [0, 1],
      [1, 2],
    ],
    10,
  )
  expect(chain.points).toEqual([
    { x: 0, y: 0 },
    { x: 1, y: 0 },
    { x: 2, y: 0 },
  ])
  // 3 is a root too, and belongs just before 2.
  const joined = layered(
    4,
    [
      [0, 1],
      [1, 2],
      [3, 2],
    ],
    10,
  )
  expect(joined.points.map(({ x }) => x)).toEqual([0, 1, 2, 1])
})

test('two families do not cross', () => {
  // 0 → 2 and 1 → 3, written so that the order of the numbers would cross them.
  const { points } = layered(
    4,
    [
      [0, 3],
      [1, 2],
    ],
    10,
  )
  const [a, b, c, d] = points.map(({ y }) => y)
  expect(Math.sign((a ?? 0) - (b ?? 0))).toBe(Math.sign((d ?? 0) - (c ?? 0)))
})

test('a cycle, which only a broken manifest has, is drawn all the same', () => {
  const { points } = layered(
    3,
    [
      [0, 1],
      [1, 2],
      [2, 1],
    ],
    10,
  )
  expect(points).toHaveLength(3)
  expect(points.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))).toBe(true)
})

test('an edge over several columns runs beside the nodes in its way', () => {
  // 0 → 1 → 2 → 3, and 0 → 3 past 1 and 2.
  const { points, bends } = layered(
    4,
    [
      [0, 1],
      [1, 2],
      [2, 3],
      [0, 3],
    ],
    10,
  )
  const way = bends[3] ?? []
  expect(way.map(({ x }) => x)).toEqual([1, 2])
  const distances = way.map(({ y }, index) => Math.abs(y - (points[index + 1]?.y ?? 0)))
  expect(distances.filter((distance) => distance < 0.5)).toEqual([])
  expect(bends.slice(0, 3)).toEqual([[], [], []])
})
