/** Where the time of a run goes, and what other numbers of threads would give. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { criticalPath } from '../../src/run/critical-path.ts'
import { nodeOf } from '../../src/run/run.ts'
import { busy, scheduler } from '../../src/run/schedule.ts'
import { lanesOf, type Span } from '../../src/run/spans.ts'
import { advise } from '../../src/run/threads.ts'
import { type Timing, type TimingFrame, timingOf, timingsOf, waitsOf } from '../../src/run/timing.ts'
import { type Work, worksOf } from '../../src/run/work.ts'
import { begunRun } from './begun.ts'
import { blocking, type Graph, graphs, isTest, isUnitTest, manifestOf, reached } from './graphs.ts'

function span(uniqueId: string, startedAt: number, finishedAt: number, thread = 'Thread-1 (worker)'): Span {
  return { uniqueId, startedAt, finishedAt, thread, invocation: 1, status: 'success' }
}

const FRAME: TimingFrame = {
  ...{ number: 1, engine: 'core' as const, startedAt: 0, finishedAt: 0 },
  ...{ threads: undefined, processorTime: undefined },
}

function timed(graph: Graph, spans: Span[], frame: Partial<TimingFrame> = {}): Timing {
  const timing = timingOf(manifestOf(graph), spans, { ...FRAME, ...frame })
  if (!timing) throw new Error('no node ran')
  return timing
}

function scheduled(works: Work[], threads: number, pause: number): number {
  return scheduler(works)(
    works.map((work) => busy(work, pause)),
    threads,
  )
}

/** unique_ids of all that a work waits for, however far above. */
function waitsFor(works: Work[], work: Work): Set<string> {
  const found = new Set<string>()
  const open = [...work.parents]
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    for (const id of works[place]?.ids ?? []) found.add(id)
    open.push(...(works[place]?.parents ?? []))
  }
  return found
}

/** Graphs of which some nodes run, each for a while. */
const ran = fc
  .tuple(graphs, fc.infiniteStream(fc.boolean()), fc.infiniteStream(fc.integer({ min: 1, max: 50 })))
  .map(([graph, chosen, times]) => {
    const models = Object.keys(graph).filter((id) => !isUnitTest(id) && chosen.next().value)
    // dbt runs a unit test with its model.
    const unitTests = Object.keys(graph).filter(
      (id) => isUnitTest(id) && models.includes(graph[id]?.[0] ?? ''),
    )
    const spans = [...unitTests, ...models].map((id) => span(id, 0, times.next().value as number))
    return { graph, spans }
  })

const RUNS = { numRuns: Number(process.env.FUZZ ?? 60_000) / 60 }

describe('works', () => {
  test('wait for what dbt build makes them wait for', () => {
    fc.assert(
      fc.property(ran, ({ graph, spans }) => {
        const ids = spans.map(({ uniqueId }) => uniqueId)
        const selected = Object.entries(graph).filter(([id]) => !isTest(id) || ids.includes(id))
        const edges = blocking(Object.fromEntries(selected))
        const works = worksOf(manifestOf(graph), spans)
        const nodes = ids.filter((id) => !isUnitTest(id))
        expect(works.flatMap((work) => work.ids).sort()).toEqual([...ids].sort())
        for (const work of works) {
          const id = work.ids.at(-1)
          if (id === undefined) continue
          const expected = nodes.filter((other) => reached(edges, [other]).has(id))
          const found = [...waitsFor(works, work)].filter((other) => !isUnitTest(other))
          expect(found.sort(), id).toEqual(expected.sort())
        }
      }),
      RUNS,
    )
  })

  test('a model runs after its unit tests in one thread', () => {
    const graph = { 'model.p.a': [], 'unit_test.p.a.t': ['model.p.a'], 'model.p.b': ['model.p.a'] }
    const spans = [span('unit_test.p.a.t', 0, 300), span('model.p.a', 310, 400), span('model.p.b', 410, 500)]
    const works = worksOf(manifestOf(graph), spans)
    expect(works.map(({ ids, milliseconds, level }) => ({ ids, milliseconds, level }))).toEqual([
      { ids: ['unit_test.p.a.t', 'model.p.a'], milliseconds: 390, level: 1 },
      { ids: ['model.p.b'], milliseconds: 90, level: 2 },
    ])
  })

  test('dbt v2 starts a model before its unit tests: what overlaps counts once', () => {
    const graph = { 'model.p.a': [], 'unit_test.p.a.t': ['model.p.a'] }
    const spans = [span('model.p.a', 0, 400), span('unit_test.p.a.t', 100, 300)]
    expect(worksOf(manifestOf(graph), spans)[0]?.milliseconds).toBe(400)
  })

  test('a test of a source blocks what reads the source, and an exposure waits for no test', () => {
    const graph = {
      'source.p.s.t': [],
      'test.p.t': ['source.p.s.t'],
      'model.p.a': ['source.p.s.t'],
      'test.p.u': ['model.p.a'],
      'exposure.p.e': ['model.p.a'],
    }
    const spans = ['test.p.t', 'model.p.a', 'test.p.u', 'exposure.p.e'].map((id) => span(id, 0, 1))
    const works = worksOf(manifestOf(graph), spans)
    const of = (id: string) => works.find(({ ids }) => ids.includes(id))
    expect([...waitsFor(works, of('model.p.a') as Work)]).toEqual(['test.p.t'])
    expect([...waitsFor(works, of('exposure.p.e') as Work)].sort()).toEqual(['model.p.a', 'test.p.t'])
  })

  test('without a manifest, and with a damaged one that has a cycle', () => {
    expect(worksOf(new Map(), [span('model.p.a', 0, 5)]).map(({ ids }) => ids)).toEqual([['model.p.a']])
    const graph = { 'model.p.a': ['model.p.b'], 'model.p.b': ['model.p.a'], 'model.p.c': [] }
    const works = worksOf(manifestOf(graph), [span('model.p.a', 0, 5), span('model.p.c', 0, 5)])
    expect(scheduled(works, 1, 0)).toBeGreaterThan(0)
  })
})

describe('schedule', () => {
  test('one thread takes the sum, enough threads the critical path, others what Graham proved', () => {
    fc.assert(
      fc.property(ran, fc.integer({ min: 2, max: 6 }), fc.nat(5), ({ graph, spans }, threads, pause) => {
        const works = worksOf(manifestOf(graph), spans)
        const sum = works.reduce((all, work) => all + work.milliseconds + pause * work.ids.length, 0)
        const path = criticalPath(works, pause)
        expect(scheduled(works, 1, pause)).toBe(sum)
        expect(scheduled(works, spans.length + 1, pause)).toBe(path.milliseconds)
        const time = scheduled(works, threads, pause)
        // https://en.wikipedia.org/wiki/List_scheduling
        expect(time).toBeGreaterThanOrEqual(Math.max(path.milliseconds, sum / threads))
        expect(time).toBeLessThanOrEqual(sum / threads + (1 - 1 / threads) * path.milliseconds + 1e-6)
      }),
      RUNS,
    )
  })

  test('what is ready first starts first, of several the lower level, then by name', () => {
    // Two threads: a and c start; b is ready before d, though d is the parent of the long chain.
    const graph = { 'model.p.a': [], 'model.p.b': [], 'model.p.c': [], 'model.p.d': ['model.p.a'] }
    const spans = [
      span('model.p.a', 0, 1),
      span('model.p.b', 0, 10),
      span('model.p.c', 0, 2),
      span('model.p.d', 0, 7),
    ]
    // a 0–1, b 0–10, c 1–3, d 3–10
    expect(scheduled(worksOf(manifestOf(graph), spans), 2, 0)).toBe(10)
  })
})

describe('timing', () => {
  // Two threads. t tests a, and so c waits for it; b is ready at once, and waits for a thread.
  const graph: Graph = {
    'model.p.a': [],
    'model.p.b': [],
    'model.p.c': ['model.p.a'],
    'model.p.d': [],
    'test.p.t': ['model.p.a'],
  }
  const spans = [
    span('model.p.a', 1000, 3000, 'Thread-1 (worker)'),
    span('model.p.d', 1000, 2000, 'Thread-2 (worker)'),
    span('model.p.b', 2100, 4000, 'Thread-2 (worker)'),
    span('test.p.t', 3100, 5000, 'Thread-1 (worker)'),
    span('model.p.c', 5100, 6000, 'Thread-2 (worker)'),
    span('operation.p.p-on-run-end-0', 6000, 6500, 'MainThread'),
  ]
  const timing = timed(graph, spans, { startedAt: 0, finishedAt: 7000, threads: 2 })

  test('critical path, utilisation, what comes before and after', () => {
    expect(timing.path.works.flatMap(({ ids }) => ids)).toEqual(['model.p.a', 'test.p.t', 'model.p.c'])
    expect(timing.path.milliseconds).toBe(2000 + 1900 + 900)
    expect(timing.utilisation).toBe((2000 + 1000 + 1900 + 1900 + 900) / (2 * 5000))
    expect([timing.startedAt, timing.finishedAt, timing.around]).toEqual([1000, 6000, 2000])
  })

  test('waiting for parents and waiting for a thread', () => {
    expect(Object.fromEntries(waitsOf(timing))).toEqual({
      'model.p.a': { parents: 0, thread: 0, last: '' },
      'model.p.b': { parents: 0, thread: 1100, last: '' },
      'model.p.c': { parents: 4000, thread: 100, last: 'test.p.t' },
      'model.p.d': { parents: 0, thread: 0, last: '' },
      'test.p.t': { parents: 2000, thread: 100, last: 'model.p.a' },
    })
    expect(timing.pause).toBe(100)
  })

  test('threads as counted where dbt does not say', () => {
    expect(timed(graph, spans).threads).toBe(2)
  })

  test('a node that dbt skipped did not run, though dbt tells a time', () => {
    const run = begunRun()
    const times = { invocation: 1, startedAt: 0, finishedAt: 1000 }
    Object.assign(nodeOf(run, 'model.p.a'), { ...times, status: 'error' })
    for (const [id, status] of Object.entries({ 'model.p.c': 'skipped', 'exposure.p.e': 'no-op' })) {
      Object.assign(nodeOf(run, id), { ...times, startedAt: 1000, finishedAt: 1001, status })
    }
    run.graph = manifestOf({ ...graph, 'exposure.p.e': ['model.p.c'] })
    const [timing] = timingsOf(run)
    expect(timing?.path.works.flatMap(({ ids }) => ids)).toEqual(['model.p.a'])
    expect(timing?.path.milliseconds).toBe(1000)
  })

  test('no node, no timing', () => {
    expect(timingOf(new Map(), [], FRAME)).toBeUndefined()
    expect(timingOf(new Map(), [span('operation.p.h', 0, 1)], FRAME)).toBeUndefined()
  })
})

describe('advice', () => {
  const independent = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`model.p.${i}`, []]))
  const spans = Object.keys(independent).map((id, i) => span(id, 1000 * i, 1000 * (i + 1)))

  test('eight nodes of a second each need eight threads', () => {
    const timing = timed(independent, spans, { finishedAt: 8000, threads: 1 })
    expect(advise([timing])).toEqual({
      threads: 1,
      enough: 8,
      forecasts: [8000, 4000, 2000, 1000, 1000, 1000].map((milliseconds, i) => ({
        threads: 2 ** i,
        milliseconds,
      })),
    })
  })

  test('a chain needs one, and so does a run that mostly parses', () => {
    const chain = Object.fromEntries(
      Object.keys(independent).map((id, i) => [id, i > 0 ? [`model.p.${i - 1}`] : []]),
    )
    expect(advise([timed(chain, spans, { threads: 4 })])?.enough).toBe(1)
    expect(advise([timed(independent, spans, { finishedAt: 400_000, threads: 1 })])?.enough).toBe(1)
  })

  test('none for dbt v2, and none where nothing ran', () => {
    expect(advise([timed(independent, spans, { engine: 'v2' })])).toBeUndefined()
    expect(advise([])).toBeUndefined()
  })

  test('10,000 nodes with a test each: not for minutes', () => {
    const graph: Graph = {}
    for (let i = 0; i < 5000; i++) {
      graph[`model.p.${i}`] = i < 50 ? [] : [`model.p.${i - 50}`, `model.p.${i - 37}`]
      graph[`test.p.${i}`] = i % 3 === 0 && i > 0 ? [`model.p.${i}`, `model.p.${i - 1}`] : [`model.p.${i}`]
    }
    const all = Object.keys(graph).map((id, i) => span(id, i, i + 5))
    const advice = advise([timed(graph, all, { threads: 4, processorTime: 1000 })])
    expect(advice?.forecasts[0]?.milliseconds).toBeGreaterThan(advice?.forecasts[3]?.milliseconds ?? 0)
  })
})

test('lanes: one a thread, in order, more where spans overlap', () => {
  const spans = [
    span('model.p.a', 0, 10, 'Thread-10 (worker)'),
    span('model.p.b', 0, 10, 'Thread-2 (worker)'),
    span('model.p.c', 10, 20, 'Thread-2 (worker)'),
    span('model.p.d', 5, 15, 'Thread-2 (worker)'),
    span('model.p.e', 0, 10, 'tokio-rt-worker'),
  ]
  const lanes = lanesOf(spans).map(({ name, spans }) => [
    name,
    spans.map(({ uniqueId }) => uniqueId.slice(-1)).join(''),
  ])
  expect(lanes).toEqual([
    ['dbt', 'e'],
    ['Thread-2', 'bc'],
    ['Thread-2 (2)', 'd'],
    ['Thread-10', 'a'],
  ])
})

describe('what nodes cost each other', () => {
  const graph: Graph = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`model.p.${i}`, []]))
  /** Forty independent nodes on four threads, ten after another. */
  const onFour = (milliseconds: number) =>
    Object.keys(graph).map((id, i) => {
      const start = Math.floor(i / 4) * milliseconds
      return span(id, start, start + milliseconds, `Thread-${(i % 4) + 1}`)
    })
  const times = (spans: Span[], processorTime: number | undefined) => {
    const finishedAt = spans.at(-1)?.finishedAt ?? 0
    const advice = advise([timed(graph, spans, { threads: 4, finishedAt, processorTime })])
    return advice?.forecasts.slice(0, 4).map(({ milliseconds }) => Math.round(milliseconds / 100) / 10)
  }

  test('nodes that only wait take as long as they took', () => {
    expect(times(onFour(1000), 0)).toEqual([40, 20, 10, 5])
    expect(times(onFour(1000), undefined)).toEqual([40, 20, 10, 5])
  })

  test('where dbt itself was busy all the time, no number of threads helps', () => {
    // Each node is 250 ms of work, and took four times as long since there were four.
    // To hand over the interpreter takes longer with more of them.
    expect(times(onFour(1000), 10_000)).toEqual([8.1, 9, 10, 11])
    expect(advise([timed(graph, onFour(1000), { threads: 4, processorTime: 10_000 })])?.enough).toBe(1)
  })

  test("with a fifth of the time dbt's own, something between", () => {
    const [one = 0, two = 0, four = 0, eight = 0] = times(onFour(1000), 2000) ?? []
    expect(four).toBe(10)
    expect(one).toBeLessThan(40)
    expect(one).toBeGreaterThan(36)
    expect(two).toBeLessThan(20)
    expect(eight).toBeGreaterThan(5)
    expect(eight).toBeLessThan(6)
  })

  test('no forecast is shorter than the work of the processor, or longer than one thread takes', () => {
    fc.assert(
      fc.property(ran, fc.double({ min: 0, max: 2, noNaN: true }), ({ graph, spans }, share) => {
        fc.pre(spans.length > 0)
        const sum = spans.reduce((all, { startedAt, finishedAt }) => all + finishedAt - startedAt, 0)
        const after = spans.reduce<{ end: number; spans: Span[] }>(
          ({ end, spans }, one) => ({
            end: end + one.finishedAt,
            spans: [...spans, { ...one, startedAt: end, finishedAt: end + one.finishedAt }],
          }),
          { end: 0, spans: [] },
        )
        const timing = timed(graph, after.spans, {
          threads: 1,
          finishedAt: after.end,
          processorTime: share * sum,
        })
        const forecasts = advise([timing])?.forecasts.map(({ milliseconds }) => milliseconds) ?? []
        expect(forecasts[0]).toBeCloseTo(sum, 3)
        for (const time of forecasts) {
          expect(time).toBeGreaterThanOrEqual(Math.min(share * sum, sum) - 1e-6)
          expect(time).toBeLessThanOrEqual(1.3 * sum)
        }
      }),
      RUNS,
    )
  })
})
