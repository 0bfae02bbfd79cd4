import { expect, test } from 'vitest'
import { type Graph, graphOf, usualScope } from '../../page/graph.ts'
import { modelOf } from '../../page/model.ts'
import type { PageNode } from '../../src/report/page-data.ts'
import { madeUp } from './made-up.ts'

function chain(count: number, failed: number): PageNode[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `model.shop.m${index}`,
    name: `m${index}`,
    type: 'model',
    folder: `models/${index % 2 === 0 ? 'even' : 'odd'}`,
    parents: index > 0 ? [index - 1] : [],
    ...(index === failed
      ? { status: 'error' }
      : index > failed && failed >= 0
        ? { status: 'skipped', cause: failed }
        : { status: 'success' }),
  }))
}

const labels = ({ boxes }: Graph) => boxes.map(({ label, note }) => `${label} (${note})`)

test('first what failed with its neighbours; far nodes are folders', () => {
  const model = modelOf({ ...madeUp(1), nodes: chain(200, 100) })
  expect(usualScope(model)).toBe('failures')
  const graph = graphOf(model, 'failures', undefined)
  expect(labels(graph).sort()).toEqual([
    'm100 (models/even)',
    'm101 (models/odd)',
    'm99 (models/odd)',
    'models/even (49 nodes)',
    'models/even (50 nodes)',
    'models/odd (49 nodes)',
    'models/odd (49 nodes)',
  ])
  // Folders above and below are different boxes, or the drawing would have cycles.
  const m100 = graph.boxes.findIndex(({ label }) => label === 'm100')
  expect(graph.edges.filter(([from, to]) => from === m100 || to === m100)).toHaveLength(2)
})

test('a small neighbourhood is shown node by node', () => {
  const model = modelOf({ ...madeUp(1), nodes: chain(10, 5) })
  expect(graphOf(model, 'failures', undefined).boxes).toHaveLength(10)
})

test('without failures a small project is shown whole, and a large one by folder', () => {
  expect(usualScope(modelOf({ ...madeUp(1), nodes: chain(10, -1) }))).toBe('all')
  const large = modelOf({ ...madeUp(1), nodes: chain(500, -1) })
  expect(usualScope(large)).toBe('folders')
  expect(labels(graphOf(large, 'folders', undefined))).toEqual([
    'models/even (250 nodes)',
    'models/odd (250 nodes)',
  ])
})

test('a failed test is a node of the lineage, and passed ones are not', () => {
  const nodes = chain(2, -1)
  const test = (name: string, status: string): PageNode => ({
    id: `test.shop.${name}`,
    name,
    type: 'test',
    parents: [0],
    status,
  })
  const model = modelOf({ ...madeUp(1), nodes: [...nodes, test('bad', 'fail'), test('good', 'pass')] })
  const graph = graphOf(model, 'all', undefined)
  expect(labels(graph)).toEqual(['m0 (1 test failed)', 'm1 (models/odd)', 'bad (test)'])
  expect(graph.edges).toEqual([
    [0, 1],
    [0, 2],
  ])
})

test('a hook that failed is not in the lineage, which shows the rest', () => {
  const hook = { id: 'operation.shop.hook', status: 'error' }
  const model = modelOf({ ...madeUp(1), nodes: [hook, ...chain(1, -1)] })
  expect(usualScope(model)).toBe('all')
  expect(graphOf(model, 'all', undefined).boxes).toHaveLength(1)
})
