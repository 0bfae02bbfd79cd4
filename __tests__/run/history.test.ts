/** What changed since another run, and what is flaky over several. */
import { describe, expect, test } from 'vitest'
import { flakyOver } from '../../src/run/flaky.ts'
import { compare } from '../../src/run/history.ts'
import { begin, nodeOf, type Run, unseen } from '../../src/run/run.ts'
import type { About, SavedRun } from '../../src/run/saved.ts'
import { ABOUT } from './about.ts'
import { savedRun } from './saved-run.ts'

type Results = Record<string, [status: string, seconds?: number, before?: string]>

function runOf(results: Results): Run {
  const run = begin(0)
  for (const [id, [status, seconds, before]] of Object.entries(results)) {
    const node = nodeOf(run, id)
    if (before !== undefined) node.earlier.push({ ...unseen(1), status: before })
    Object.assign(node, { status, executionTime: seconds })
  }
  return run
}

/** As a later run reads it. */
function saved(results: Results, about: Partial<About> = {}): SavedRun {
  return savedRun(runOf(results), { ...ABOUT, ...about })
}

describe('compare', () => {
  test('new failures, those that were there, and fixed ones', () => {
    const base = saved({
      'model.p.was_good': ['success'],
      'model.p.was_broken': ['error'],
      'model.p.stays_broken': ['error'],
      'test.p.was_skipped': ['skipped'],
      'model.p.is_blocked': ['error'],
    })
    const run = runOf({
      'model.p.was_good': ['error'],
      'model.p.was_broken': ['success'],
      'model.p.stays_broken': ['error'],
      'test.p.was_skipped': ['fail'],
      'model.p.is_new': ['error'],
      'model.p.is_blocked': ['skipped'],
      'operation.p.hook': ['error'],
    })
    const { newFailures, stillFailing, fixed } = compare(run, base)
    expect(newFailures).toEqual(['model.p.is_new', 'model.p.was_good', 'test.p.was_skipped'])
    expect(stillFailing).toEqual(['model.p.stays_broken'])
    expect(fixed).toEqual(['model.p.was_broken'])
  })

  const times = (factor: (i: number) => number): Results =>
    Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`model.p.${i}`, ['success', (2 + i) * factor(i)]]),
    )
  const steady = saved(times(() => 1))

  test('one that takes three times as long is slower, one in a third faster', () => {
    const run = runOf(times((i) => (i === 4 ? 3 : i === 9 ? 1 / 3 : 1)))
    expect(compare(run, steady)).toMatchObject({
      slower: [{ uniqueId: 'model.p.4', before: 6, now: 18 }],
      faster: [{ uniqueId: 'model.p.9', before: 11 }],
      pace: 1,
    })
  })

  test('a slow runner makes no node slower', () => {
    const run = runOf(times((i) => (i === 4 ? 6 : 2)))
    const { slower, faster, pace } = compare(run, steady)
    expect(slower.map(({ uniqueId }) => uniqueId)).toEqual(['model.p.4'])
    expect(faster).toEqual([])
    expect(pace).toBeCloseTo(2)
  })

  test('where all times scatter, a factor of two is noise', () => {
    const scatter = (i: number) => [0.5, 1, 2, 0.7, 1.4][i % 5] ?? 1
    const { slower, faster } = compare(runOf(times(scatter)), steady)
    expect([...slower, ...faster]).toEqual([])
  })

  test('less than a second, or than a factor of 1.3, is noise', () => {
    const base = saved({ 'model.p.short': ['success', 0.3], 'model.p.long': ['success', 100] })
    const run = runOf({ 'model.p.short': ['success', 1.2], 'model.p.long': ['success', 125] })
    expect(compare(run, base)).toMatchObject({ slower: [], faster: [], pace: undefined })
  })

  test('what failed has no time, and a node without one is left out', () => {
    const base = saved({ 'model.p.a': ['success', 1], 'model.p.b': ['error', 1], 'model.p.c': ['success'] })
    const run = runOf({ 'model.p.a': ['error', 9], 'model.p.b': ['success', 9], 'model.p.c': ['success', 9] })
    expect(compare(run, base)).toMatchObject({ slower: [], faster: [] })
  })
})

describe('flakyOver', () => {
  test('a retry that succeeded', () => {
    const states = [
      saved({ 'model.p.a': ['success', 1, 'error'], 'model.p.b': ['success'] }, { runId: '1', commit: 'a' }),
      saved({ 'model.p.a': ['success'], 'model.p.b': ['success'] }, { runId: '2', commit: 'b' }),
    ]
    expect(flakyOver(states)).toEqual([{ uniqueId: 'model.p.a', runs: 2, failures: 1, reasons: ['retry'] }])
  })

  test('different results for one commit; a repaired node is not flaky', () => {
    const states = [
      saved({ 'test.p.t': ['fail'], 'model.p.broken': ['error'] }, { runId: '1', commit: 'a' }),
      saved({ 'test.p.t': ['pass'], 'model.p.broken': ['error'] }, { runId: '2', commit: 'a' }),
      saved({ 'test.p.t': ['pass'], 'model.p.broken': ['success'] }, { runId: '3', commit: 'b' }),
    ]
    expect(flakyOver(states)).toEqual([
      { uniqueId: 'test.p.t', runs: 3, failures: 1, reasons: ['same commit'] },
    ])
  })

  test('of several attempts of a workflow run the last has all results', () => {
    const first = saved({ 'model.p.a': ['error'] }, { runAttempt: 1 })
    const second = saved({ 'model.p.a': ['success', 1, 'error'] }, { runAttempt: 2 })
    expect(flakyOver([second, first])).toEqual([
      { uniqueId: 'model.p.a', runs: 1, failures: 1, reasons: ['retry'] },
    ])
  })

  test('skipped and cancelled nodes say nothing', () => {
    const states = [
      saved({ 'model.p.a': ['skipped'], 'model.p.b': ['cancelled'] }, { runId: '1' }),
      saved({ 'model.p.a': ['success'], 'model.p.b': ['success'] }, { runId: '2' }),
    ]
    expect(flakyOver(states)).toEqual([])
  })
})
