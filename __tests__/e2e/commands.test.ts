/** Real dbt Core (script/install-dbt): several commands in one step. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startGitHub } from '../stand-in/github.ts'
import { type Result, runAction } from './action.ts'
import { ROOT, workspaceWith } from './workspace.ts'

const DBT = join(ROOT, '.cache/dbt/core/bin/dbt')

/** The commands of dbt that the log shows, in groups. */
function groups({ log }: Result): string[] {
  return [...log.matchAll(/^::group::(.*)$/gm)].map(([, title]) => title ?? '')
}

describe.skipIf(!existsSync(DBT) && !process.env.CI)('several commands', () => {
  test('stop at the first that fails; a re-run continues there', async ({ onTestFinished }) => {
    const github = await startGitHub()
    const workspace = workspaceWith('flaky')
    onTestFinished(async () => {
      await github.close()
      workspace.remove()
    })
    const env = {
      DBT_PROFILES_DIR: join(workspace.folder, workspace.projectDir),
      DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
    }
    const inputs = {
      'project-dir': workspace.projectDir,
      dbt: DBT,
      command: 'seed\n\nrun\ntest --exclude x',
      tests: 'each',
    }
    const step = { workspace, github, artifacts: true, env, inputs, event: ['push', {}] as [string, object] }

    const first = await runAction(step)
    expect(first.exitCode, first.log).toBe(1)
    expect(groups(first)).toEqual(['dbt seed', 'dbt run'])
    const failed = JSON.parse(first.outputs['failed-nodes'] ?? '')
    expect(failed.length).toBeGreaterThan(0)

    const second = await runAction({ ...step, attempt: 2 })
    const [run = '', ...then] = groups(second)
    expect(run, second.log).toContain('dbt run --indirect-selection empty --select ')
    expect(run.match(/fqn:/g)?.length).toBe(Number(first.outputs.failed) + Number(first.outputs.skipped))
    expect(then).toEqual(['dbt test --exclude x'])
    expect(second.exitCode).toBe(0)
    const merged = JSON.parse(readFileSync(second.outputs['run-results'] ?? '', 'utf8'))
    expect(merged.results.map(({ unique_id }: { unique_id: string }) => unique_id)).toContain(failed[0])
  })
})
