/** Microbatch models with real dbt (script/install-dbt): a rerun runs the batches that failed, not just the newest. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, vi } from 'vitest'
import { startGitHub } from '../stand-in/github.ts'
import { runAction } from './action.ts'
import { testEngines } from './engines.ts'
import { workspaceWith } from './workspace.ts'

vi.setConfig({ maxConcurrency: 2 })

const CONFIG = `config(materialized='incremental', incremental_strategy='microbatch', event_time='clicked_at',
  batch_size='day', begin=(modules.datetime.datetime.utcnow() - modules.datetime.timedelta(days=5)).strftime('%Y-%m-%d'))`

/** The batch of three days ago fails, as long as nothing is mended. */
const MODELS = {
  clicks: `{{ config(materialized='table', event_time='clicked_at') }}
    select * from (values (1, current_date::timestamp - interval 4 day, '10'),
      (2, current_date::timestamp - interval 3 day, 'x' || '{{ env_var("PRICE", "") }}'),
      (3, current_date::timestamp, '30')) as clicks (click_id, clicked_at, price)`,
  by_day: `{{ ${CONFIG} }}
    select click_id, clicked_at, cast(replace(price, 'x1', '1') as integer) as price from {{ ref('clicks') }}`,
  // Another that was never run: of it all batches are wanted.
  below: `{{ ${CONFIG} }} select * from {{ ref('by_day') }}`,
}

// Core has microbatch models since 1.9.
const ENGINES = testEngines().filter(({ name }) => name !== 'core-1.8')

for (const { name, dbt, skipped } of ENGINES) {
  describe.skipIf(skipped).concurrent(`dbt ${name}`, () => {
    async function stage(onTestFinished: (done: () => Promise<void>) => void) {
      const github = await startGitHub()
      const workspace = workspaceWith('microbatch')
      onTestFinished(async () => {
        await github.close()
        workspace.remove()
      })
      const models = join(workspace.folder, workspace.projectDir, 'models')
      for (const old of ['below_by_day', 'by_day', 'clicks']) rmSync(join(models, `${old}.sql`))
      for (const [model, sql] of Object.entries(MODELS)) writeFileSync(join(models, `${model}.sql`), sql)
      const run = (attempt: number, env: Record<string, string>, inputs: Record<string, string> = {}) => {
        const all = { 'project-dir': workspace.projectDir, dbt, 'retry-delay': '0', ...inputs }
        const common = {
          workspace,
          github,
          attempt,
          artifacts: true,
          event: ['push', {}] as [string, object],
        }
        return runAction({ ...common, inputs: all, env: { DBT_SEND_ANONYMOUS_USAGE_STATS: 'false', ...env } })
      }
      return { run, github }
    }

    if (name.startsWith('core')) {
      test('what failed fails again, whether in a retry or in the next attempt', async ({
        expect,
        onTestFinished,
      }) => {
        const { run, github } = await stage(onTestFinished)
        const first = await run(1, {}, { retries: '1' })
        expect(first.outputs, first.log).toMatchObject({ status: 'failure', failed: '1', skipped: '1' })
        const second = await run(2, {})
        expect(second.outputs, second.log).toMatchObject({ status: 'failure', failed: '1', skipped: '1' })
        expect(second.log).toMatch(/Batch 1 of 1/)
        expect(github.violations).toEqual([])
      })

      test('what was mended succeeds, and what it blocked runs whole', async ({ expect, onTestFinished }) => {
        const { run, github } = await stage(onTestFinished)
        const broken = await run(1, {})
        expect(broken.outputs.failed, broken.log).toBe('1')
        // The data are others by now, as after a load.
        const seeded = { command: 'run --select clicks' }
        await run(1, { PRICE: '1' }, { ...seeded, 'check-name': 'load' })
        const second = await run(2, { PRICE: '1' })
        expect(second.log).toMatch(/--event-time-start \d{4}-\d\d-\d\dT00:00:00 --event-time-end/)
        // The model below has not run at all, and is not run for that day alone.
        expect(second.outputs, second.log).toMatchObject({ status: 'failure', failed: '0', skipped: '1' })
        const third = await run(3, { PRICE: '1' })
        expect(third.outputs, third.log).toMatchObject({ status: 'success', skipped: '0' })
        expect(third.log).toMatch(/Batch 6 of 6/)
        expect(github.violations).toEqual([])
      })
    } else {
      test('is not retried, and a rerun says what may be missing', async ({ expect, onTestFinished }) => {
        const { run } = await stage(onTestFinished)
        const first = await run(1, {}, { retries: '1' })
        expect(first.outputs, first.log).toMatchObject({ status: 'failure', failed: '1' })
        expect(first.log).not.toContain('retry 1 of 1')
        const second = await run(2, {})
        if (second.outputs.status === 'success') {
          expect(second.log).toContain('Batches of model by_day that failed before may be missing')
        }
      })
    }
  })
}
