import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byFolder, byThread, type Lane, spansOf, ticks } from '../../page/lanes.ts'
import { modelOf } from '../../page/model.ts'
import type { PageData, PageNode } from '../../src/report/page-data.ts'
import { madeUp } from './made-up.ts'

function spans(nodes: Partial<PageNode>[]) {
  const all = nodes.map((node, index): PageNode => {
    const name = `node_${index}`
    return { id: `model.shop.${name}`, name, type: 'model', status: 'success', ...node }
  })
  const data: PageData = { ...madeUp(1), nodes: all }
  return spansOf(modelOf(data).ran)
}

function names(lanes: Lane[]): string[][] {
  return lanes.map(({ spans }) => spans.map(({ item }) => item.name))
}

function overlapping(lanes: Lane[]): boolean {
  return lanes.some(({ spans }) =>
    spans.some(({ start }, index) => index > 0 && start < (spans[index - 1]?.end ?? 0)),
  )
}

test('a lane for each thread that dbt names, in the order of their numbers', () => {
  const lanes = byThread(
    spans([
      { start: 0, end: 10, thread: 10 },
      { start: 0, end: 10, thread: 9 },
      { start: 10, end: 20, thread: 10 },
    ]),
  )
  expect(names(lanes)).toEqual([['node_1'], ['node_0', 'node_2']])
  expect(lanes.map(({ label }) => label)).toEqual(['1', '2'])
})

test('where all threads have one name, as many lanes as nodes ran at once', () => {
  // As it would be if dbt named all of them alike.
  const thread = 1
  const lanes = byThread(
    spans([
      { start: 0, end: 10, thread },
      { start: 5, end: 30, thread },
      { start: 12, end: 20, thread },
    ]),
  )
  expect(names(lanes)).toEqual([['node_0', 'node_2'], ['node_1']])
})

test('an earlier try is shown too, and a skipped node or another job is not', () => {
  const earlier = [{ status: 'error', start: 0, end: 5 }]
  const other = [{ status: 'error', start: 0, end: 5, origin: 'attempt 1' }]
  const found = spans([
    { start: 10, end: 15, earlier },
    { start: 20, end: 25, earlier: other },
    { start: 1, end: 1, status: 'skipped' },
    {},
  ])
  expect(found.map(({ item, start, last }) => [item.name, start, last])).toEqual([
    ['node_0', 0, false],
    ['node_0', 10, true],
    ['node_1', 20, true],
  ])
})

test('whatever ran when, no lane has two nodes at a time, and none is lost', () => {
  const times = fc.record({ start: fc.nat(1000), length: fc.integer({ min: 1, max: 200 }) })
  fc.assert(
    fc.property(fc.array(times, { maxLength: 60 }), fc.nat(4), (list, folders) => {
      const all = spans(
        list.map(({ start, length }, index) => ({
          start,
          end: start + length,
          folder: `f${index % (folders + 1)}`,
        })),
      )
      for (const lanes of [byThread(all), byFolder(all)]) {
        expect(
          overlapping(
            lanes.map((lane) => ({ ...lane, spans: lane.spans.toSorted((a, b) => a.start - b.start) })),
          ),
        ).toBe(false)
        expect(lanes.flatMap(({ spans }) => spans)).toHaveLength(all.length)
      }
    }),
  )
})

test('the axis has round steps within the range', () => {
  expect(ticks(0, 20_000, 5)).toEqual([0, 5000, 10_000, 15_000, 20_000])
  expect(ticks(130, 990, 4)).toEqual([500])
  expect(ticks(5, 5, 4)).toEqual([])
})
