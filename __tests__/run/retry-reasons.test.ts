/** What is a reason for a retry, and what an earlier attempt is accused of. */
import { expect, test } from 'vitest'
import type { ManifestNode } from '../../src/dbt/manifest.ts'
import { orphanNotice } from '../../src/report/notices.ts'
import { conclude, NEVER_STARTED } from '../../src/run/conclude.ts'
import { orphans, toRetry } from '../../src/run/retry.ts'
import { nodeOf, type Run } from '../../src/run/run.ts'
import { begunRun } from './begun.ts'

const TEST = 'test.shop.unique_orders.1'

test.each([
  ['error', false, true],
  ['runtime error', false, true],
  ['fail', false, false],
  ['fail', true, true],
])('a test with status %s, retry-tests %s: retried %s', (status, tests, retried) => {
  const run = begunRun()
  Object.assign(run.retries, { most: 1, tests })
  nodeOf(run, TEST).status = status
  const results = { invocationId: '', results: [], path: '' }
  conclude(run, { ...NEVER_STARTED, exit: { code: 1, signal: null }, runResults: results }, 1)
  expect(toRetry(run).map(({ uniqueId }) => uniqueId)).toEqual(retried ? [TEST] : [])
})

/** A model that failed with a message, below one that attempt 1 built. */
function continued(message: string): Run {
  const run = begunRun()
  const known = { dependsOn: ['model.shop.stg_orders'] } as ManifestNode
  run.graph = new Map([['model.shop.t', known]])
  const kept = {
    status: 'success',
    origin: 'attempt 1',
    relation: '"shop"."main"."stg_orders"',
    invocation: 0,
  }
  Object.assign(nodeOf(run, 'model.shop.stg_orders'), kept)
  Object.assign(nodeOf(run, 'model.shop.t'), { status: 'error', message })
  return run
}

test.each([
  'Catalog Error: Table with name stg_orders does not exist!',
  'relation "main.stg_orders" does not exist',
  "Object 'SHOP.MAIN.STG_ORDERS' does not exist or not authorized.",
  'Not found: Table shop:main.stg_orders was not found in location EU',
  '[TABLE_OR_VIEW_NOT_FOUND] The table or view `main`.`stg_orders` cannot be found.',
])('the database was thrown away: %s', (message) => {
  const run = continued(`Runtime Error in model t\n  ${message}\n  LINE 1: select`)
  expect(orphans(run).map(([, parent]) => parent.uniqueId)).toEqual(['model.shop.stg_orders'])
  expect(orphanNotice(run, 'workflow')).toContain('does not find what model stg_orders built in attempt 1')
  expect(orphanNotice(run, 'workflow')).toContain('set input rerun to never')
  expect(orphanNotice(run, 'shell')).not.toMatch(/input|runner/)
})

test.each([
  'Catalog Error: Table with name rates does not exist!\n  LINE 2: from "shop"."main"."stg_orders" join rates',
  'Catalog Error: Table with name stg_orders_old does not exist!',
  'Binder Error: Referenced column "stg_orders" not found',
])('another table is missing: %s', (message) => {
  expect(orphanNotice(continued(`Runtime Error in model t\n  ${message}`), 'workflow')).toBe('')
})
