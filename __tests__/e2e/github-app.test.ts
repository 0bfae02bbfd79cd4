/** A token of a GitHub App as `github-token`: its checks have a suite of their own, and no other app can change them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, test } from 'vitest'
import { ACTIONS } from '../stand-in/app.ts'
import { isAlive } from './action.ts'
import { conclusionsOf, stageFor } from './stage.ts'

const OWN = { id: 771_002, slug: 'acme-dbt', name: 'Acme dbt' }
const OPTIONS = { apps: { 'app-token': OWN }, remaining: 50_000 }
const inputs = { 'github-token': 'app-token' }

describe.concurrent('the token of a GitHub App', () => {
  test('makes the same checks as GITHUB_TOKEN, in the suite of the app', async ({
    expect,
    onTestFinished,
  }) => {
    const usual = await stageFor('core-build-example-broken', onTestFinished, OPTIONS)
    const stage = await stageFor('core-build-example-broken', onTestFinished, OPTIONS)
    const wanted = await usual.run()
    const result = await stage.run({ inputs, env: { DBT_ENV_SECRET_GIT_CREDENTIAL: 'app-token' } })
    expect(conclusionsOf(stage.checks())).toEqual(conclusionsOf(usual.checks()))
    expect([result.exitCode, result.outputs.status]).toEqual([wanted.exitCode, wanted.outputs.status])
    expect(new Set(usual.github.checkRuns().map(({ app }) => app.id))).toEqual(new Set([ACTIONS.id]))
    expect(new Set(stage.github.checkRuns().map(({ app }) => app.id))).toEqual(new Set([OWN.id]))
    expect(stage.github.violations).toEqual([])
    expect(result.log + result.summary).not.toContain('app-token')
    expect(result.log).toContain('dbt does not get DBT_ENV_SECRET_GIT_CREDENTIAL')
  })

  test('cannot change what an attempt with GITHUB_TOKEN left open, and goes on', async ({
    expect,
    onTestFinished,
  }) => {
    const stage = await stageFor('core-build-example-broken', onTestFinished, OPTIONS)
    const lost = stage.start({ env: { FAKE_DBT_LINE_DELAY: '80' } })
    const open = () => stage.github.checkRuns().filter((run) => run.status !== 'completed').length
    while (open() === 0 && isAlive(lost.pid)) await sleep(20)
    lost.kill('SIGKILL')
    await lost.done
    const result = await stage.run({ inputs, attempt: 2 })
    expect([result.exitCode, result.outputs.status]).toEqual([1, 'failure'])
    const ends = Object.values(conclusionsOf(stage.checks('dbt-watcher', 2)))
    expect(ends).toContain('failure')
    expect(ends).not.toContain(null)
    expect(open()).toBeGreaterThan(0)
    expect(stage.github.violations).toEqual([])
  })

  test('one that GitHub does not know leaves the result as it is', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished, OPTIONS)
    const { exitCode, summary } = await stage.run({ inputs: { 'github-token': 'expired' } })
    expect([exitCode, stage.github.checkRuns()]).toEqual([0, []])
    expect(summary).toContain('No check runs')
  })
})
