import { describe, expect, test } from 'vitest'
import { parseEvent } from '../../src/dbt/event.ts'
import { hideIn, hideInJson, redactEvent, redactor } from '../../src/dbt/redact.ts'

const SECRET = 'p/ss+w0rd é'
const hide = redactor(
  {
    DBT_ENV_SECRET_GIT: 'git-credential-1',
    WAREHOUSE_PASSWORD: SECRET,
    SSH_PRIVATE_KEY: '-----BEGIN KEY-----\nAAAABBBBCCCC\nshort\n-----END KEY-----',
    HOST: 'db.example.com',
    PLAIN: 'plain-value',
    API_TOKEN: 'tiny',
  },
  ['host'],
  'ghs_0123456789',
)

test.each([
  ['as it is', `password ${SECRET}!`, 'password ***!'],
  ['percent-encoded in part', 'x p%2Fss%2bw0rd %C3%A9 y', 'x *** y'],
  [
    'percent-encoded whole',
    `x ${[...Buffer.from(SECRET)].map((b) => `%${b.toString(16).padStart(2, '0')}`).join('')}`,
    'x ***',
  ],
  ['broken over lines', 'git-cred\n    ential-1', '***'],
  ['broken twice, as Windows does', 'git-cred\r\n \r\n\tential-1', '***'],
  ['broken beside a percent sign that encodes nothing', "like '%z' git-cred\nential-1", "like '%z' ***"],
  ['broken and percent-encoded', 'p%2Fss\n  %2bw0rd %C3%A9', '***'],
  ['a line of a key', 'AAAABBBBCCCC', '***'],
  ['the token', 'Bearer ghs_0123456789', 'Bearer ***'],
  ['a variable that is named', 'connect to db.example.com', 'connect to ***'],
  ['what is no secret', 'plain-value tiny short', 'plain-value tiny short'],
])('%s', (_, text, expected) => expect(hide(text)).toBe(expected))

test('a secret of any length is hidden, in no time', () => {
  const long = Array.from({ length: 2000 }, (_, i) => `abc${i}`).join('')
  const hideLong = redactor({ KUBE_SECRET: long }, [], '')
  const started = performance.now()
  expect(hideLong(`a ${long} b`)).toBe('a *** b')
  expect(hideLong(`a ${long.slice(0, 80)}\n  ${long.slice(80)} b`)).toBe('a *** b')
  expect(hideLong('%41'.repeat(20_000))).toHaveLength(60_000)
  expect(performance.now() - started).toBeLessThan(3000)
})

test('a variable that is called TOKEN is one like any other', () => {
  expect(redactor({ TOKEN: 'dapi-0123456789' }, [], 'ghs_0123456789')('dapi-0123456789')).toBe('***')
  expect(redactor({ TOKEN: 'dapi-0123456789' }, [], '')('dapi-0123456789')).toBe('***')
})

test('nothing is secret', () => expect(redactor({ A: 'b' }, [], '')('x')).toBe('x'))

test('ids stay whole', () => {
  const event = parseEvent(
    JSON.stringify({
      info: { name: 'NodeFinished', msg: 'git-credential-1', level: 'debug', invocation_id: 'i' },
      data: {
        node_info: { unique_id: 'model.p.git-credential-1', node_status: 'error' },
        run_result: { status: 'error', message: 'at git-credential-1' },
        msg: 'git-credential-1',
      },
    }),
  )
  const hidden = event && redactEvent(event, hide)
  expect(hidden).toMatchObject({
    msg: '***',
    node: { uniqueId: 'model.p.git-credential-1' },
    data: { msg: '***', run_result: { status: 'error', message: 'at ***' } },
  })
})

test('every free text of an event is hidden, whatever its name', () => {
  const event = parseEvent(
    JSON.stringify({
      info: { name: 'LogOverloadResult', msg: 'x', level: 'error', invocation_id: 'i' },
      data: { description: 'no git-credential-1', status: 'error', unique_id: 'function.p.git-credential-1' },
    }),
  )
  expect(event && redactEvent(event, hide).data).toEqual({
    description: 'no ***',
    status: 'error',
    unique_id: 'function.p.git-credential-1',
  })
})

describe('in JSON', () => {
  const quoted = redactor({ A_SECRET: 'say "p\\ss" é', DB_PASSWORD: '12345678' }, [], '')
  const value = {
    values: [12345678, 123456789, 1.5, 'say "p\\ss" é', 'x 12345678'],
    nested: { '12345678': true, plain: null },
  }
  const hidden = {
    values: ['***', 123456789, 1.5, '***', 'x ***'],
    nested: { '***': true, plain: null },
  }

  test('values are hidden one by one, so that it stays JSON', () => {
    expect(hideIn(value, quoted)).toEqual(hidden)
    expect(JSON.parse(hideInJson(JSON.stringify(value), quoted))).toEqual(hidden)
  })

  test('also where Python has escaped all that is not ASCII', () => {
    const json = JSON.stringify(value).replaceAll('é', String.raw`\u00e9`)
    expect(JSON.parse(hideInJson(json, quoted))).toEqual(hidden)
  })

  test('what is not hidden stays as it is written', () => {
    const json = '{"a": 1.0, "b": -1e5, "c": "\\u00e9", "d": NaN}'
    expect(hideInJson(json, quoted)).toBe(json)
  })
})
