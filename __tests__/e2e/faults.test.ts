/** GitHub fails in every way that the stand-in knows; the step's result must not care, and nothing be shown twice. */
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, type ExpectStatic, test, vi } from 'vitest'
import { every, type FaultFor, graphql, mutations, outage, schedule } from '../stand-in/faults.ts'
import { type Result, readRecord, runPost } from './action.ts'
import { patience } from './patience.ts'
import { conclusionsOf, type Stage, stageFor } from './stage.ts'
import { CONCLUSION, truthOf } from './truth.ts'
import { scenarioOf } from './workspace.ts'

// Nearly all of the time is waiting.
vi.setConfig({ maxConcurrency: 10 })

/** 32 node checks; two nodes fail and one warns, so three annotations. */
const SCENARIO = 'core-build-example-broken'
const EVERY_NODE = { checks: 'all', tests: 'each' }
/** Six seconds of dbt, and so much budget that checks are written each second or two: running first, then ended. */
const SLOWLY = { FAKE_DBT_LINE_DELAY: '30' }
const RICH = { remaining: 50_000 }
const WANTED = {
  ...Object.fromEntries(
    [...truthOf(scenarioOf(SCENARIO)).nodes.values()].map((n) => [n.id, CONCLUSION[n.outcome]]),
  ),
  rollup: 'failure',
}

/** What dbt and fail-on make of the step, whatever GitHub does. */
function expectDbtsResult(expect: ExpectStatic, { exitCode, outputs, log }: Result) {
  expect(exitCode, log).toBe(1)
  expect(outputs).toMatchObject({ status: 'failure', 'exit-code': '1', failed: '2', warn: '1' })
}

function expectAllOnce(expect: ExpectStatic, { github, checks }: Stage) {
  expect(github.violations).toEqual([])
  expect(conclusionsOf(checks())).toEqual(WANTED)
  expect(github.checkRuns()).toHaveLength(checks().size)
  for (const run of github.checkRuns()) {
    const bad = run.conclusion === 'failure' || run.conclusion === 'neutral'
    expect(run.annotations, run.name).toHaveLength(bad && run.name !== 'dbt-watcher' ? 1 : 0)
  }
}

/** Every nth request that writes. */
function eachNth(n: number, fault: ReturnType<FaultFor>): FaultFor {
  let count = 0
  return (request) => (request.writes && ++count % n === 0 ? fault : undefined)
}

describe.concurrent('it recovers', () => {
  const cases: [string, FaultFor][] = [
    ['502 after the first creates took effect', schedule([{ status: 502, effect: 'after' }], mutations)],
    ['502 after a part of the creates took effect', schedule([{ status: 502, effect: 3 }], mutations)],
    ['502 before anything took effect', schedule([{ status: 502, effect: 'before' }], mutations)],
    [
      '502 after each third write, updates with annotations too',
      eachNth(3, { status: 502, effect: 'after' }),
    ],
    ['a part of each third write', eachNth(3, { status: 502, effect: 1 })],
    ['connections that break after each third write', eachNth(3, { reset: true, effect: 'after' })],
    [
      'a check run that is null',
      schedule([{ nullCheckRun: [0, 2] }, undefined, { nullCheckRun: [1] }], mutations),
    ],
    ['aliases that fail', schedule([{ aliasErrors: [1] }, { aliasErrors: [0, 3] }], mutations)],
    ['resource limits, half of the document done', eachNth(3, { resourceLimits: true, effect: 2 })],
    ['GraphQL fails for all and ever, REST works', every({ status: 500, effect: 'before' }, graphql)],
    ['an outage of three seconds while dbt runs', outage(1, 4, 'second')],
    ['late answers', every({ delay: 700 })],
  ]
  for (const [title, fault] of cases) {
    test(title, async ({ expect, onTestFinished }) => {
      const stage = await stageFor(SCENARIO, onTestFinished, { fault, ...RICH })
      const result = await stage.run({ inputs: EVERY_NODE, env: SLOWLY })
      expectDbtsResult(expect, result)
      expectAllOnce(expect, stage)
      expect(result.commands.filter(({ name }) => name === 'notice')).toEqual([])
      if (!title.includes('updates')) return
      expect(
        stage.github.checkRuns().some((run) => run.name !== 'dbt-watcher' && run.history.length > 1),
      ).toBe(true)
    })
  }

  for (const status of [403, 429] as const) {
    test(`a secondary limit (${status}) is waited for`, async ({ expect, onTestFinished }) => {
      const limit = { secondary: true, retryAfter: 4, status } as const
      const stage = await stageFor(SCENARIO, onTestFinished, {
        fault: schedule([undefined, limit], mutations),
        ...RICH,
      })
      const result = await stage.run({ inputs: EVERY_NODE, env: SLOWLY })
      expectDbtsResult(expect, result)
      expectAllOnce(expect, stage)
      const { requests } = stage.github
      const limited = requests.findIndex((request) => request.fault !== undefined)
      const wait = (requests[limited + 1]?.at ?? 0) - (requests[limited]?.at ?? 0)
      expect(wait).toBeGreaterThanOrEqual(3900)
    })
  }

  test('the budget of GraphQL is used up: REST goes on', async ({ expect, onTestFinished }) => {
    const stage = await stageFor(SCENARIO, onTestFinished, {
      fault: schedule([undefined, { primary: true }], mutations),
    })
    const result = await stage.run({ inputs: EVERY_NODE, env: SLOWLY })
    expectDbtsResult(expect, result)
    expectAllOnce(expect, stage)
    const graphqlAfter = stage.github.requests.filter(({ resource }) => resource === 'graphql').length
    expect(graphqlAfter).toBeLessThan(8)
  })
})

describe.concurrent('it gives up in time', () => {
  test('a token that may not write: one notice, annotations by commands', async ({
    expect,
    onTestFinished,
  }) => {
    const stage = await stageFor(SCENARIO, onTestFinished, { permissions: 'read' })
    const result = await stage.run({ inputs: EVERY_NODE })
    expectDbtsResult(expect, result)
    expect(stage.github.checkRuns()).toEqual([])
    expect(stage.github.requests.length).toBeLessThanOrEqual(2)
    const notices = result.commands.filter(({ name }) => name === 'notice')
    expect(notices).toHaveLength(1)
    expect(notices[0]?.data).toMatch(/checks: write/)
    expectFilesInCommands(expect, stage, result)
    expect(result.summary).toContain('checks: write')
    expect(result.outputs['check-url']).toBe('')
    // And post has nothing to do.
    const post = await runPost(stage.step(), result.state)
    expect([post.exitCode, post.commands]).toEqual([0, []])
  })

  test('a token that is none', async ({ expect, onTestFinished }) => {
    const stage = await stageFor(SCENARIO, onTestFinished)
    const result = await stage.run({ inputs: { ...EVERY_NODE, 'github-token': 'expired' } })
    expectDbtsResult(expect, result)
    expect(result.commands.filter(({ name }) => name === 'notice')).toHaveLength(1)
    expectFilesInCommands(expect, stage, result)
  })

  test('the token loses its right in the middle', async ({ expect, onTestFinished }) => {
    const stage = await stageFor(SCENARIO, onTestFinished)
    stage.github.fault = ({ writes, number }) => {
      if (writes && number > 3) stage.github.permissions = 'read'
      return undefined
    }
    const result = await stage.run({ inputs: EVERY_NODE, env: SLOWLY })
    expectDbtsResult(expect, result)
    expect(result.commands.filter(({ name }) => name === 'notice')).toHaveLength(1)
  })

  test('GitHub refuses connections from the start', async ({ expect, onTestFinished }) => {
    const stage = await stageFor(SCENARIO, onTestFinished)
    const port = await freePort()
    const env = {
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
      GITHUB_GRAPHQL_URL: `http://127.0.0.1:${port}/graphql`,
    }
    const result = await stage.run({ inputs: EVERY_NODE, env })
    expectDbtsResult(expect, result)
    expectEndInTime(expect, stage, result)
    expect(result.commands.filter(({ name }) => name === 'notice')).toHaveLength(1)
    expectFilesInCommands(expect, stage, result)
  })

  test('an outage from beginning to end: post makes the roll-up and the failures', async ({
    expect,
    onTestFinished,
  }) => {
    const stage = await stageFor(SCENARIO, onTestFinished, { fault: every({ outage: true }), ...RICH })
    const result = await stage.run({ inputs: EVERY_NODE })
    expectDbtsResult(expect, result)
    expect(stage.github.checkRuns()).toEqual([])
    stage.github.fault = undefined
    await runPost(stage.step(), result.state)
    const failed = Object.entries(WANTED).filter(([, conclusion]) => conclusion === 'failure')
    expect(conclusionsOf(stage.checks())).toEqual(Object.fromEntries(failed))
    const { name, output } = stage.checks().get('model.bikes.stg_repairs') ?? {}
    expect([name, output?.title]).toEqual([
      'dbt-watcher / model stg_repairs',
      expect.stringContaining('Binder Error'),
    ])
    expect(stage.github.violations).toEqual([])
  })

  test('GitHub is gone in the middle and for ever; post closes all later', async ({
    expect,
    onTestFinished,
  }) => {
    const stage = await stageFor(SCENARIO, onTestFinished, { fault: outage(4, 100_000), ...RICH })
    const step = stage.step({ inputs: EVERY_NODE, env: SLOWLY })
    const result = await stage.run(step)
    expectDbtsResult(expect, result)
    expectEndInTime(expect, stage, result)
    expect(result.commands.filter(({ name }) => name === 'notice')).toHaveLength(1)
    const open = stage.github.checkRuns().filter((run) => run.status !== 'completed')
    expect(open.length).toBeGreaterThan(0)

    stage.github.fault = undefined
    const post = await runPost(stage.step({ inputs: EVERY_NODE }), result.state)
    expect(post.exitCode).toBe(0)
    expect(WANTED).toMatchObject(conclusionsOf(stage.checks()))
    expect(stage.github.violations).toEqual([])
  })

  test('GitHub never answers', async ({ expect, onTestFinished }) => {
    const stage = await stageFor(SCENARIO, onTestFinished, {
      fault: every({ delay: 300_000, effect: 'before' }),
    })
    const result = await stage.run({ inputs: EVERY_NODE })
    expectDbtsResult(expect, result)
    expectEndInTime(expect, stage, result)
  })

  test('both budgets are used up', async ({ expect, onTestFinished }) => {
    const stage = await stageFor(SCENARIO, onTestFinished, { remaining: 1 })
    const result = await stage.run({ inputs: EVERY_NODE })
    expectDbtsResult(expect, result)
    expectEndInTime(expect, stage, result)
    expect(stage.github.requests.length).toBeLessThan(12)
    const notices = result.commands.filter(({ name }) => name === 'notice').map(({ data }) => data)
    expect(notices.filter((text) => /could not be brought up to date/.test(text))).toHaveLength(1)
  })

  test('one check run is refused for ever: all others are shown', async ({ expect, onTestFinished }) => {
    const stage = await stageFor(SCENARIO, onTestFinished)
    const isBad = (body: unknown) => JSON.stringify(body).includes('stg_prices"')
    stage.github.fault = ({ body, writes, fields, resource }) => {
      if (!writes || !isBad(body)) return undefined
      if (resource === 'core') return { status: 500, effect: 'before' }
      return { aliasErrors: fields.flatMap(({ alias }, i) => (isBad(variable(body, alias)) ? [i] : [])) }
    }
    const result = await stage.run({ inputs: EVERY_NODE })
    expectDbtsResult(expect, result)
    expectEndInTime(expect, stage, result)
    const { 'model.bikes.stg_prices': _, ...others } = WANTED as Record<string, string>
    expect(conclusionsOf(stage.checks())).toEqual(others)
  })
})

function variable(body: unknown, alias: string): unknown {
  return (body as { variables?: Record<string, unknown> }).variables?.[alias]
}

function expectFilesInCommands(expect: ExpectStatic, { workspace }: Stage, { commands }: Result) {
  const files = commands.filter(({ properties }) => properties.file)
  expect(files.map(({ name }) => name).sort()).toEqual(['error', 'error', 'warning'])
  for (const { properties } of files) {
    expect(existsSync(join(workspace.folder, properties.file ?? ''))).toBe(true)
    expect(Number(properties.line)).toBeGreaterThan(0)
  }
}

/** Half a minute is what the step waits for GitHub. */
function expectEndInTime(expect: ExpectStatic, { record }: Stage, { endedAt }: Result) {
  const end = readRecord(record).find((entry) => entry.exit !== undefined)
  expect(endedAt - (end?.at ?? 0)).toBeLessThan(patience(36_000))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
