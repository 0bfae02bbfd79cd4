import { expect, test } from 'vitest'
import { retryNotice } from '../../src/report/retry-notice.ts'
import { toRetry } from '../../src/run/retry.ts'
import { type Node, nodeOf, type Run } from '../../src/run/run.ts'
import { begunRun, last } from './begun.ts'

function runWith(failed: Partial<Node>, retries: Partial<Run['retries']> = {}): Run {
  const run = begunRun()
  Object.assign(run.retries, { most: 1 }, retries)
  Object.assign(last(run), { exitCode: 1, complete: true })
  Object.assign(nodeOf(run, 'model.p.a'), { status: 'error', ...failed })
  return run
}

test.each([
  ['external', 'Binder Error: no such column', true],
  ['internal', 'Binder Error: no such column', true],
  // dbt Core does not class its errors.
  [undefined, 'Binder Error: no such column', true],
  ['user', 'Binder Error: Referenced column "repared_on" not found in FROM clause!', false],
  ['user', 'Catalog Error: Table with name vanished does not exist!', false],
  ['user', 'Failed to render SQL: macro `no_such_macro` is unknown', false],
  // As dbt v2 classes them: its drivers' errors are all the user's.
  ['user', 'IO Error: No files found that match the pattern "flag1.csv"', true],
  ['user', 'server closed the connection unexpectedly', true],
  ['user', 'deadlock detected', true],
  ['user', '503 Service Unavailable', true],
] as const)('an error of class %s: %s: retried %s', (errorType, message, retried) => {
  const run = runWith({ errorType, message })
  expect(toRetry(run).map((node) => node.uniqueId)).toEqual(retried ? ['model.p.a'] : [])
  expect(retryNotice(run, 'workflow') === '').toBe(retried)
})

test('the notice names the node and the input, and is not made where there are no retries', () => {
  const failed = { errorType: 'user', message: 'no such column' } as const
  expect(retryNotice(runWith(failed), 'workflow')).toMatch(/^model a was not retried: .*retry-user-errors/)
  expect(retryNotice(runWith(failed), 'shell')).toMatch(/ --retry-user-errors changes this\.$/)
  expect(retryNotice(runWith(failed, { most: 0 }), 'workflow')).toBe('')
  const wanted = runWith(failed, { userErrors: true })
  expect([retryNotice(wanted, 'workflow'), toRetry(wanted).length]).toEqual(['', 1])
})
