/** How many nodes are left of those that dbt told of. */
import { expect, test } from 'vitest'
import { nodesLeft } from '../../src/run/nodes-left.ts'
import { nodeOf, type Run } from '../../src/run/run.ts'
import { begunRun, last } from './begun.ts'

/** Ends a node, and tells whether at most so many are left then. */
function ending(run: Run, most = 0) {
  const isLast = nodesLeft(most)
  return (id: string) =>
    isLast(run, Object.assign(nodeOf(run, id), { finishedAt: 1, invocation: run.invocations.length }))
}

test('true once, for the last node of which dbt has told', () => {
  const run = begunRun()
  const end = ending(run)
  expect(end('model.shop.a')).toBe(false)
  last(run).nodeCount = 3
  expect(
    ['model.shop.b', 'model.shop.b', 'operation.shop.hook', 'model.shop.c', 'model.shop.d'].map(end),
  ).toEqual([...[false, false, false], ...[true, false]])
})

test('a retry has a last node of its own', () => {
  const run = begunRun()
  const end = ending(run)
  last(run).nodeCount = 2
  expect(['model.shop.a', 'model.shop.b'].map(end)).toEqual([false, true])
  run.invocations.push({ ...last(run), nodeCount: 2 })
  expect(['model.shop.a', 'model.shop.b'].map(end)).toEqual([false, true])
})

test('true once, when so many are left', () => {
  const run = begunRun()
  const end = ending(run, 2)
  last(run).nodeCount = 4
  expect(['a', 'b', 'b', 'c', 'd'].map((name) => end(`model.shop.${name}`))).toEqual([
    ...[false, true, false, false, false],
  ])
})
