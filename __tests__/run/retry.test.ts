import { expect, test } from 'vitest'
import { retryNotice } from '../../src/report/retry-notice.ts'
import { isFlaky, toRetry } from '../../src/run/retry.ts'
import { type Node, nodeOf, type Run, unseen } from '../../src/run/run.ts'
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

test.each([
  ['a retry', '', true],
  ['a re-run of the job', 'attempt 1', true],
  ['a run by hand on the same commit', 'run 7700', true],
  // The project may have been changed in between.
  ['a rerun in a terminal', 'the last run', false],
])('a node that failed and succeeds in %s (%s) is flaky: %s', (_, origin, flaky) => {
  const run = begunRun()
  const failed = { ...unseen(0), status: 'error', origin }
  const node = Object.assign(nodeOf(run, 'model.p.a'), { status: 'success', earlier: [failed] })
  expect(isFlaky(node)).toBe(flaky)
  // Within one run it is, whatever came before.
  node.earlier.push({ ...unseen(1), status: 'error' })
  expect(isFlaky(node)).toBe(true)
})
