/** Real dbt, both engines (script/install-dbt): reruns run exactly what is not good yet, and the whole is shown. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { type GitHub, startGitHub } from '../stand-in/github.ts'
import { type Result, RUN_ID, runAction } from './action.ts'
import { ROOT, type Workspace, workspaceWith } from './workspace.ts'

vi.setConfig({ maxConcurrency: 2 })

/** A project whose nodes pass one run later than they should, and dbt behind a script that keeps what it did. */
interface Stage {
  github: GitHub
  workspace: Workspace
  run(
    inputs: Record<string, string>,
    attempt?: number,
    env?: Record<string, string>,
    event?: [string, object],
    runId?: string,
  ): Promise<Result>
  /** Each process of dbt: its words, and what its own run_results.json says. */
  runs(): { words: string[]; ran: Record<string, string> }[]
  project: string
  conclusions(attempt?: number): Record<string, string | null>
}

for (const engine of ['core', 'fusion'] as const) {
  const dbt = join(ROOT, '.cache/dbt', engine, 'bin/dbt')
  const missing = !existsSync(dbt)

  async function stageFor(onTestFinished: (done: () => Promise<void>) => void): Promise<Stage> {
    const github = await startGitHub()
    const workspace = workspaceWith('flaky')
    const project = join(workspace.folder, workspace.projectDir)
    const kept = join(workspace.temp, 'kept')
    const script = join(workspace.temp, 'dbt')
    mkdirSync(kept)
    writeFileSync(
      script,
      [
        '#!/bin/sh',
        // What an earlier run left is not this one's.
        'rm -f target/run_results.json',
        `"${dbt}" "$@"`,
        'code=$?',
        `n=$(ls "${kept}" | grep -c words)`,
        `printf '%s\\n' "$@" >"${kept}/$n.words"`,
        `mv target/run_results.json "${kept}/$n.json" 2>/dev/null && cp "${kept}/$n.json" target/run_results.json`,
        'exit $code',
      ].join('\n'),
    )
    chmodSync(script, 0o755)
    onTestFinished(async () => {
      await github.close()
      workspace.remove()
    })
    return {
      github,
      workspace,
      project,
      run: (inputs, attempt = 1, env = {}, event = ['push', {}], runId = RUN_ID) => {
        rmSync(join(project, 'target/run_results.json'), { force: true })
        const all = { 'project-dir': workspace.projectDir, 'max-checks': '1000', tests: 'each', dbt: script }
        const common = { workspace, github, attempt, artifacts: true, event, runId }
        const step = { ...common, env: { ...environment(workspace), ...env } }
        return runAction({ ...step, inputs: { ...all, 'retry-delay': '0', ...inputs } })
      },
      runs: () =>
        readdirSync(kept)
          .filter((name) => name.endsWith('.json'))
          .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
          .map((name) => {
            const { results } = JSON.parse(readFileSync(join(kept, name), 'utf8'))
            const words = readFileSync(join(kept, name.replace('json', 'words')), 'utf8')
              .trimEnd()
              .split('\n')
            return { words, ran: ranIn(results) }
          }),
      conclusions: (attempt = 1) => {
        const prefix = `${RUN_ID}/${attempt}/dbt-watcher/`
        const own = github.checkRuns().filter((run) => run.externalId?.startsWith(prefix))
        return Object.fromEntries(
          own.map((run) => [shortly(run.externalId?.slice(prefix.length) ?? ''), run.conclusion]),
        )
      },
    }
  }

  describe.skipIf(missing && !process.env.CI)(`dbt ${engine}`, { concurrent: true }, () => {
    test('retries run what failed and what it blocked, with the flags of the first run', async ({
      onTestFinished,
    }) => {
      const stage = await stageFor(onTestFinished)
      const command =
        "build --vars '{answer: 42}' --full-refresh --select=numbers+ -s stg_once+ --exclude nothing_here"
      const result = await stage.run({ command, retries: '3' })

      expect(result.exitCode, result.log).toBe(0)
      const [first, second, third, ...more] = stage.runs()
      expect(more).toEqual([])
      expect(Object.keys(first?.ran ?? {}).sort()).toEqual(ALL)
      expect(second?.ran).toEqual(SECOND)
      expect(third?.ran).toEqual(THIRD)
      for (const { words } of [second, third].filter((run) => run !== undefined)) {
        expect(words).toEqual(expect.arrayContaining(['--vars', '{answer: 42}', '--full-refresh']))
        expect(words.join(' ')).toContain('--indirect-selection empty')
        expect(words).not.toContain('--exclude')
        expect(words.join(' ')).not.toMatch(/numbers\+|stg_once\+|-s /)
      }
      expect(result.outputs).toMatchObject({ total: '17', success: '17', failed: '0', skipped: '0' })
      expect(result.outputs['rerun-select']).toBe('')
      expect(mergedOf(result)).toEqual(
        Object.fromEntries(ALL.map((id) => [id, expect.stringMatching(/success|pass/)])),
      )

      const conclusions = stage.conclusions()
      expect(conclusions).toMatchObject({
        'model.late': 'success',
        'model.stg_once': 'success',
        rollup: 'success',
      })
      const late = stage.github.checkRuns().find((run) => run.name.endsWith(' / model late'))
      expect(late?.output.title).toMatch(/^success.* after it failed, retry 2 of 3: flaky$/)
      // It completed once, and while a retry remained it said so.
      expect(late?.history.filter((past) => past.status === 'completed')).toHaveLength(1)
      expect(late?.output.summary).toContain('first run: `error`')
      expect(result.summary).toContain('2 flaky</summary>')
      expect(stage.github.violations).toEqual([])
    })

    test('re-run failed jobs: attempts 1, 2 and 3', async ({ onTestFinished }) => {
      const stage = await stageFor(onTestFinished)
      const command = "build --vars '{answer: 42}' --exclude nothing_here"
      const one = await stage.run({ command })
      expect(one.exitCode, one.log).toBe(1)
      expect(one.outputs).toMatchObject({ total: '17', failed: '2', skipped: '9' })

      const two = await stage.run({ command }, 2)
      expect(two.exitCode, two.log).toBe(1)
      expect(two.outputs).toMatchObject({ total: '17', success: '15', failed: '1', skipped: '1' })
      expect(two.summary).toContain('11 of 17 nodes ran here; the results of the others are from attempt 1.')

      const three = await stage.run({ command }, 3)
      expect(three.exitCode, three.log).toBe(0)
      expect(three.outputs).toMatchObject({ total: '17', success: '17', failed: '0' })
      expect(mergedOf(three)).toEqual(
        Object.fromEntries(ALL.map((id) => [id, expect.stringMatching(/success|pass/)])),
      )

      const [, second, third, ...more] = stage.runs()
      expect(more).toEqual([])
      expect(second?.ran).toEqual(SECOND)
      expect(third?.ran).toEqual(THIRD)
      expect(second?.words).toEqual(expect.arrayContaining(['--vars', '{answer: 42}']))
      for (const attempt of [1, 2, 3]) {
        const conclusions = stage.conclusions(attempt)
        expect(
          Object.keys(conclusions)
            .filter((key) => ALL.includes(key))
            .sort(),
        ).toEqual(ALL)
      }
      expect(stage.conclusions(2)).toMatchObject({ 'model.late': 'failure', 'model.stg_fine': 'success' })
      expect(stage.github.checkRuns().filter((run) => run.status !== 'completed')).toEqual([])
      expect(stage.github.violations).toEqual([])
    })

    test('says so where the database is gone, and what to set', async ({ onTestFinished }) => {
      const stage = await stageFor(onTestFinished)
      await stage.run({ command: 'build' })
      for (const name of readdirSync(stage.project))
        if (name.startsWith('flaky.duckdb')) rmSync(join(stage.project, name))

      const two = await stage.run({ command: 'build' }, 2)
      expect(two.exitCode).toBe(1)
      const notices = two.commands.filter(({ name }) => name === 'notice').map(({ data }) => data)
      expect(notices.join('\n')).toContain('set input rerun to never')

      const never = await stage.run({ command: 'build', rerun: 'never' }, 3)
      expect(never.exitCode, never.log).toBe(0)
      expect(Object.keys(stage.runs().at(-1)?.ran ?? {}).sort()).toEqual(ALL)
    })

    test('a run by hand continues a pull request: its state, its flags, its commit', async ({
      onTestFinished,
    }) => {
      const stage = await stageFor(onTestFinished)
      const pull = { pull_request: { number: 7, head: { sha: HEAD, ref: 'topic' }, base: { ref: 'main' } } }
      await stage.run({ command: "build --vars '{answer: 42}' --full-refresh" }, 1, {}, [
        'pull_request',
        pull,
      ])
      const first = stage.github.workflowRuns.find((run) => `${run.id}` === RUN_ID)
      Object.assign(first ?? {}, {
        status: 'completed',
        conclusion: 'failure',
        path: '.github/workflows/dbt.yml',
      })

      const hand = { runId: '8800', event: ['workflow_dispatch', {}] as [string, object] }
      const one = await stage.run({ command: 'build', 'rerun-of': RUN_ID }, 1, {}, hand.event, hand.runId)
      expect(one.exitCode, one.log).toBe(1)
      expect(one.outputs).toMatchObject({ total: '17', success: '15', failed: '1', skipped: '1' })
      expect(stage.runs().at(-1)?.ran).toEqual(SECOND)
      expect(stage.runs().at(-1)?.words).toEqual(
        expect.arrayContaining(['--vars', '{answer: 42}', '--full-refresh']),
      )
      const own = stage.github.checkRuns().filter((run) => run.externalId?.startsWith('8800/1/dbt-watcher/'))
      expect(new Set(own.map(({ headSha }) => headSha))).toEqual(new Set([HEAD]))
      // An ephemeral model that did not fail has none.
      const shown = own.filter(({ externalId }) => !externalId?.includes('/operation.'))
      expect(shown).toHaveLength(1 + ALL.length)

      // One node of the rerun, exactly.
      const second = stage.github.workflowRuns.find((run) => run.id === 8800)
      Object.assign(second ?? {}, { status: 'completed', path: '.github/workflows/dbt.yml' })
      const select = one.outputs['rerun-select']?.split(' ').find((word) => word.includes('marts.lat[')) ?? ''
      expect(select).toContain('resource_type:model')
      const two = await stage.run({ command: 'build', 'rerun-of': '8800', select }, 1, {}, hand.event, '8801')
      expect(two.exitCode, two.log).toBe(1)
      expect(stage.runs().at(-1)?.ran).toMatchObject({ 'model.late': 'success' })
      expect(two.outputs).toMatchObject({ total: '17', success: '16', failed: '0', skipped: '1' })
    })
  })
}

const HEAD = 'b'.repeat(40)
const FINE = [
  ...[
    'seed.numbers',
    'model.stg_fine',
    'model.innocent',
    'test.not_null_stg_fine_id',
    'test.unique_stg_fine_id',
  ],
  'unit_test.innocent.late_keeps_numbers',
]
const SECOND = {
  'model.stg_once': 'success',
  'model.below': 'success',
  'model.versioned.v1': 'success',
  'model.versioned.v2': 'success',
  'snapshot.numbers_history': 'success',
  'test.agree': 'pass',
  'test.unique_below_id': 'pass',
  'test.not_null_versioned_v1_id': 'pass',
  'test.not_null_versioned_v2_id': 'pass',
  'model.late': 'error',
  'model.below_late': 'skipped',
}
const THIRD = { 'model.late': 'success', 'model.below_late': 'success' }
const ALL = [...FINE, ...Object.keys(SECOND)].sort()

/** Without hooks, and the ephemeral model that only Fusion reports; ids without package and hash. */
function ranIn(results: { unique_id: string; status: string }[]): Record<string, string> {
  const own = results.filter(({ unique_id }) => !/^operation\.|\.eph_once$/.test(unique_id))
  return Object.fromEntries(own.map(({ unique_id, status }) => [shortly(unique_id), status]))
}

function shortly(uniqueId: string): string {
  return uniqueId.replace('.flaky.', '.').replace(/^(test\..+)\.[0-9a-f]{10}$/, '$1')
}

function mergedOf(result: Result): Record<string, string> {
  return ranIn(JSON.parse(readFileSync(result.outputs['run-results'] ?? '', 'utf8')).results)
}

function environment({ temp }: Workspace): Record<string, string> {
  const home = join(temp, '../home')
  mkdirSync(home, { recursive: true })
  return {
    PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
    HOME: home,
    LANG: 'C.UTF-8',
    DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
    GITHUB_WORKFLOW_REF: 'octo/jaffle/.github/workflows/dbt.yml@refs/heads/main',
  }
}
