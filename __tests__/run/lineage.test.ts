/** Which failure blocks which node, against a slow and literal reading of what dbt does, on random graphs. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { startInvocation } from '../../src/run/commands.ts'
import { blame, blockedBy, causeOf, testsByNode } from '../../src/run/lineage.ts'
import { begin, nodeOf, type Run } from '../../src/run/run.ts'
import { outcome } from '../../src/run/status.ts'
import { BUILD } from './begun.ts'
import { above, blocking, type Graph, graphs, isTest, isUnitTest, manifestOf, reached } from './graphs.ts'

/** @param ran statuses in the order in which dbt named the nodes; what it did not select is missing */
function runOf(graph: Graph, ran: Record<string, string>): Run {
  const run = begin(0)
  run.graph = manifestOf(graph)
  run.tests = testsByNode(run.graph)
  for (const [id, status] of Object.entries(ran)) nodeOf(run, id).status = status
  return run
}

/** A run as dbt would end it: some fail, what they block is skipped, and some of the rest was not selected. */
const runs = fc
  .tuple(graphs, fc.infiniteStream(fc.nat(9)), fc.infiniteStream(fc.nat()))
  .map(([graph, fates, places]) => {
    const wanted = Object.keys(graph).filter(() => fates.next().value < 2)
    const edges = blocking(graph)
    // Of two failures one above the other, the lower never ran.
    const failed = wanted.filter((id) => !reached(edges, wanted).has(id))
    const skipped = reached(edges, failed)
    const ran = Object.keys(graph).flatMap((id): [number, string, string][] => {
      const place: number = places.next().value
      if (failed.includes(id)) return [[place, id, isTest(id) ? 'fail' : 'error']]
      if (fates.next().value < 2) return []
      return [[place, id, skipped.has(id) ? 'skipped' : 'success']]
    })
    const inOrder = ran.sort(([a], [b]) => a - b).map(([, id, status]) => [id, status])
    return { graph, failed, ran: Object.fromEntries(inOrder) as Record<string, string> }
  })

const RUNS = { numRuns: Number(process.env.FUZZ ?? 60_000) / 20 }

test('blockedBy: what dbt would not have run', () => {
  fc.assert(
    fc.property(runs, fc.infiniteStream(fc.boolean()), ({ graph, failed, ran }, some) => {
      const retried = failed.filter(() => some.next().value)
      const blocked = reached(blocking(graph), retried)
      const expected = Object.keys(ran).filter((id) => ran[id] === 'skipped' && blocked.has(id))
      const result = [...blockedBy(runOf(graph, ran), new Set(retried))]
      expect([...result].sort()).toEqual(expected.sort())
      // Parents come first.
      for (const [i, id] of result.entries())
        expect(result.slice(i).filter((later) => above(graph, id).has(later))).toEqual([])
    }),
    RUNS,
  )
})

test('blame: every skipped node names a failure that blocks it, whatever the order', () => {
  fc.assert(
    fc.property(runs, ({ graph, ran }) => {
      const run = runOf(graph, ran)
      blame(run)
      const edges = blocking(graph)
      for (const { uniqueId, status, cause } of run.nodes.values()) {
        if (status !== 'skipped') expect(cause).toBe('')
        else {
          expect(['error', 'fail']).toContain(ran[cause])
          expect([...reached(edges, [cause])]).toContain(uniqueId)
        }
      }
    }),
    RUNS,
  )
})

/** The rules of causeOf, one by one. */
function slowCause(graph: Graph, { nodes }: Run, id: string): string {
  const edges = blocking(graph)
  const failed = (other: string) => outcome(nodes.get(other)?.status ?? 'started') === 'failed'
  const upstream = [[id, 0] as const, ...above(graph, id)]
  for (let distance = 0; distance <= upstream.length; distance++) {
    const level = upstream.filter(([, far]) => far === distance).map(([other]) => other)
    const tests = Object.keys(graph).filter(
      (other) =>
        isTest(other) &&
        (distance > 0 || isUnitTest(other)) &&
        graph[other]?.some((tested) => level.includes(tested)) &&
        reached(edges, [other]).has(id),
    )
    const causes = level.filter((other) => distance > 0 && failed(other)).sort()
    const cause = causes[0] ?? tests.filter(failed).sort()[0]
    if (cause !== undefined) return cause
    const told =
      distance > 0 ? level.map((other) => nodes.get(other)?.cause ?? '').filter((c) => c && failed(c)) : []
    if (told.length > 0) return told.join(' ')
  }
  return ''
}

test('causeOf: the nearest, nodes before tests, the first by name; or what a skipped node above knows', () => {
  fc.assert(
    fc.property(runs, fc.infiniteStream(fc.boolean()), ({ graph, ran }, told) => {
      const run = runOf(graph, ran)
      for (const node of run.nodes.values()) {
        if (node.status !== 'skipped' || told.next().value) continue
        const expected = slowCause(graph, run, node.uniqueId)
        node.cause = causeOf(run, node)
        expect(expected.split(' ')).toContain(node.cause)
      }
    }),
    RUNS,
  )
})

describe('what no edge tells', () => {
  const graph = { 'model.p.a': [], 'model.p.b': ['model.p.a'] }
  const hook = (when: string) => `operation.p.p-on-run-${when}-0`

  test('a hook at the start blocks everything, one at the end nothing', () => {
    for (const [when, blocked] of [
      ['start', ['model.p.a', 'model.p.b']],
      ['end', []],
    ] as const) {
      const run = runOf(graph, {
        [hook(when)]: 'error',
        'model.p.a': 'skipped',
        'model.p.b': 'skipped',
      })
      expect([...blockedBy(run, new Set([hook(when)]))]).toEqual(blocked)
      blame(run)
      const causes = [...run.nodes.values()].flatMap(({ cause }) => cause || [])
      expect(causes).toEqual(blocked.map(() => hook(when)))
    }
  })

  test('without a manifest, what the stream marked', () => {
    const run = runOf({}, { 'model.p.a': 'error', 'model.p.b': 'skipped', 'model.p.c': 'skipped' })
    startInvocation(run, BUILD, 0).marked.push('model.p.a')
    const c = run.nodes.get('model.p.c')
    blame(run)
    expect(c?.cause).toBe('model.p.a')
    expect([...blockedBy(run, new Set(['model.p.a']))]).toEqual(['model.p.b', 'model.p.c'])
    expect([...blockedBy(run, new Set(['model.p.x']))]).toEqual([])
  })
})

test('10,000 nodes: a chain in the worst order, and thousands of failed tests of two models: not for minutes', () => {
  const numbers = Array.from({ length: 10_000 }, (_, i) => i)
  const chain = Object.fromEntries(numbers.map((i) => [`model.p.${i}`, i > 0 ? [`model.p.${i - 1}`] : []]))
  const ends = numbers.map((i) => [`model.p.${i}`, i > 0 ? 'skipped' : 'error']).reverse()
  const wide: Graph = { 'model.p.a': [], 'model.p.b': [] }
  const results: Record<string, string> = {}
  for (const i of numbers.slice(0, 3000)) {
    for (const type of ['test', 'model']) wide[`${type}.p.${i}`] = ['model.p.a', 'model.p.b']
    Object.assign(results, { [`test.p.${i}`]: 'fail', [`model.p.${i}`]: 'skipped' })
  }
  // The way dbt's --fail-fast leaves it: all else is skipped, and no failure is above it.
  const last = Object.fromEntries(numbers.map((i) => [`model.p.${i}`, i === 9999 ? 'error' : 'skipped']))
  for (const [graph, ran, causes] of [
    [chain, Object.fromEntries(ends), ['model.p.0']],
    [wide, results, ['test.p.0']],
    [chain, last, ['']],
  ] as const) {
    const run = runOf(graph, ran)
    blame(run)
    const skipped = [...run.nodes.values()].filter(({ status }) => status === 'skipped')
    expect([...new Set(skipped.map(({ cause }) => cause))]).toEqual(causes)
  }
})
