import { expect, test } from 'vitest'
import { type Annotation, type Evidence, rollUpAnnotations } from '../../src/report/annotation.ts'
import { begin, nodeOf } from '../../src/run/run.ts'

const own = (title: string): Annotation => ({
  path: 'a.yml',
  line: 1,
  level: 'warning',
  title,
  message: title,
})

/** Some warned nodes, and then some that failed. */
function nodes(warned: number, failed: number) {
  const run = begin(0)
  const evidence = new Map<string, Evidence>()
  for (let i = 0; i < warned + failed; i++) {
    const node = nodeOf(run, `model.shop.m${i}`)
    node.status = i < warned ? 'warn' : 'error'
    evidence.set(node.uniqueId, { location: { path: `models/m${i}.sql`, line: i + 1 }, sql: '' })
  }
  return { run, ofNodes: [...evidence] }
}

test("the roll-up annotates dbt's errors, failures, warned nodes and dbt's warnings", () => {
  const { run, ofNodes } = nodes(2, 1)
  const found = { problems: [own('broken')], ofNodes, warnings: [own('deprecated')] }
  const titles = rollUpAnnotations(run, found).map(({ title }) => title)
  expect(titles).toEqual(['broken', 'model m2: error', 'model m0: warn', 'model m1: warn', 'deprecated'])
})

test('of very many failures not all, and warnings make no difference', () => {
  const { run, ofNodes } = nodes(500, 1200)
  const annotations = rollUpAnnotations(run, { problems: [own('broken')], ofNodes, warnings: [own('old')] })
  expect(annotations).toHaveLength(1000)
  expect(annotations[0]?.title).toBe('broken')
  expect(annotations.slice(1).every(({ level }) => level === 'failure')).toBe(true)
})

test('a node whose place is not known has no annotation', () => {
  const { run } = nodes(0, 1)
  const ofNodes: [string, Evidence][] = [['model.shop.m0', { location: undefined, sql: '' }]]
  expect(rollUpAnnotations(run, { problems: [], ofNodes, warnings: [] })).toEqual([])
})
