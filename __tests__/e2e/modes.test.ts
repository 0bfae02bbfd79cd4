/** What each input does, and what the step says where one is wrong. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { readRecord, SHA } from './action.ts'
import { patience } from './patience.ts'
import { conclusionsOf, stageFor } from './stage.ts'
import { CONCLUSION, truthOf } from './truth.ts'
import { scenarioOf } from './workspace.ts'

const isTest = (key: string) => /^(unit_)?test\./.test(key)
const isBad = (conclusion: string | null | undefined) => conclusion === 'failure' || conclusion === 'neutral'

/** Conclusions of all nodes of a scenario, by key. */
function wanted(name: string): Record<string, string> {
  return Object.fromEntries(
    [...truthOf(scenarioOf(name)).nodes.values()].map((n) => [n.id, CONCLUSION[n.outcome]]),
  )
}

describe.concurrent('checks and tests', () => {
  for (const name of ['core-build-example-broken', 'fusion-build-example-broken']) {
    test(`auto: each node, but of the tests those that failed or warned (${name})`, async ({
      expect,
      onTestFinished,
    }) => {
      const stage = await stageFor(name, onTestFinished)
      await stage.run()
      const all = Object.entries(wanted(name)).filter(([key, end]) => !isTest(key) || isBad(end))
      expect(conclusionsOf(stage.checks())).toEqual({ ...Object.fromEntries(all), rollup: 'failure' })
    })
  }

  test('tests each: every test', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished)
    await stage.run({ inputs: { tests: 'each' } })
    expect(conclusionsOf(stage.checks())).toEqual({ ...wanted('core-build-example'), rollup: 'success' })
  })

  test('failures: nothing else', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-zoo', onTestFinished)
    await stage.run({ inputs: { checks: 'failures' } })
    const bad = Object.entries(wanted('core-zoo')).filter(([, end]) => isBad(end))
    expect(conclusionsOf(stage.checks())).toEqual({ ...Object.fromEntries(bad), rollup: 'failure' })
  })

  test('rollup: one check, which carries all annotations', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-zoo', onTestFinished)
    const { outputs } = await stage.run({ inputs: { checks: 'rollup' } })
    expect(conclusionsOf(stage.checks())).toEqual({ rollup: 'failure' })
    const bad = Object.values(wanted('core-zoo')).filter(isBad)
    expect(stage.checks().get('rollup')?.annotations).toHaveLength(bad.length)
    expect(outputs['check-url']).toBe(stage.checks().get('rollup')?.url)
  })

  test('none: GitHub is not asked, annotations go by commands', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example-broken', onTestFinished)
    const { outputs, exitCode, commands, summary } = await stage.run({ inputs: { checks: 'none' } })
    expect(stage.github.requests).toEqual([])
    expect([outputs['check-url'], outputs.failed, exitCode]).toEqual(['', '2', 1])
    const files = commands.flatMap(({ properties: { file } }) => (file ? [file] : []))
    expect(files).toHaveLength(3)
    for (const file of files) expect(existsSync(join(stage.workspace.folder, file)), file).toBe(true)
    expect(summary).toContain('stg_repairs')
  })

  for (const name of ['core-zoo', 'fusion-zoo', 'fusion-otel-zoo']) {
    test(`max-checks: half is kept for what fails late (${name})`, async ({ expect, onTestFinished }) => {
      const stage = await stageFor(name, onTestFinished)
      const { outputs } = await stage.run({ inputs: { 'max-checks': '9', checks: 'all', tests: 'each' } })
      const { rollup, ...nodes } = conclusionsOf(stage.checks())
      expect(rollup).toBe('failure')
      expect(Object.keys(nodes)).toHaveLength(9)
      expect(wanted(name)).toMatchObject(nodes)
      expect(Object.values(nodes).filter(isBad).length).toBeGreaterThanOrEqual(5)
      const annotated = [...stage.checks().values()].flatMap((run) => run.annotations)
      // dbt's own warnings, which are of no node, come on top.
      const ofNodes = annotated.filter(({ title }) => !title?.startsWith('dbt: '))
      expect(ofNodes).toHaveLength(Object.values(wanted(name)).filter(isBad).length)
      expect(Number(outputs.total)).toBeGreaterThan(50)
    })
  }

  test('max-checks 0: the roll-up alone', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example-broken', onTestFinished)
    await stage.run({ inputs: { 'max-checks': '0' } })
    expect([...stage.checks().keys()]).toEqual(['rollup'])
  })

  test('more than 50 annotations on the roll-up: all, none twice, completed once', async ({
    expect,
    onTestFinished,
  }) => {
    // Some at once: dbt may end at any step of the publisher.
    const runs = Array.from({ length: 3 }, async () => {
      const stage = await stageFor(1500, onTestFinished)
      await stage.run({ inputs: { checks: 'rollup' } })
      const { annotations = [], history = [] } = stage.checks().get('rollup') ?? {}
      // Made-up nodes have no file, so all are on dbt_project.yml: 30 errors and 38 warnings.
      const titles = annotations.map(({ title }) => title)
      expect(new Set(titles).size).toBe(titles.length)
      const completed = history.findIndex(({ status }) => status === 'completed')
      const sent = history.map(({ write }) => write.output?.annotations.length ?? 0)
      expect([completed, ...sent]).toEqual([sent.length - 1, ...sent.slice(0, -2).map(() => 0), 50, 18])
      expect(stage.github.violations).toEqual([])
    })
    await Promise.all(runs)
  })
})

describe.concurrent('fail-on', () => {
  // Made-up nodes: the fourth of five warns; of ten, one fails too.
  const cases = [
    [5, 'error', 'success', 'neutral'],
    [5, 'warn', 'failure', 'neutral'],
    [5, 'never', 'success', 'neutral'],
    [10, 'error', 'failure', 'failure'],
    [10, 'never', 'success', 'failure'],
    ['core-unparsable', 'never', 'failure', 'failure'],
    ['fusion-unparsable', 'never', 'failure', 'failure'],
    ['core-no-profile', 'never', 'failure', 'failure'],
    ['core-hook-fails', 'never', 'failure', 'failure'],
    ['fusion-hook-fails', 'error', 'failure', 'failure'],
    ['core-empty-selection', 'error', 'success', 'neutral'],
    ['core-empty-selection', 'warn', 'failure', 'neutral'],
  ] as const
  for (const [played, failOn, status, rollUp] of cases) {
    test(`${failOn}, ${played}: ${status}, and the roll-up is ${rollUp}`, async ({
      expect,
      onTestFinished,
    }) => {
      const stage = await stageFor(played, onTestFinished)
      const { outputs, exitCode } = await stage.run({ inputs: { 'fail-on': failOn } })
      expect(outputs.status).toBe(status)
      expect(exitCode).toBe(status === 'success' ? 0 : 1)
      expect(stage.checks().get('rollup')?.conclusion).toBe(rollUp)
    })
  }

  test('dbt panics after it said that all is well: failure', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('fusion-build-example', onTestFinished)
    const { outputs, exitCode } = await stage.run({
      inputs: { 'fail-on': 'never' },
      env: { FAKE_DBT_EXIT: '101' },
    })
    expect([outputs.status, outputs['exit-code'], outputs.failed, exitCode]).toEqual([
      'failure',
      '101',
      '0',
      1,
    ])
    expect(stage.checks().get('rollup')?.conclusion).toBe('failure')
  })

  test('dbt is killed by the system: failure, 137, and what ran is cancelled', async ({
    expect,
    onTestFinished,
  }) => {
    const stage = await stageFor('core-sigint', onTestFinished)
    const running = stage.start({ env: { FAKE_DBT_PAUSE_AT: '"unique_id": "model.slow.snail"' } })
    await running.said('START sql table model main.quick')
    process.kill(readRecord(stage.record)[0]?.pid ?? 0, 'SIGKILL')
    const { outputs, exitCode } = await running.done
    expect([outputs.status, outputs['exit-code'], exitCode]).toEqual(['failure', '137', 1])
    expect(conclusionsOf(stage.checks())).toEqual({
      'model.slow.quick': 'cancelled',
      'model.slow.snail': 'cancelled',
      rollup: 'failure',
    })
  })
})

describe.concurrent('annotations', () => {
  test('false: none on checks, none by commands', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example-broken', onTestFinished)
    const { commands } = await stage.run({ inputs: { annotations: 'false' } })
    expect(stage.github.checkRuns().flatMap((run) => run.annotations)).toEqual([])
    const names = commands.map(({ name }) => name)
    expect(names.filter((name) => name === 'warning' || name === 'error')).toEqual(['error'])
  })

  // Slowly: Fusion writes its manifest at the end, and an annotation that was sent stays where it is.
  const paces = ['core', 'fusion', 'fusion-otel'].flatMap((engine) => [
    [engine, 'at once', '0'],
    [engine, 'slowly', '30'],
  ])
  for (const [engine, pace, delay = ''] of paces) {
    test(`are on the line to mend (${engine}, ${pace})`, async ({ expect, onTestFinished }) => {
      const stage = await stageFor(`${engine}-build-example-broken`, onTestFinished, { remaining: 50_000 })
      await stage.run({ env: { FAKE_DBT_LINE_DELAY: delay } })
      const places = [...stage.checks()].flatMap(([key, { annotations }]) =>
        annotations.map(({ path, startLine }) => {
          const line = readFileSync(join(stage.workspace.folder, path), 'utf8').split('\n')[startLine - 1]
          return `${key.split('.')[2]}: ${path.replace(stage.workspace.projectDir, '')}: ${line?.trim()}`
        }),
      )
      expect(places.sort()).toEqual([
        "rentals_of_more_than_a_day: /tests/rentals_of_more_than_a_day.sql: {{ config(severity='warn') }}",
        "stg_repairs: /models/staging/stg_repairs.sql: cast({{ 'repared_on' if var('broken') else 'repaired_on' }} as date) as repaired_on,",
        'unique_rentals_rental_id: /models/marts/marts.yml: - unique',
      ])
    })
  }
})

describe.concurrent('names and commits', () => {
  test('values of the matrix belong to the name', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished)
    const matrix = JSON.stringify({ warehouse: 'duckdb', python: 3.12, more: { a: true, path: 'x/y' } })
    await stage.run({ inputs: { 'check-name': 'shop', matrix } })
    const name = 'shop (duckdb, 3.12, true, x-y)'
    const checks = stage.checks(name)
    expect(checks.get('rollup')?.name).toBe(name)
    expect(checks.get('model.bikes.rentals')?.name).toBe(`${name} / model rentals`)
    expect(checks.size).toBe(stage.github.checkRuns().length)
  })

  const head = 'c0ffee'.padEnd(40, '0')
  const merge = 'abcdef'.padEnd(40, '1')
  const cases: [string, string, object, string, string?][] = [
    ['push', 'push', { head_commit: { id: merge } }, SHA],
    [
      'pull_request: its head, not the merge commit',
      'pull_request',
      { pull_request: { head: { sha: head } } },
      head,
    ],
    ['pull_request_target', 'pull_request_target', { pull_request: { head: { sha: head } } }, head],
    ['workflow_run: that of the other workflow', 'workflow_run', { workflow_run: { head_sha: head } }, head],
    ['merge_group', 'merge_group', { merge_group: { head_sha: merge } }, SHA],
    ['schedule', 'schedule', { schedule: '0 0 * * *' }, SHA],
    ['the input sha beats the event', 'pull_request', { pull_request: { head: { sha: merge } } }, head, head],
  ]
  for (const [title, event, payload, sha, input = ''] of cases) {
    test(`the commit: ${title}`, async ({ expect, onTestFinished }) => {
      const stage = await stageFor('core-build-example', onTestFinished)
      await stage.run({ event: [event, payload], inputs: { sha: input, checks: 'rollup' } })
      expect(stage.github.checkRuns().map((run) => run.headSha)).toEqual([sha])
    })
  }

  test('without an event file all works', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished)
    const { exitCode } = await stage.run({ env: { GITHUB_EVENT_PATH: '/nowhere.json' } })
    expect(exitCode).toBe(0)
    expect(stage.checks().get('rollup')?.conclusion).toBe('success')
  })

  test('two steps of a job with one name: the second is refused, and does nothing', async ({
    expect,
    onTestFinished,
  }) => {
    const stage = await stageFor('core-build-example', onTestFinished)
    expect((await stage.run({ id: 'first' })).exitCode).toBe(0)
    const before = stage.github.checkRuns().length
    const twin = await stage.run({ id: 'second' })
    expect(twin.exitCode).toBe(1)
    expect(twin.commands.filter(({ name }) => name === 'error')[0]?.data).toMatch(/check-name "dbt-watcher"/)
    expect(stage.github.checkRuns()).toHaveLength(before)
    expect(readRecord(stage.record).filter(({ argv }) => argv)).toHaveLength(1)
    // With a name of its own it may.
    expect((await stage.run({ id: 'second', inputs: { 'check-name': 'other' } })).exitCode).toBe(0)
    expect(stage.github.violations).toEqual([])
  })
})

describe.concurrent('what is wrong is named', () => {
  const cases: [string, string, RegExp][] = [
    ['checks', 'some', /auto.*all.*failures.*rollup.*none/],
    ['max-checks', '-1', /whole number/],
    ['max-checks', 'many', /whole number/],
    ['tests', 'all', /auto.*each/],
    ['fail-on', 'errors', /error.*warn.*never/],
    ['annotations', 'maybe', /true or false/],
    ['sha', 'abc123', /full commit SHA/],
    ['matrix', '{', /JSON/],
    ['check-name', 'a/b', /"\/"/],
    ['command', 'build "open', /quote/],
    ['command', '--quiet', /dbt command/],
    ['project-dir', 'nowhere', /no such folder/],
    ['dbt', 'no-such-dbt', /not found.*[Ii]nstall/],
    ['dbt', './bin/dbt', /not found/],
  ]
  for (const [name, value, reason] of cases) {
    test(`${name}: ${value}`, async ({ expect, onTestFinished }) => {
      const stage = await stageFor('core-build-example', onTestFinished)
      const { exitCode, commands, log } = await stage.run({ inputs: { [name]: value } })
      expect(exitCode).toBe(1)
      const said = commands.filter((command) => command.name === 'error').map(({ data }) => data)
      expect(
        said.find((text) => text.includes(`Input ${name} "${value}"`)),
        log,
      ).toMatch(reason)
      expect(log).not.toMatch(/\n\s+at .*\.js:\d+/)
      expect(readRecord(stage.record)).toEqual([])
      expect(stage.github.checkRuns().filter((run) => run.status !== 'completed')).toEqual([])
    })
  }

  test('several at once, and no secret', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished)
    const { commands, log } = await stage.run({ inputs: { checks: 'x', tests: 'y', 'fail-on': 'z' } })
    const said = commands.filter(({ name }) => name === 'error').map(({ data }) => data)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('Input checks "x"')
    for (const name of ['checks', 'tests', 'fail-on']) expect(log).toContain(`Input ${name} "`)
  })

  test('a dbt in what is no folder', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished)
    writeFileSync(join(stage.workspace.folder, 'requirements.txt'), '')
    const { exitCode, log } = await stage.run({ inputs: { dbt: 'requirements.txt/dbt' } })
    expect(exitCode).toBe(1)
    expect(log).toContain('the program was not found. Install dbt')
  })

  test('a dbt that may not be executed', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished)
    writeFileSync(join(stage.workspace.folder, 'dbt'), '#!/bin/sh\n')
    const { exitCode, log } = await stage.run({ inputs: { dbt: './dbt' } })
    expect(exitCode).toBe(1)
    expect(log).toMatch(/may not be executed/)
    expect(stage.checks().get('rollup')?.conclusion).toBe('failure')
  })
})

describe.concurrent('what dbt is told', () => {
  const blinding = '--quiet --log-format text --log-level error --no-write-json'
  test('flags that would blind us are overridden and said', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished)
    const env = { DBT_QUIET: '1', DBT_LOG_FORMAT: 'text', DBT_WRITE_JSON: 'false', DBT_LOG_LEVEL: 'none' }
    const { commands, outputs } = await stage.run({
      inputs: { command: `dbt build ${blinding} -s '+a b'` },
      env,
    })
    const [start] = readRecord(stage.record)
    const own = ['--log-format', 'json', '--log-level', 'debug', '--log-level-file', 'none']
    expect(start?.argv).toEqual(['build', '-s', '+a b', ...own])
    expect(start?.env).not.toContain('DBT_LOG_FORMAT')
    expect(start?.env).not.toContain('DBT_LOG_LEVEL')
    const notices = commands.filter(({ name }) => name === 'notice').map(({ data }) => data)
    for (const flag of [
      '--quiet',
      '--log-format',
      '--log-level',
      '--no-write-json',
      'DBT_QUIET',
      'DBT_WRITE_JSON',
    ]) {
      expect(
        notices.some((text) => text.startsWith(flag)),
        flag,
      ).toBe(true)
    }
    expect(outputs.total).toBe('30')
  })

  const dialects = [
    ['core-build-example', ['json none']],
    ['fusion-otel-build-example', ['json none', 'otel off']],
    ['fusion-build-example', ['json none', 'otel off', 'json off']],
  ] as const
  for (const [name, asked] of dialects) {
    test(`each engine in its own words, and no refusal is shown (${name})`, async ({
      expect,
      onTestFinished,
    }) => {
      const stage = await stageFor(name, onTestFinished)
      const { log, outputs } = await stage.run()
      const words = readRecord(stage.record).flatMap(({ argv }) => {
        return argv ? [`${argv[argv.indexOf('--log-format') + 1]} ${argv.at(-1)}`] : []
      })
      expect(words).toEqual(asked)
      expect(log).not.toContain('invalid value')
      expect(outputs['exit-code']).toBe('0')
    })
  }

  test('a program of several words, one in the workspace', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished)
    const script = join(stage.workspace.folder, 'run.sh')
    writeFileSync(script, '#!/bin/sh\nshift\nexec "$@"\n')
    chmodSync(script, 0o755)
    const { exitCode } = await stage.run({ inputs: { dbt: './run.sh -- dbt' } })
    expect(exitCode).toBe(0)
    expect(readRecord(stage.record)[0]?.argv?.[0]).toBe('build')
  })

  test('it starts in project-dir; profiles-dir is from the workspace', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished)
    mkdirSync(join(stage.workspace.folder, 'ci'))
    await stage.run({ inputs: { 'profiles-dir': 'ci' } })
    const [start] = readRecord(stage.record)
    expect(start?.cwd).toBe(join(stage.workspace.folder, stage.workspace.projectDir))
    expect(start?.argv?.slice(0, 3)).toEqual(['build', '--profiles-dir', join(stage.workspace.folder, 'ci')])
  })

  for (const engine of ['core', 'fusion', 'fusion-otel']) {
    test(`--target-path and --project-dir are followed (${engine})`, async ({ expect, onTestFinished }) => {
      const stage = await stageFor(`${engine}-build-example-broken`, onTestFinished)
      const { folder, projectDir } = stage.workspace
      const command = `build --project-dir ${projectDir} --target-path ../out`
      const { outputs } = await stage.run({ inputs: { 'project-dir': '.', command } })
      expect(outputs.manifest).toBe(join(folder, projectDir, '../out/manifest.json'))
      expect(outputs['run-results']).toBe(join(folder, projectDir, '../out/run_results.json'))
      const [annotation] = stage.checks().get('model.bikes.stg_repairs')?.annotations ?? []
      expect([annotation?.path, annotation?.startLine]).toEqual([
        `${projectDir}/models/staging/stg_repairs.sql`,
        4,
      ])
    })
  }
})

describe.concurrent('the stream', () => {
  for (const name of ['core-zoo', 'fusion-zoo', 'fusion-otel-zoo']) {
    test(`may be cut within each character (${name})`, async ({ expect, onTestFinished }) => {
      const stage = await stageFor(name, onTestFinished)
      const { log } = await stage.run({
        inputs: { checks: 'all', tests: 'each' },
        env: { FAKE_DBT_CHUNK: 'character' },
      })
      const { rollup, ...nodes } = conclusionsOf(stage.checks())
      expect(nodes).toEqual(wanted(name))
      expect(stage.checks().get('model.zoo.hérisson')?.name).toBe('dbt-watcher / model hérisson')
      expect(log).toContain('hérisson')
      expect(log).not.toContain('\ufffd')
    })
  }

  test('files of an earlier command are not believed', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-unparsable', onTestFinished)
    const target = join(stage.workspace.folder, stage.workspace.projectDir, 'target')
    mkdirSync(target)
    for (const file of ['manifest.json', 'run_results.json']) {
      const metadata = { invocation_id: 'of-another', project_name: 'unparsable' }
      const results = [{ unique_id: 'model.unparsable.fine', status: 'success' }]
      writeFileSync(join(target, file), JSON.stringify({ metadata, nodes: {}, results }))
    }
    const { outputs } = await stage.run()
    expect([outputs.total, outputs.manifest, outputs['run-results'], outputs.status]).toEqual([
      '0',
      '',
      '',
      'failure',
    ])
    expect([...stage.checks().keys()]).toEqual(['rollup'])
  })

  test('a process that a project left behind does not hold the step', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished)
    const script = join(stage.workspace.folder, 'dbt.sh')
    writeFileSync(script, '#!/bin/sh\nsleep 40 &\nexec dbt "$@"\n')
    chmodSync(script, 0o755)
    const { exitCode, endedAt } = await stage.run({ inputs: { dbt: './dbt.sh', checks: 'rollup' } })
    expect(exitCode).toBe(0)
    const end = readRecord(stage.record).find(({ exit }) => exit === 0)
    expect(endedAt - (end?.at ?? 0)).toBeLessThan(patience(15_000))
  })
})
