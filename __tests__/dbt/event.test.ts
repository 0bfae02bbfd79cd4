import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isRead, parseEvent, time } from '../../src/dbt/event.ts'
import { eventLine } from '../../src/report/log.ts'
import { countNodes } from '../../src/run/counts.ts'
import { reduce } from '../../src/run/reduce.ts'
import { begunRun } from '../run/begun.ts'

test.each([
  'null',
  '12345',
  '"text"',
  '[]',
  '{}',
  '{"not": "an event"}',
  '{"info": 1, "data": 2}',
  '{"info": {"name": 1, "msg": "x"}}',
  '{"info"',
  '',
])('%s is no event', (line) => expect(parseEvent(line)).toBeUndefined())

const names = [
  'NodeStart',
  'NodeFinished',
  'LogModelResult',
  'LogTestResult',
  'SkippingDetails',
  'MarkSkippedChildren',
  'LogBatchResult',
  'RunResultError',
  'Generic',
  'ConcurrencyLine',
  'MainEncounteredError',
  'CommandCompleted',
  'LogFreshnessResult',
  'GenericExceptionOnRun',
  'MainReportVersion',
]
const word = fc.oneof(
  fc.constantFrom(
    'success',
    'error',
    'fail',
    'skipped',
    'None',
    'started',
    'partial success',
    'constructor',
    '__proto__',
  ),
  fc.string(),
)
const anything = fc.oneof(word, fc.jsonValue())
const event = fc.record({
  info: fc.record({
    name: fc.oneof(fc.constantFrom(...names), fc.string()),
    msg: word,
    level: anything,
    ts: anything,
    invocation_id: fc.constant('id'),
    thread: anything,
  }),
  data: fc.record(
    {
      unique_id: fc.constantFrom('model.p.a', 'test.p.b.1', 'x', '__proto__'),
      status: anything,
      success: anything,
      node_count: anything,
      num_failures: anything,
      node_info: fc.oneof(
        fc.jsonValue(),
        fc.record(
          {
            unique_id: fc.constantFrom('model.p.a', 'seed.p.c', '', 'toString'),
            node_status: anything,
            resource_type: anything,
            node_started_at: anything,
            materialized: anything,
            node_relation: anything,
          },
          { requiredKeys: ['unique_id'] },
        ),
      ),
      run_result: fc.oneof(
        fc.jsonValue(),
        fc.record({
          status: word,
          message: anything,
          timing: anything,
          execution_time: anything,
          adapter_response: anything,
        }),
      ),
    },
    { requiredKeys: [] },
  ),
})

test('no stream, however wrong its fields, throws or unbalances the counts', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const run = begunRun()
      for (const one of events) {
        const line = JSON.stringify(one)
        isRead(line)
        const parsed = parseEvent(line)
        if (!parsed) continue
        eventLine(parsed, 'debug')
        reduce(run, parsed)
      }
      const { total, ...parts } = countNodes(run)
      expect(Object.values(parts).reduce((a, b) => a + b, 0)).toBe(total)
    }),
    { numRuns: 3000 },
  )
})

test('the status of a node moves forward only', () => {
  const finished = (status: string) => ({
    info: { name: 'NodeFinished', msg: '', level: 'debug', ts: '', invocation_id: 'i' },
    data: { node_info: { unique_id: 'model.p.a', node_status: status }, run_result: { status } },
  })
  const run = begunRun()
  for (const status of ['error', 'success', 'started']) {
    const parsed = parseEvent(JSON.stringify(finished(status)))
    if (parsed) reduce(run, parsed)
  }
  expect(run.nodes.get('model.p.a')?.status).toBe('error')
})

test('only debug events that tell of nodes are worth parsing', () => {
  const line = (name: string, level: string) =>
    `{"data": {}, "info": {"level": "${level}", "msg": "", "name": "${name}"}}`
  expect(isRead(line('SQLQuery', 'debug'))).toBe(false)
  expect(isRead(line('NodeFinished', 'debug'))).toBe(true)
  expect(isRead(line('SQLQuery', 'info'))).toBe(true)
  expect(isRead('no event at all')).toBe(true)
  // What a program prints beside dbt.
  expect(isRead('retrying {"level": "debug", "url": "https://localhost"}')).toBe(true)
})

test.each([
  ['2026-11-22T16:59:52.691651', Date.UTC(2026, 10, 22, 16, 59, 52, 691)],
  ['2026-11-22T16:59:54.746146123Z', Date.UTC(2026, 10, 22, 16, 59, 54, 746)],
  ['2026-11-22T16:59:54+02:00', Date.UTC(2026, 10, 22, 14, 59, 54)],
  ['2026-99-22T16:59:54Z', undefined],
  ['', undefined],
  [5, undefined],
])('time %j', (value, ms) => expect(time(value)).toBe(ms))
