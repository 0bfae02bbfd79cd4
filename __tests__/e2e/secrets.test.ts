/** What dbt's environment holds, and that the token is shown nowhere. */
import { test } from 'vitest'
import { readRecord, TOKEN } from './action.ts'
import { stageFor } from './stage.ts'

test('dbt gets neither inputs nor tokens of ours, and all that is the user’s', async ({ expect }) => {
  const stage = await stageFor('core-build-example-broken')
  const env = {
    GITHUB_TOKEN: TOKEN,
    GH_TOKEN: TOKEN,
    NETRC_LINE: `machine github.com password ${TOKEN}`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'oidc',
    DBT_ENV_SECRET_GIT: 'for-private-packages',
    SNOWFLAKE_PASSWORD: 'secret',
    DBT_PROFILES_DIR: '.',
    STATE_journal: '/somewhere',
  }
  const { log, summary, outputs, state } = await stage.run({ env })
  const names = readRecord(stage.record)[0]?.env ?? []
  const ours =
    /^(INPUT_|STATE_|ACTIONS_(RUNTIME|RESULTS|CACHE)_|GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)$)/
  expect(names.filter((name) => ours.test(name))).toEqual([])
  for (const name of ['GITHUB_TOKEN', 'GH_TOKEN', 'NETRC_LINE']) expect(names).not.toContain(name)
  for (const name of [
    'PATH',
    'HOME',
    'GITHUB_SHA',
    'DBT_ENV_SECRET_GIT',
    'SNOWFLAKE_PASSWORD',
    'DBT_PROFILES_DIR',
  ]) {
    expect(names).toContain(name)
  }
  // dbt logs in at a cloud with it (OIDC); README says so.
  expect(names).toContain('ACTIONS_ID_TOKEN_REQUEST_TOKEN')
  const requests = JSON.stringify(stage.github.requests.map(({ path, query, body }) => [path, query, body]))
  for (const text of [log, summary, JSON.stringify(outputs), JSON.stringify(state), requests]) {
    expect(text).not.toContain(TOKEN)
    expect(text).not.toContain('runtime-token')
  }
})

test('a token of the user’s own stays', async ({ expect }) => {
  const stage = await stageFor('core-build-example')
  await stage.run({ env: { GITHUB_TOKEN: 'another-token' } })
  expect(readRecord(stage.record)[0]?.env).toContain('GITHUB_TOKEN')
})

test('without a token nothing is asked and all else works', async ({ expect }) => {
  const stage = await stageFor('core-build-example')
  const { exitCode, outputs } = await stage.run({ inputs: { 'github-token': '' } })
  expect([exitCode, outputs.status, stage.github.requests.length]).toEqual([0, 'success', 0])
})
