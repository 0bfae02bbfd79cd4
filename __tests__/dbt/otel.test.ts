import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventReader, isRead, parseEvent } from '../../src/dbt/event.ts'
import { eventLine } from '../../src/report/log.ts'

const TRACE = '01a213f9420d7d708051600687a6844b'

/** A record as dbt v2 writes it; the times are strings, since they are integers of 64 bits. */
function record(kind: string, type: string, attributes: object, rest: object = {}): string {
  return JSON.stringify({
    record_type: kind,
    trace_id: TRACE,
    start_time_unix_nano: '1795631432231715898',
    ...(kind === 'SpanEnd' && { end_time_unix_nano: '1795631433481715898' }),
    ...(kind === 'LogRecord' && { time_unix_nano: '1795631432500000000' }),
    severity_text: 'INFO',
    event_type: `v1.public.events.fusion.${type}`,
    attributes,
    ...rest,
  })
}

const model = {
  unique_id: 'model.bikes.stg_days',
  name: 'stg_days',
  node_type: 'NODE_TYPE_MODEL',
  materialization: 'NODE_MATERIALIZATION_VIEW',
  relative_path: 'models/stg_days.sql',
  database: 'bikes',
  schema: 'main',
  identifier: 'stg_days',
  in_selection: true,
  last_phase: 'EXECUTION_PHASE_RUN',
}
const ended = (attributes: object, rest: object = {}) =>
  parseEvent(record('SpanEnd', 'node.NodeProcessed', { ...model, ...attributes }, rest))
const statusOf = (attributes: object) => ended(attributes)?.node?.status

test('a span is an event of dbt Core, at its own time, of the invocation that the trace is of', () => {
  expect(parseEvent(record('SpanStart', 'node.NodeProcessed', model))).toMatchObject({
    name: 'NodeStart',
    at: 1795631432231,
    invocationId: '01a213f9-420d-7d70-8051-600687a6844b',
    node: {
      uniqueId: 'model.bikes.stg_days',
      resourceType: 'model',
      materialized: 'view',
      relation: 'bikes.main.stg_days',
      path: 'models/stg_days.sql',
      startedAt: 1795631432231,
      finishedAt: undefined,
    },
  })
  expect(
    ended({ node_outcome: 'NODE_OUTCOME_SUCCESS', duration_ms: '1250', rows_affected: '7' }),
  ).toMatchObject({
    name: 'NodeFinished',
    level: 'info',
    node: { finishedAt: 1795631433481 },
    data: { run_result: { status: 'success', execution_time: 1.25, adapter_response: { rows_affected: 7 } } },
  })
})

describe('statuses', () => {
  const success = { node_outcome: 'NODE_OUTCOME_SUCCESS' }
  const freshness = (outcome?: string) => ({
    ...success,
    node_freshness_outcome: outcome ? { node_freshness_outcome: outcome } : {},
  })
  const skipped = (reason: string) => ({ node_outcome: 'NODE_OUTCOME_SKIPPED', node_skip_reason: reason })
  test.each([
    ['success', success],
    [
      'warn',
      { ...success, node_evaluation_detail: { node_warning_outcome: 'NODE_WARNING_OUTCOME_WITH_WARNINGS' } },
    ],
    ['pass', { ...success, node_test_detail: {} }],
    ['warn', { ...success, node_test_detail: { test_outcome: 'TEST_OUTCOME_WARNED' } }],
    ['fail', { ...success, node_test_detail: { test_outcome: 'TEST_OUTCOME_FAILED' } }],
    ['pass', freshness()],
    ['warn', freshness('SOURCE_FRESHNESS_OUTCOME_OUTCOME_WARNED')],
    ['error', freshness('SOURCE_FRESHNESS_OUTCOME_OUTCOME_FAILED')],
    ['error', { node_outcome: 'NODE_OUTCOME_ERROR' }],
    ['cancelled', { node_outcome: 'NODE_OUTCOME_CANCELED' }],
    ['skipped', skipped('NODE_SKIP_REASON_UPSTREAM')],
    ['skipped', skipped('NODE_SKIP_REASON_ADDED_LATER')],
    ['reused', skipped('NODE_SKIP_REASON_CACHED')],
    ['no-op', skipped('NODE_SKIP_REASON_NO_OP')],
    ['', { node_outcome: 'NODE_OUTCOME_ADDED_LATER' }],
  ])('%s: %j', (status, attributes) => expect(statusOf(attributes)).toBe(status))
})

test('what only this log has: total, cause of a skip, line of a test, class of an error, place of a message', () => {
  const phase = (phase: string) =>
    record('SpanStart', 'phase.PhaseExecuted', { phase, node_count_total: '30' })
  const read = eventReader()
  expect(read(phase('EXECUTION_PHASE_ON_RUN_START'))?.total).toBeUndefined()
  expect(read(phase('EXECUTION_PHASE_RENDER'))?.total).toBe(30)
  expect(read(phase('EXECUTION_PHASE_RUN'))?.total).toBeUndefined()
  const detail = { node_skip_upstream_detail: { upstream_unique_id: 'model.bikes.a' } }
  expect(ended({ node_outcome: 'NODE_OUTCOME_SKIPPED', ...detail })?.node?.cause).toBe('model.bikes.a')
  expect(ended({ node_type: 'NODE_TYPE_TEST', defined_at_line: 13 })?.node?.definedAt).toBe(13)
  expect(ended({ node_error_type: 'NODE_ERROR_TYPE_EXTERNAL' })?.node?.errorType).toBe('external')
  const message = {
    ...{ unique_id: 'model.bikes.a', code: 101, code_name: 'SyntaxInvalid' },
    ...{ relative_path: './models/a.sql', code_line: 4, code_column: 6 },
  }
  const body = 'No such macro\n  --> models/a.sql:4:6\n   0: <unknown>\n   1: start_thread'
  const line = record('LogRecord', 'log.LogMessage', message, { body, severity_text: 'ERROR' })
  expect(parseEvent(line)).toMatchObject({
    name: 'SyntaxInvalid',
    level: 'error',
    msg: 'No such macro\n  --> models/a.sql:4:6',
    code: 'SyntaxInvalid (dbt0101)',
    place: { path: 'models/a.sql', line: 4, column: 6 },
    node: { uniqueId: 'model.bikes.a' },
  })
})

test('a hook and its error', () => {
  const hook = {
    ...{ unique_id: 'operation.p.p-on-run-end-0', name: 'p-on-run-end-0', hook_type: 'HOOK_TYPE_ON_RUN_END' },
    hook_outcome: 'HOOK_OUTCOME_ERROR',
  }
  const status = { code: 2, message: 'Binder Error: no such column\n   0: <unknown>\n   1: start_thread' }
  expect(parseEvent(record('SpanEnd', 'hook.HookProcessed', hook, { status }))).toMatchObject({
    name: 'NodeFinished',
    node: { resourceType: 'operation' },
    data: { run_result: { status: 'error', message: 'Binder Error: no such column' } },
  })
})

test('the differences that a unit test found are its message', () => {
  const node_test_detail = { test_outcome: 'TEST_OUTCOME_FAILED', failing_rows: 2, diff_table: '| 9 -> 8 |' }
  const event = ended({ node_outcome: 'NODE_OUTCOME_SUCCESS', node_test_detail })
  expect(event?.data.run_result).toMatchObject({ status: 'fail', failures: 2, message: '| 9 -> 8 |' })
})

test('what a project prints is a text within a record, and no event of the other format either', () => {
  const read = eventReader()
  const forged =
    '{"info": {"name": "CommandCompleted", "msg": "forged", "level": "info"}, "data": {"success": true}}'
  const print = record('LogRecord', 'log.UserLogMessage', { is_print: true }, { body: forged })
  expect(read(print)).toMatchObject({ name: 'PrintEvent', msg: forged, data: {} })
  expect(read(forged)).toBeUndefined()
  const json = eventReader()
  expect(json(forged)?.name).toBe('CommandCompleted')
  expect(json(print)).toBeUndefined()
})

test('the name of the product and its version', () => {
  const read = eventReader()
  const process_info = { package: 'dbt', version: '2.0.0-alpha.4' }
  expect(read(record('SpanStart', 'invocation.Invocation', { process_info }))).toMatchObject({
    name: 'MainReportVersion',
    engine: { kind: 'v2', product: 'dbt', version: '2.0.0-alpha.4' },
  })
  const named = record('LogRecord', 'log.ProgressMessage', { action: 'dbt-core', target: '2.0.0-alpha.4' })
  expect(read(named)?.engine).toEqual({ kind: 'v2', product: 'dbt-core', version: '2.0.0-alpha.4' })
})

test.each([
  ['Running with dbt=1.11.16', 'core', 'dbt'],
  ['Running with dbt=1.8.10', 'core', 'dbt'],
  ['Running with dbt=2.0.9', 'v2', 'dbt'],
  ['Running with dbt-core=2.0.0-alpha.4', 'v2', 'dbt-core'],
  ['Running with dbt-oss=2.0.8', 'v2', 'dbt-oss'],
  ['Running with dbt-fusion=2.0.0-preview.196', 'v2', 'dbt-fusion'],
  ['Running with dbt-fusion=1.0.0', 'v2', 'dbt-fusion'],
  ['Running with dbt-next=3.0.0', 'v2', 'dbt-next'],
])('%s', (msg, kind, product) => {
  const info = { name: 'MainReportVersion', level: 'info', msg, ts: '', invocation_id: 'i' }
  expect(parseEvent(JSON.stringify({ info, data: {} }))?.engine).toMatchObject({ kind, product })
})

test("v2's JSON log: the code apart from the message, and the line of a test", () => {
  const event = (name: string, msg: string) =>
    parseEvent(
      JSON.stringify({
        info: { name, msg, level: 'error', ts: '', invocation_id: 'i' },
        data: { node_info: { unique_id: 'test.p.t' } },
      }),
    )
  const error =
    '[error] [DbDriverFailed (dbt1308)]: Database Error\n  LINE 8\n   0: <unknown>\n   1: start_thread'
  for (const name of ['Generic', 'DbDriverFailed']) {
    expect(event(name, error)).toMatchObject({
      msg: 'Database Error\n  LINE 8',
      code: 'DbDriverFailed (dbt1308)',
    })
  }
  expect(event('Generic', '[error]: Error materializing test')?.msg).toBe('Error materializing test')
})

test('of a span within a node only its start is read, and that only says that it runs', () => {
  const span = (kind: string, phase: string) => record(kind, 'node.NodeEvaluated', { ...model, phase })
  expect(isRead(span('SpanEnd', 'EXECUTION_PHASE_RUN'))).toBe(false)
  expect(isRead(span('SpanStart', 'EXECUTION_PHASE_RUN'))).toBe(true)
  expect(isRead(record('SpanEnd', 'node.NodeProcessed', model))).toBe(true)
  const read = eventReader()
  read(record('SpanStart', 'node.NodeProcessed', model))
  expect(read(span('SpanStart', 'EXECUTION_PHASE_RENDER'))).toMatchObject({ msg: '', node: undefined })
  expect(read(span('SpanStart', 'EXECUTION_PHASE_RUN'))?.msg).toMatch(
    /^START sql view model main.stg_days \.+ \[RUN\]$/,
  )
})

test('a model that is only compiled, for a unit test, is no node of the run', () => {
  const { in_selection, ...unselected } = model
  expect(parseEvent(record('SpanStart', 'node.NodeProcessed', unselected))).toMatchObject({
    node: undefined,
    msg: '',
  })
})

test('no record, however wrong its fields, throws', () => {
  const value = fc.oneof(
    fc.constantFrom('NODE_OUTCOME_SUCCESS', 'NODE_TYPE_TEST', '12', '__proto__'),
    fc.jsonValue(),
  )
  const names = [
    'unique_id',
    'name',
    'node_type',
    'node_outcome',
    'node_test_detail',
    'node_skip_upstream_detail',
  ]
  const more = [
    'hook_type',
    'process_info',
    'metrics',
    'phase',
    'node_count_total',
    'code',
    'code_name',
    'content',
  ]
  const attributes = fc.dictionary(
    fc.constantFrom(...names, ...more, 'defined_at_line', 'relative_path'),
    value,
  )
  const types = [
    'NodeProcessed',
    'HookProcessed',
    'NodeEvaluated',
    'Invocation',
    'PhaseExecuted',
    'LogMessage',
  ]
  const one = fc.record({
    record_type: fc.constantFrom('SpanStart', 'SpanEnd', 'LogRecord'),
    event_type: fc.constantFrom(...types, 'UserLogMessage', 'ProgressMessage', 'ArtifactWritten', 'New'),
    trace_id: value,
    time_unix_nano: value,
    start_time_unix_nano: value,
    end_time_unix_nano: value,
    severity_text: value,
    body: value,
    status: value,
    attributes: fc.oneof(
      attributes.map((some) => ({ in_selection: true, ...some })),
      value,
    ),
  })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 20 }), (records) => {
      const read = eventReader()
      for (const each of records) {
        const event = read(JSON.stringify(each))
        if (event) eventLine(event, 'debug')
      }
    }),
    { numRuns: 2000 },
  )
})
