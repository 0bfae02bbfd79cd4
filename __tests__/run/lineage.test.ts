/** Which failure blocks which node, against a slow and literal reading of what dbt does, on random graphs. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ManifestNode } from '../../src/dbt/manifest.ts'
import { startInvocation } from '../../src/run/commands.ts'
import { blame, blockedBy, causeOf, testsByNode } from '../../src/run/lineage.ts'
import { begin, nodeOf, type Run } from '../../src/run/run.ts'
import { outcome } from '../../src/run/status.ts'
import { BUILD } from './begun.ts'

type Graph = Record<string, string[]>

/** @param ran statuses in the order in which dbt named the nodes; what it did not select is missing */
function runOf(graph: Graph, ran: Record<string, string>): Run {
  const run = begin(0)
  run.graph = new Map(Object.entries(graph).map(([id, dependsOn]) => [id, known(id, dependsOn)]))
  run.tests = testsByNode(run.graph)
  for (const [id, status] of Object.entries(ran)) nodeOf(run, id).status = status
  return run
}

function known(uniqueId: string, dependsOn: string[]): ManifestNode {
  const [resourceType = '', packageName = '', name = ''] = uniqueId.split('.')
  const nothing = {
    version: '',
    fqn: [],
    originalFilePath: '',
    patchPath: '',
    path: '',
    materialized: '',
    relation: '',
  }
  return { uniqueId, resourceType, packageName, name, dependsOn, test: undefined, ...nothing }
}

const isTest = (id: string) => /^(unit_)?test\./.test(id)
const isUnitTest = (id: string) => id.startsWith('unit_test.')

/** What is strictly above a node, by how far. */
function above(graph: Graph, id: string): Map<string, number> {
  const found = new Map<string, number>()
  let level = [id]
  for (let distance = 1; level.length > 0; distance++) {
    level = [...new Set(level.flatMap((node) => graph[node] ?? []))].filter((node) => !found.has(node))
    for (const node of level) found.set(node, distance)
  }
  return found
}

/** dbt's edges: those of the manifest, and the tests' as `Linker.add_test_edges_1` of dbt Core adds them. */
function blocking(graph: Graph): Map<string, Set<string>> {
  const edges = new Map(Object.keys(graph).map((id) => [id, new Set<string>()]))
  for (const [id, parents] of Object.entries(graph)) {
    for (const parent of parents) {
      if (isUnitTest(id)) edges.get(id)?.add(parent)
      edges.get(parent)?.add(id)
    }
    if (isTest(id)) continue
    const upstream = above(graph, id)
    for (const [test, tested] of Object.entries(graph)) {
      if (isTest(test) && !isUnitTest(test) && tested.every((node) => upstream.has(node)))
        edges.get(test)?.add(id)
    }
  }
  // A unit test waits for nothing that its model does not wait for: it is the model that runs it.
  for (const [id, children] of edges)
    for (const child of children) if (isUnitTest(child) && graph[child]?.includes(id)) children.delete(child)
  return edges
}

function reached(edges: Map<string, Set<string>>, from: Iterable<string>): Set<string> {
  const found = new Set<string>()
  for (const id of from) for (const child of edges.get(id) ?? []) found.add(child)
  for (const id of found) for (const child of edges.get(id) ?? []) found.add(child)
  return found
}

/** Models with some parents before them in the list, and tests of one to three of them, named at random. */
const graphs = fc
  .tuple(
    fc.array(fc.array(fc.nat(30), { maxLength: 3 }), { minLength: 2, maxLength: 9 }),
    fc.array(fc.tuple(fc.boolean(), fc.array(fc.nat(30), { minLength: 1, maxLength: 3 })), { maxLength: 9 }),
    fc.infiniteStream(fc.nat(99)),
  )
  .map(([models, tests, letters]) => {
    const name = () => `${letters.next().value}`.padStart(2, '0')
    const ids = models.map((_, i) => `model.p.${name()}_${i}`)
    const pick = (numbers: number[], below: number) => [
      ...new Set(below > 0 ? numbers.map((n) => ids[n % below] ?? '') : []),
    ]
    const graph: Graph = {}
    for (const [i, parents] of models.entries()) graph[ids[i] ?? ''] = pick(parents, i)
    for (const [i, [unit, tested]] of tests.entries()) {
      if (unit) graph[`unit_test.p.${name()}_${i}`] = pick(tested.slice(0, 1), ids.length)
      else graph[`test.p.${name()}_${i}`] = pick(tested, ids.length)
    }
    return graph
  })

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
