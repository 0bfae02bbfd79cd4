import { expect, test } from 'vitest'
import { dbtEnvironment } from '../src/dbt/environment.ts'
import { checkNameOf, type RawInputs, readInputs } from '../src/inputs.ts'

const read = (raw: RawInputs) => readInputs((name) => raw[name])

test('defaults', () => {
  expect(read({}).inputs).toMatchObject({
    command: [['build']],
    dbt: ['dbt'],
    checks: 'auto',
    'max-checks': 100,
    annotations: true,
  })
})

test.each([
  [{ checks: 'some' }, 'Input checks "some": expected one of "auto"|"all"|"failures"|"rollup"|"none".'],
  [{ 'max-checks': '-1' }, 'Input max-checks "-1": expected a whole number, 0 or more.'],
  [{ annotations: 'yes' }, 'Input annotations "yes": expected true or false.'],
  [{ 'check-name': 'a/b' }, 'Input check-name "a/b": expected a name without "/" and control characters.'],
  [{ sha: 'main' }, 'Input sha "main": expected a full commit SHA.'],
  [{ command: "build '" }, `Input command "build '": the quote ' is not closed.`],
  [
    { command: 'build\n  --select a' },
    'Input command "build --select a": the line "--select a" begins with an option; end the line before it with "\\" to go on there.',
  ],
  [{ matrix: '{' }, `Input matrix "{": expected JSON, such as \${{ toJSON(matrix) }}.`],
])('%j', (raw, message) => expect(read(raw).wrong).toEqual([message]))

test('all that is wrong is said at once', () => {
  const { wrong, inputs } = read({ checks: 'x', tests: 'y', 'check-name': 'mine' })
  expect(wrong).toHaveLength(2)
  // The roll-up can still be made.
  expect(inputs).toMatchObject({ checks: 'auto', 'check-name': 'mine' })
})

test('the values of a matrix keep its legs apart', () => {
  const name = (matrix: string) => checkNameOf(read({ matrix }).inputs)
  expect(name('null')).toBe('dbt-watcher')
  expect(name('{"engine": "core", "version": 1.11, "os": {"name": "a/b"}}')).toBe(
    'dbt-watcher (core, 1.11, a-b)',
  )
  const long = (end: string) => name(JSON.stringify([`${'x'.repeat(300)}${end}`]))
  expect(long('a')).not.toBe(long('b'))
  expect(long('a').length).toBeLessThanOrEqual(150)
  expect(name('["x"]')).toBe('dbt-watcher (x)')
})

test('what dbt gets of the environment', () => {
  const given = {
    PATH: '/bin',
    'INPUT_GITHUB-TOKEN': 't0ken',
    STATE_journal: 'x',
    GITHUB_TOKEN: 't0ken',
    MY_URL: 'https://x:t0ken@github.com',
    PRIVATE_TOKEN: 'another',
    ACTIONS_RUNTIME_TOKEN: 'r',
    ACTIONS_ID_TOKEN_REQUEST_URL: 'u',
    GITHUB_OUTPUT: '/o',
    GITHUB_REPOSITORY: 'o/r',
    DBT_QUIET: 'true',
    DBT_LOG_FORMAT: 'text',
    DBT_ENGINE_WRITE_JSON: 'false',
    DBT_TARGET_PATH: 'out',
  }
  const { env, notices } = dbtEnvironment(given, 't0ken')
  expect(env).toEqual({
    PATH: '/bin',
    PRIVATE_TOKEN: 'another',
    ACTIONS_ID_TOKEN_REQUEST_URL: 'u',
    GITHUB_REPOSITORY: 'o/r',
    DBT_QUIET: 'false',
    DBT_WRITE_JSON: 'true',
    DBT_TARGET_PATH: 'out',
    PYTHONUNBUFFERED: '1',
  })
  expect(notices.map((notice) => notice.split(/[=:]/)[0])).toEqual([
    'dbt does not get GITHUB_TOKEN, MY_URL',
    'DBT_QUIET',
    'DBT_LOG_FORMAT',
    'DBT_ENGINE_WRITE_JSON',
  ])
})
