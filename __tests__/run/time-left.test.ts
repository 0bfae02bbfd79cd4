import { expect, test } from 'vitest'
import { type Node, nodeOf, type Run } from '../../src/run/run.ts'
import { durationsOf, timeLeft } from '../../src/run/time-left.ts'
import { begunRun, last } from './begun.ts'

/** Seconds from the start of the run; a node without an end runs. */
function node(run: Run, name: string, start: number, end?: number, more: Partial<Node> = {}): void {
  Object.assign(nodeOf(run, `model.shop.${name}`), {
    startedAt: start * 1000,
    ...(end === undefined ? {} : { status: 'success', finishedAt: end * 1000 }),
    ...more,
  })
}

function runOf(nodeCount: number | undefined, threads = 4): Run {
  const run = begunRun()
  Object.assign(last(run), { nodeCount, threads })
  return run
}

/** @param seconds by name */
function before(seconds: Record<string, number>) {
  return new Map(Object.entries(seconds).map(([name, s]) => [`model.shop.${name}`, s * 1000]))
}

test('the last run, one node at a time', () => {
  const run = runOf(4, 1)
  node(run, 'a', 0, 10)
  node(run, 'b', 10)
  // b has 14 s left, c takes 30, d is new and takes c's average.
  expect(timeLeft(run, before({ a: 10, b: 20, c: 30 }), 16_000)).toBe(14_000 + 30_000 + 30_000)
})

test('two at a time take half of it, but no less than the longest', () => {
  const run = runOf(4)
  node(run, 'a', 0)
  node(run, 'b', 0)
  expect(timeLeft(run, before({ a: 20, b: 20, c: 20, d: 20 }), 10_000)).toBe(30_000)
  expect(timeLeft(run, before({ a: 200, b: 20, c: 20, d: 20 }), 10_000)).toBe(190_000)
})

test('no more than the threads run at a time', () => {
  const run = runOf(5, 1)
  // Tests that dbt timed in parallel with what they wait for.
  for (const name of ['a', 'b', 'c']) node(run, name, 0, 10)
  expect(timeLeft(run, new Map(), 10_000)).toBe(20_000)
})

test('the average, once three have ended', () => {
  const run = runOf(8, 1)
  node(run, 'a', 0, 2)
  node(run, 'b', 2, 4)
  expect(timeLeft(run, new Map(), 4_000)).toBeUndefined()
  node(run, 'c', 4, 6)
  expect(timeLeft(run, new Map(), 6_000)).toBe(5 * 2_000)
})

test('a node that takes longer than before has no time left', () => {
  const run = runOf(1)
  node(run, 'a', 0)
  expect(timeLeft(run, before({ a: 20 }), 15_000)).toBe(5_000)
  expect(timeLeft(run, before({ a: 20 }), 25_000)).toBeUndefined()
})

test('a run that is slower than the last one', () => {
  const run = runOf(3, 1)
  node(run, 'a', 0, 20)
  node(run, 'b', 20)
  // Twice as slow: b takes 20 s, c 40 s.
  expect(timeLeft(run, before({ a: 10, b: 10, c: 20 }), 25_000)).toBe(15_000 + 40_000)
  // b alone takes 40 s by now, so 60 s in place of 20 s.
  expect(timeLeft(run, before({ a: 10, b: 10, c: 20 }), 60_000)).toBe(60_000)
})

test('a node that runs for longer than all others took raises the average', () => {
  const run = runOf(5, 1)
  for (const [i, name] of ['a', 'b', 'c'].entries()) node(run, name, i, i + 1)
  node(run, 'd', 3)
  expect(timeLeft(run, new Map(), 12_000)).toBe(3_000)
})

test('nodes that were skipped took no time', () => {
  const run = runOf(8, 1)
  for (const name of ['a', 'b', 'c']) node(run, name, 0, 0, { status: 'skipped' })
  expect(timeLeft(run, new Map(), 1_000)).toBeUndefined()
})

test('a rerun: what the last run left does not count', () => {
  const run = runOf(2, 1)
  node(run, 'a', -100, -90, { origin: 'the last run' })
  node(run, 'b', 0)
  expect(timeLeft(run, before({ b: 10, c: 20 }), 5_000)).toBe(25_000)
})

test('unknown where dbt gives no number, or has ended', () => {
  const run = runOf(undefined)
  node(run, 'a', 0)
  expect(timeLeft(run, before({ a: 20 }), 1_000)).toBeUndefined()
  last(run).nodeCount = 1
  run.exitCode = 0
  expect(timeLeft(run, before({ a: 20 }), 1_000)).toBeUndefined()
})

test('durations of a saved run', () => {
  const saved = { resourceType: 'model', materialized: '', relation: '', selector: '', name: '', earlier: [] }
  const result = { message: '', cause: '', invocation: 1, origin: '' }
  const nodes = [
    { uniqueId: 'a', status: 'success', startedAt: 1_000, finishedAt: 3_500, executionTime: 2 },
    { uniqueId: 'b', status: 'error', executionTime: 2 },
    { uniqueId: 'c', status: 'skipped', executionTime: 0 },
    { uniqueId: 'd', status: 'success' },
  ].map((node) => ({ ...saved, ...result, ...node }))
  expect([...durationsOf({ nodes })]).toEqual([
    ['a', 2_500],
    ['b', 2_000],
  ])
})
