import { expect, test } from 'vitest'
import { budgetOf } from '../../src/github/budget.ts'
import { type Pace, paceOf } from '../../src/github/pace.ts'

const pace = () => paceOf(budgetOf({ startedAt: 0, nodes: () => 1000, share: 0.5 }))

/** Sends so many writes after dbt's end, to an API that takes `msOf` for a request; @returns when, in ms, and how. */
function closing(paced: Pace, writes: number, msOf: (batch: number) => number) {
  let now = 0
  let left = writes
  const batches: number[] = []
  while (left > 0) {
    now = Math.max(now, paced.nextAt(now, left, left, true))
    const size = Math.min(left, paced.batch())
    batches.push(size)
    paced.sent(now, true)
    const ms = msOf(size)
    now += ms
    paced.answered(size, ms)
    left -= size
  }
  return { ms: now, batches }
}

test.each([
  [200, 1000],
  [1000, 3000],
])('%i nodes that end at once are shown in %i ms where a request takes 150', (nodes, most) => {
  // One more: the roll-up with its links.
  const { ms } = closing(pace(), nodes + 1, () => 150)
  expect(ms + 150).toBeLessThanOrEqual(most)
})

test('a batch grows to what takes about two seconds, and no further', () => {
  const { batches } = closing(pace(), 500, (size) => size * 50)
  expect(batches.slice(0, 4)).toEqual([10, 40, 40, 40])
})

test('a batch that took long is halved', () => {
  const paced = pace()
  paced.answered(10, 100)
  expect(paced.batch()).toBe(40)
  paced.answered(40, 6000)
  expect(paced.batch()).toBe(20)
  paced.failed({ kind: 'lost', message: 'bad gateway' }, 'graphql', 0, true)
  expect(paced.batch()).toBe(10)
})

test('requests of a long end keep a gap', () => {
  const paced = pace()
  for (let i = 0; i < 10; i++) {
    expect(paced.nextAt(1000, 5, 5, true)).toBeLessThanOrEqual(1000)
    paced.sent(1000, true)
  }
  expect(paced.nextAt(1000, 5, 5, true)).toBe(1250)
})
