import { describe, expect, test } from 'vitest'
import { parseEvent } from '../../src/dbt/event.ts'
import { runResult } from '../../src/dbt/run-results.ts'
import { startInvocation } from '../../src/run/commands.ts'
import { conclude, NEVER_STARTED } from '../../src/run/conclude.ts'
import { ownErrors } from '../../src/run/counts.ts'
import { readText, reduce } from '../../src/run/reduce.ts'
import { engineOf, type Run } from '../../src/run/run.ts'
import { verdict } from '../../src/run/verdict.ts'
import { manifestNode } from '../report/large-run.ts'
import { BUILD, begunRun, last } from './begun.ts'

/** An event as both engines write it. */
function say(run: Run, name: string, level: string, msg: string, node?: object, data: object = {}): void {
  const info = { name, level, msg, ts: '2026-11-25T18:00:00Z', invocation_id: 'i', thread: '' }
  const event = parseEvent(JSON.stringify({ info, data: { ...data, ...(node && { node_info: node }) } }))
  if (event) reduce(run, event)
}

const A = { unique_id: 'model.p.a', resource_type: 'model', node_status: 'started' }
const finish = (run: Run, node: { unique_id: string }, status: string) =>
  say(run, 'NodeFinished', 'debug', '', { ...node, node_status: status }, { run_result: { status } })
const end = (run: Run, code: number) =>
  conclude(
    run,
    { exit: { code, signal: null }, runResults: undefined, runResultsPath: '', manifestPath: '', unread: [] },
    1,
  )

test('what Core says before its log begins has no time in front', () => {
  const run = begunRun()
  readText(run, '22:42:45  The YAML provided in the --vars argument is not valid.')
  readText(run, 'Usage: dbt build [OPTIONS]')
  end(run, 2)
  expect(ownErrors(run)).toEqual([
    'The YAML provided in the --vars argument is not valid.\nUsage: dbt build [OPTIONS]',
  ])
})

// Until 2.0.0-preview.196 v2 calls them all Generic; since 2.0.0-beta.1 they have the name of their code.
describe.each(['Generic', 'DbDriverFailed', 'NameOfTheFuture'])('an error by the name of %s', (name) => {
  test('on a node that fails is its message, and no error of dbt itself', () => {
    const run = begunRun()
    say(run, 'NodeStart', 'debug', '', A)
    say(run, name, 'error', '[error] [DbDriverFailed (dbt1308)]: no such column', { unique_id: 'model.p.a' })
    finish(run, A, 'error')
    expect(run.nodes.get('model.p.a')).toMatchObject({
      status: 'error',
      message: 'no such column',
    })
    expect(ownErrors(run)).toEqual([])
  })

  test("without a node is dbt's", () => {
    const run = begunRun()
    say(run, name, 'error', '[error] [DependencyNotFound (dbt1001)]: package not found')
    expect(ownErrors(run)).toEqual(['package not found'])
  })

  test("on a node that succeeds, as a warning that was made one, is dbt's: it exits with 2", () => {
    const run = begunRun()
    say(run, 'NodeStart', 'debug', '', A)
    say(run, name, 'error', 'careful', { unique_id: 'model.p.a' })
    finish(run, A, 'success')
    end(run, 2)
    expect(run.nodes.get('model.p.a')?.status).toBe('success')
    expect(ownErrors(run)).toEqual(['careful'])
  })
})

describe('a warning on a node', () => {
  test('changes nothing of one that has ended', () => {
    const run = begunRun()
    finish(run, A, 'success')
    const before = structuredClone(run.nodes.get('model.p.a'))
    say(run, 'JinjaWarn', 'warn', 'careful', { unique_id: 'model.p.a', node_status: 'started' })
    expect(run.nodes.get('model.p.a')).toEqual(before)
  })

  test('does not mean that it runs again', () => {
    const run = begunRun()
    finish(run, A, 'success')
    startInvocation(run, { ...BUILD, purpose: 'retry' }, 1)
    for (const name of ['JinjaWarn', 'JinjaLogInfo']) say(run, name, 'warn', 'careful', A)
    expect(run.nodes.get('model.p.a')).toMatchObject({ status: 'success', invocation: 1 })
  })

  test('makes no node of one that is not selected', () => {
    const run = begunRun()
    say(run, 'JinjaWarn', 'warn', 'careful', A)
    expect([...run.nodes.keys()]).toEqual([])
  })
})

test('reports of Core on nodes are no errors of dbt, but that of a hook by 1.8 is', () => {
  const run = begunRun()
  const names = [
    'LogModelResult',
    'LogTestResult',
    'RunResultError',
    'RunResultFailure',
    'GenericExceptionOnRun',
  ]
  for (const name of names) say(run, name, 'error', 'it failed', A)
  for (const name of ['LogSkipBecauseError', 'LogCancelLine', 'MainStackTrace', 'AdapterEventError']) {
    say(run, name, 'error', 'it failed')
  }
  expect(last(run).errors).toEqual([])
  say(run, 'RunResultError', 'error', 'on-run-end failed, error: no such column')
  expect(last(run).errors).toEqual(['on-run-end failed, error: no such column'])
})

test('what the database refuses in a hook is the reason of a hook that has no result (Core 1.12)', () => {
  const run = begunRun()
  const hook = (name: string) => ({
    unique_id: `operation.p.p-on-run-start-${name}`,
    resource_type: 'operation',
  })
  say(run, 'AdapterEventDebug', 'debug', 'duckdb adapter: duckdb error: Parser Error: near "af"', hook('0'))
  say(run, 'AdapterEventDebug', 'debug', 'duckdb adapter: Rolling back transaction.', hook('0'))
  say(run, 'LogHookEndLine', 'info', '1 of 1 ERROR hook', { ...hook('0'), node_status: 'error' })
  say(run, 'MainEncounteredError', 'error', '', undefined, { exc: "'Exposure' object has no attribute" })
  end(run, 2)
  expect(run.nodes.get('operation.p.p-on-run-start-0')).toMatchObject({
    status: 'error',
    message: 'Parser Error: near "af"',
  })
})

test('hooks at both ends that Core 1.8 reports without their names, beside a failed test', () => {
  const run = begunRun()
  const hook = (when: string) => ({ unique_id: `operation.p.p-${when}-0`, resource_type: 'operation' })
  for (const when of ['on-run-start', 'on-run-end']) {
    say(run, 'AdapterEventDebug', 'debug', 'duckdb adapter: Rolling back transaction.', hook(when))
    say(run, 'DatabaseErrorRunningHook', 'info', `Database error while running ${when}`)
    if (when === 'on-run-start') finish(run, { ...A, unique_id: 'test.p.t' }, 'error')
  }
  for (const when of ['on-run-start', 'on-run-end']) {
    say(run, 'RunResultError', 'error', `  ${when} failed, error:\n no table`, undefined, {
      msg: `${when} failed, error:\n no table`,
    })
  }
  end(run, 1)
  for (const when of ['on-run-start', 'on-run-end']) {
    expect(run.nodes.get(hook(when).unique_id)).toMatchObject({
      status: 'error',
      message: `${when} failed, error:\n no table`,
    })
  }
  expect(ownErrors(run)).toEqual([])
  expect(verdict(run, 'never')).toBe('failure')
})

test('the first hook that has not ended, where dbt Core 1.8 names none', () => {
  const run = begunRun()
  const ids = [10, 9, 0].map((number) => `operation.p.p-on-run-end-${number}`)
  run.graph = new Map(ids.map((id) => [id, manifestNode(id)]))
  say(run, 'LogHookEndLine', 'info', '1 of 3 OK hook', {
    unique_id: ids[2],
    resource_type: 'operation',
    node_status: 'success',
  })
  const msg = 'on-run-end failed, error:\n the door is shut'
  say(run, 'RunResultError', 'error', msg, undefined, { msg })
  end(run, 1)
  expect(ids.map((id) => run.nodes.get(id)?.status)).toEqual([undefined, 'error', 'success'])
})

test.each([
  ['run-operation burn', 'Catalog Error: no such table', ['burn']],
  ['run-operation shop.burn --args {}', 'Catalog Error: no such table', ['burn']],
  ['run-operation burm', "Could not find macro 'burm'", []],
  ['build', 'Catalog Error: no such table', []],
])('the macro of an operation that fails on v2 is a node: %s', (command, error, failed) => {
  const run = begunRun()
  Object.assign(last(run), { engine: 'v2', command: { ...BUILD, words: command.split(' ') } })
  say(run, 'Generic', 'error', error)
  end(run, 1)
  expect([...run.nodes.values()].map(({ uniqueId }) => uniqueId)).toEqual(failed)
  if (failed.length > 0) expect(run.nodes.get('burn')).toMatchObject({ status: 'error', message: error })
})

test("the headline and the colours of Core's fatal errors are no part of them", () => {
  const run = begunRun()
  const msg = '[\u001b[31mERROR\u001b[0m]: Encountered an error:\nRuntime Error\n  No profile'
  say(run, 'MainEncounteredError', 'error', msg, undefined, { exc: 'Runtime Error\n  No profile' })
  say(run, 'MainEncounteredError', 'error', 'Encountered an error:\nDatabase Error')
  const exc = '[\u001b[33mWARNING\u001b[0m]: Did not find matching node'
  say(run, 'MainEncounteredError', 'error', exc, undefined, { exc })
  expect(last(run).errors).toEqual([
    'Runtime Error\n  No profile',
    'Database Error',
    'Did not find matching node',
  ])
})

test.each([
  ['cancelled', 'cancelled'],
  ['canceled', 'cancelled'],
  ['reused', 'reused'],
  ['no-op', 'no-op'],
  ['no_op', 'no-op'],
  ['warn', 'warn'],
])('a model may end as %s', (word, status) => {
  const run = begunRun()
  finish(run, A, word)
  expect(run.nodes.get('model.p.a')?.status).toBe(status)
})

test('a mark is no cause before a child is skipped: its children run with on_error: continue', () => {
  const run = begunRun()
  const mark = { unique_id: 'model.p.a', status: 'error', run_result: { status: 'error' } }
  say(run, 'NodeStart', 'debug', '', A)
  say(run, 'MarkSkippedChildren', 'debug', 'Marking children of model.p.a as skipped', undefined, mark)
  const child = { ...A, unique_id: 'model.p.b' }
  say(run, 'NodeStart', 'debug', '', child)
  finish(run, child, 'success')
  end(run, 1)
  expect(run.nodes.get('model.p.b')).toMatchObject({ status: 'success', cause: '' })
})

test('the cause that dbt names, the number of nodes, and who dbt is', () => {
  const run = begunRun()
  const read = (record: object) => {
    const event = parseEvent(JSON.stringify({ trace_id: '0'.repeat(32), record_type: 'SpanEnd', ...record }))
    if (event) reduce(run, event)
  }
  const node = (unique_id: string, rest: object) => ({
    event_type: 'v1.public.events.fusion.node.NodeProcessed',
    end_time_unix_nano: '1795631433481715898',
    attributes: { unique_id, node_type: 'NODE_TYPE_MODEL', in_selection: true, ...rest },
  })
  const phase = { phase: 'EXECUTION_PHASE_RENDER', node_count_total: '3' }
  read({ record_type: 'SpanStart', event_type: 'x.PhaseExecuted', attributes: phase })
  const process_info = { package: 'dbt-oss', version: '2.0.8' }
  read({ record_type: 'SpanStart', event_type: 'x.Invocation', attributes: { process_info } })
  read(node('model.p.a', { node_outcome: 'NODE_OUTCOME_ERROR', node_error_type: 'NODE_ERROR_TYPE_EXTERNAL' }))
  read(node('model.p.x', { node_outcome: 'NODE_OUTCOME_ERROR', node_error_type: 'NODE_ERROR_TYPE_USER' }))
  const node_skip_upstream_detail = { upstream_unique_id: 'model.p.a' }
  read(node('model.p.b', { node_outcome: 'NODE_OUTCOME_SKIPPED', node_skip_upstream_detail }))
  expect(run.nodes.get('model.p.b')).toMatchObject({ status: 'skipped', cause: 'model.p.a' })
  expect(run.nodes.get('model.p.a')?.errorType).toBe('external')
  expect(last(run).nodeCount).toBe(3)
  expect(engineOf(run)).toMatchObject({ engine: 'v2', product: 'dbt-oss', version: '2.0.8' })
})

test('the error of a node, with which dbt show ends on Core, is no second one', () => {
  const run = begunRun()
  const message = 'Runtime Error in model a (models/a.sql)\n  Binder Error: no such column'
  say(run, 'NodeStart', 'debug', '', A)
  say(run, 'NodeFinished', 'debug', '', A, { run_result: { status: 'error', message } })
  const exc = `Runtime Error\n  ${message.replaceAll('\n', '\n  ')}`
  say(run, 'MainEncounteredError', 'error', 'Encountered an error:', undefined, { exc })
  say(run, 'MainEncounteredError', 'error', 'Encountered an error:', undefined, { exc: 'Another' })
  end(run, 2)
  expect(ownErrors(run)).toEqual(['Another'])
})

test("what dbt v2 cancels after the first failure (--fail-fast) is no error of dbt's own", () => {
  const run = begunRun()
  const B = { ...A, unique_id: 'model.p.b' }
  for (const node of [A, B]) say(run, 'NodeStart', 'debug', '', node)
  finish(run, A, 'error')
  const text =
    "[error] [TaskCancelled (dbt1404)]: Error executing materialization macro 'dbt.materialization_view_default' for model model.p.b: Cancelled: SQL statement execution was cancelled\n(in run/p/b.sql:1:4)"
  say(run, 'Generic', 'error', text, { unique_id: 'model.p.b' })
  finish(run, B, 'success')
  end(run, 1)
  expect(ownErrors(run)).toEqual([])
})

describe('a retry that is stopped', () => {
  /** Its selectors take b and c too, as they do in rare cases; d never begins. */
  function stopped(): Run {
    const run = begunRun()
    const node = (name: string) => ({ ...A, unique_id: `model.p.${name}` })
    for (const name of ['a', 'b', 'c', 'd', 'e']) finish(run, node(name), name === 'c' ? 'success' : 'error')
    end(run, 1)
    const ids = ['a', 'd', 'e'].map((name) => `model.p.${name}`)
    const selection = { selectors: ids, exact: true, ids }
    startInvocation(run, { ...BUILD, purpose: 'retry', selection }, 1)
    for (const name of ['a', 'b', 'c', 'e']) say(run, 'NodeStart', 'debug', '', node(name))
    run.stoppedAt = 2
    // As v2 tells of a query that was interrupted; of the others it says no more.
    for (const name of ['b', 'e']) finish(run, node(name), 'error')
    return run
  }
  const statuses = (run: Run) =>
    Object.fromEntries([...run.nodes.values()].map(({ name, status }) => [name, status]))

  test('cancels what was to run again, and leaves the rest as it had failed', () => {
    const run = stopped()
    // What its check was completed with, at no time anything else.
    expect(statuses(run)).toMatchObject({ b: 'error', e: 'cancelled' })
    end(run, 130)
    expect(statuses(run)).toEqual({ a: 'cancelled', b: 'error', c: 'cancelled', d: 'error', e: 'cancelled' })
    expect(run.nodes.get('model.p.b')?.earlier).toEqual([])
  })

  test('so does what v2 writes to its file', () => {
    const run = stopped()
    const results = [...run.nodes.keys()].map((uniqueId) =>
      runResult({ unique_id: uniqueId, status: 'error' }),
    )
    conclude(run, { ...NEVER_STARTED, runResults: { invocationId: 'i', results } }, 3)
    expect(statuses(run)).toMatchObject({ a: 'cancelled', b: 'error', c: 'cancelled', e: 'cancelled' })
  })
})
