/** Nothing is silently green: what the step, the roll-up and the summary make of a dbt that failed in its own way. */
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { patience } from './patience.ts'
import { stageFor } from './stage.ts'

describe.concurrent('dbt itself failed', { timeout: patience(120_000) }, () => {
  test.for(['error', 'warn', 'never'])(
    'killed after a failed test, fail-on %s',
    async (failOn, { expect, onTestFinished }) => {
      const stage = await stageFor('core-zoo', onTestFinished)
      const env = { FAKE_DBT_DIE_AT: '"name": "FinishedRunningStats"' }
      const result = await stage.run({ inputs: { 'fail-on': failOn }, env })
      expect(result.exitCode).toBe(1)
      expect(result.outputs).toMatchObject({ status: 'failure', 'exit-code': '137' })
      const rollup = stage.checks().get('rollup')
      expect(rollup?.conclusion).toBe('failure')
      expect(rollup?.output.title).toContain('dbt was killed by SIGKILL')
      expect(result.summary).toContain('dbt was killed by SIGKILL')
    },
  )

  test.for([
    ['core-hook-fails', 'no_such_column'],
    ['core-start-hook-fails', 'no_such_column'],
    ['core-hook-query-fails', 'no_such_column'],
    ['v2-oss-start-hook-fails', 'no_such_column'],
    ['v2-oss-hook-query-fails', 'no_such_column'],
    ['v2-oss-warn-error', 'gone'],
    ['core-debug-fails', 'nowhere'],
    ['v2-oss-no-profile', 'nowhere'],
  ] as const)(
    '%s: failure whatever fail-on is, with the reason',
    async ([name, reason], { expect, onTestFinished }) => {
      const stage = await stageFor(name, onTestFinished)
      const result = await stage.run({ inputs: { 'fail-on': 'never' } })
      expect(result.exitCode).toBe(1)
      expect(result.outputs).toMatchObject({ status: 'failure', failed: '0' })
      const rollup = stage.checks().get('rollup')
      expect(rollup?.conclusion).toBe('failure')
      expect(rollup?.output.title).toContain(reason)
      expect(result.summary).toContain(reason)
      expect(
        result.commands
          .filter(({ name }) => name === 'error')
          .map(({ data }) => data)
          .join(),
      ).toContain(reason)
    },
  )

  test('a hook that fails at the start of dbt v2: nothing failed but the hook', async ({
    expect,
    onTestFinished,
  }) => {
    const stage = await stageFor('v2-oss-start-hook-fails', onTestFinished)
    const { outputs } = await stage.run({ inputs: { 'fail-on': 'never', retries: '1' } })
    expect(outputs).toMatchObject({ status: 'failure', failed: '0', skipped: '5' })
  })
})

describe.concurrent('a selection that matches nothing', { timeout: patience(120_000) }, () => {
  test.for([
    ['core-empty-selection', 'error', 0, 'success'],
    ['core-empty-selection', 'warn', 1, 'failure'],
    ['fusion-otel-empty-selection', 'warn', 1, 'failure'],
    ['fusion-otel-empty-selection', 'never', 0, 'success'],
  ] as const)('%s, fail-on %s', async ([name, failOn, exitCode, status], { expect, onTestFinished }) => {
    const stage = await stageFor(name, onTestFinished)
    const result = await stage.run({ inputs: { 'fail-on': failOn } })
    expect([result.exitCode, result.outputs.status]).toEqual([exitCode, status])
    const rollup = stage.checks().get('rollup')
    expect(rollup?.conclusion).toBe('neutral')
    expect(rollup?.output.title).toContain('no node selected')
    expect(result.summary).toContain('no node selected')
    const warnings = result.commands.filter(({ name }) => name === 'warning').map(({ data }) => data)
    expect(warnings.join()).toContain("The selection criterion 'tag:none' does not match any enabled nodes")
  })
})

test('two steps of one name at once: one of them runs', { timeout: patience(120_000) }, async ({
  expect,
  onTestFinished,
}) => {
  const stage = await stageFor('core-build-example', onTestFinished)
  const env = { FAKE_DBT_LINE_DELAY: '2' }
  const both = await Promise.all([stage.run({ id: 'first', env }), stage.run({ id: 'second', env })])
  expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1])
  const refused = both.find(({ exitCode }) => exitCode === 1)
  expect(refused?.commands.find(({ name }) => name === 'error')?.data).toMatch(/check-name "dbt-watcher"/)
  expect(stage.checks().get('rollup')?.conclusion).toBe('success')
  expect(stage.github.checkRuns().filter(({ name }) => name === 'dbt-watcher')).toHaveLength(1)
})

test.skipIf(!existsSync('/bin/sh')).for([0, 3])(
  'dbt --version ends with dbt’s exit code, %i',
  { timeout: patience(120_000) },
  async (code, { expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished)
    const dbt = join(stage.workspace.temp, 'version')
    // As dbt Core prints it.
    writeFileSync(dbt, `#!/bin/sh\necho "Core:"\necho "  - installed: 1.11.16 [$*]"\nexit ${code}\n`)
    chmodSync(dbt, 0o755)
    const result = await stage.run({ inputs: { command: 'dbt --version', dbt } })
    expect(result.exitCode).toBe(code === 0 ? 0 : 1)
    expect(result.outputs).toMatchObject({ 'exit-code': `${code}`, total: '0' })
    expect(result.log).toContain('  - installed: 1.11.16 [--version]')
    const rollup = stage.checks().get('rollup')
    expect(rollup?.conclusion).toBe(code === 0 ? 'success' : 'failure')
    if (code === 0) expect(rollup?.output.title).toBe('dbt --version succeeded')
  },
)
