/** Files and disks that are not as dbt and the runner leave them: the result is dbt's, and nothing stays open. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import type { Result } from './action.ts'
import { patience } from './patience.ts'
import { conclusionsOf, type Stage, stageFor } from './stage.ts'
import { CONCLUSION, countsOf, truthOf } from './truth.ts'
import { scenarioOf } from './workspace.ts'

/** What holds whatever the files are: no stack trace, nothing open, nothing that GitHub refused. */
function calm(stage: Stage, { log }: Result): string[] {
  const open = stage.github.checkRuns().filter(({ status }) => status !== 'completed')
  return [
    ...open.map(({ name }) => `open: ${name}`),
    ...stage.github.violations.map((violation) => JSON.stringify(violation)),
    ...(/\n\s+at .*\.js:\d+/.exec(log) ?? []),
  ]
}

const WORSE = ['missing', 'empty', 'truncated', 'binary', 'directory', 'unreadable', 'fifo', 'zero', 'loop']
const asRoot = process.getuid?.() === 0

const PLAYED = 'core-build-example-broken'

const truth = truthOf(scenarioOf(PLAYED))
const shown = [...truth.nodes.values()].filter(
  ({ resourceType, outcome }) => !/test$/.test(resourceType) || outcome === 'failed' || outcome === 'warn',
)
const CONCLUSIONS = {
  ...Object.fromEntries(shown.map(({ id, outcome }) => [id, CONCLUSION[outcome]])),
  rollup: 'failure',
}
const OUTPUTS = {
  ...Object.fromEntries(Object.entries(countsOf(truth)).map(([name, count]) => [name, `${count}`])),
  ...{ status: 'failure', 'exit-code': '1' },
}

describe.concurrent('files of dbt', () => {
  for (const file of ['run_results.json', 'manifest.json']) {
    for (const kind of WORSE) {
      // Root may read all: then the file is a good one.
      test.skipIf(kind === 'unreadable' && asRoot)(
        `${file} is ${kind}: the stream tells enough`,
        async ({ expect, onTestFinished }) => {
          const stage = await stageFor(PLAYED, onTestFinished)
          const result = await stage.run({ env: { FAKE_DBT_DAMAGE: `${file}=${kind}` } })
          expect(calm(stage, result)).toEqual([])
          expect(conclusionsOf(stage.checks())).toEqual(CONCLUSIONS)
          expect(result.outputs).toMatchObject(OUTPUTS)
          expect(result.outputs[file === 'manifest.json' ? 'manifest' : 'run-results']).toBe('')
          expect(result.durationMs).toBeLessThan(patience(30_000))
        },
      )
    }
  }

  test('target-path is outside of the project and of the workspace', async ({ expect, onTestFinished }) => {
    const stage = await stageFor(PLAYED, onTestFinished)
    const target = join(stage.workspace.temp, 'elsewhere')
    const result = await stage.run({ inputs: { command: `build --target-path ${target}` } })
    expect(calm(stage, result)).toEqual([])
    expect(result.outputs.manifest).toBe(join(target, 'manifest.json'))
    expect(result.outputs['run-results']).toBe(join(target, 'run_results.json'))
    const [annotation] = stage.checks().get('model.bikes.stg_repairs')?.annotations ?? []
    expect(annotation?.path).toBe(`${stage.workspace.projectDir}/models/staging/stg_repairs.sql`)
  })

  // Where the node is written, and where it was compiled to.
  const places = ['models/staging/stg_repairs.sql', 'target/compiled/bikes/models/staging/stg_repairs.sql']
  for (const place of places) {
    for (const kind of ['fifo', 'zero', 'directory']) {
      test(`${place} is ${kind}`, async ({ expect, onTestFinished }) => {
        const stage = await stageFor(PLAYED, onTestFinished)
        const path = join(stage.workspace.folder, stage.workspace.projectDir, place)
        rmSync(path, { force: true })
        mkdirSync(join(path, '..'), { recursive: true })
        if (kind === 'fifo') execFileSync('/usr/bin/mkfifo', [path])
        else if (kind === 'zero') symlinkSync('/dev/zero', path)
        else mkdirSync(path)
        const damage = place.startsWith('target') ? { FAKE_DBT_DAMAGE: `stg_repairs.sql=${kind}` } : {}
        const result = await stage.run({ env: damage })
        expect(calm(stage, result)).toEqual([])
        expect(result.outputs.failed).toBe('2')
        const [annotation] = stage.checks().get('model.bikes.stg_repairs')?.annotations ?? []
        const there = place.startsWith('target') ? 'models/staging/stg_repairs.sql' : 'dbt_project.yml'
        expect(annotation?.path).toBe(`${stage.workspace.projectDir}/${there}`)
        expect(result.durationMs).toBeLessThan(patience(15_000))
      })
    }
  }
})

test('a stream with bytes that are no UTF-8, lines of 100,000 characters and a message of 10 MB', async ({
  expect,
  onTestFinished,
}) => {
  const stage = await stageFor(PLAYED, onTestFinished)
  const result = await stage.run({ env: { FAKE_DBT_NOISE: '1' } })
  expect(calm(stage, result)).toEqual([])
  expect(conclusionsOf(stage.checks())).toEqual(CONCLUSIONS)
  expect(result.outputs).toMatchObject(OUTPUTS)
  // The file's message does not replace what the stream said.
  expect(stage.checks().get('model.bikes.stg_repairs')?.annotations[0]?.message).toMatch(/^0123456789/)
  expect(Buffer.byteLength(result.summary)).toBeLessThan(1024 * 1024)
  expect(result.log).toContain('\ufffd')
  // Four messages of 10 MB one after the other: 700 MB at the peak, where copies of a line await the collector.
  expect(result.peakMb).toBeLessThan(1000)
})

test('a manifest of 200 MB beside a small run', async ({ expect, onTestFinished }) => {
  const stage = await stageFor(PLAYED, onTestFinished)
  const result = await stage.run({ env: { FAKE_DBT_DAMAGE: 'manifest.json=200MB' } })
  console.log(
    `manifest of 200 MB: ${(result.durationMs / 1000).toFixed(1)} s, ${result.peakMb} MB at the peak`,
  )
  expect(calm(stage, result)).toEqual([])
  const { total, failed, manifest } = result.outputs
  expect([total, failed, manifest]).toEqual(['30', '2', expect.stringContaining('manifest.json')])
  const [annotation] = stage.checks().get('model.bikes.stg_repairs')?.annotations ?? []
  expect(annotation?.path).toBe(`${stage.workspace.projectDir}/models/staging/stg_repairs.sql`)
  // 0 where there is no /proc to ask.
  expect(result.peakMb).toBeLessThan(250)
  expect(result.durationMs).toBeLessThan(patience(30_000))
})

/** Each write to it fails with ENOSPC; https://man7.org/linux/man-pages/man4/full.4.html */
const FULL = '/dev/full'

describe.skipIf(process.platform !== 'linux')('a full disk', () => {
  const cases: [string, Record<string, string>, RegExp][] = [
    ['the job summary', { GITHUB_STEP_SUMMARY: FULL }, /summary could not be written.*ENOSPC/],
    ['the outputs', { GITHUB_OUTPUT: FULL }, /outputs could not be written.*ENOSPC/],
    ['the state for post', { GITHUB_STATE: FULL }, /state .*could not be written.*ENOSPC/],
    ["the runner's folder, and so the journal", { RUNNER_TEMP: '/proc/self' }, /could not be written/],
    [
      'all of them',
      { GITHUB_STEP_SUMMARY: FULL, GITHUB_OUTPUT: FULL, GITHUB_STATE: FULL, RUNNER_TEMP: '/proc/self' },
      /could not be written/,
    ],
  ]
  for (const [what, env, said] of cases) {
    for (const [played, exitCode] of [
      ['core-build-example', 0],
      [PLAYED, 1],
    ] as const) {
      test.concurrent(`${what}: the step ends as dbt did (${played})`, async ({ expect, onTestFinished }) => {
        const stage = await stageFor(played, onTestFinished)
        const result = await stage.run({ env })
        expect(calm(stage, result)).toEqual([])
        expect(result.exitCode, result.log).toBe(exitCode)
        expect(result.log).toMatch(said)
        expect(stage.checks().get('rollup')?.conclusion).toBe(exitCode === 0 ? 'success' : 'failure')
        const errors = result.commands.filter(({ name }) => name === 'error').map(({ data }) => data)
        expect(errors.filter((text) => text.includes('ENOSPC'))).toEqual([])
      })
    }
  }
})
