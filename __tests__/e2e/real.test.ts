/** Real dbt, several engines (script/install-dbt): the step must end as dbt alone does, and show what dbt recorded. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startGitHub } from '../stand-in/github.ts'
import { isAlive, RUN_ID, runAction, startAction } from './action.ts'
import { testEngines } from './engines.ts'
import { bareText } from './markdown.ts'
import { CONCLUSION, countsOf, truthFrom } from './truth.ts'
import { type Workspace, workspaceWith } from './workspace.ts'

vi.setConfig({ maxConcurrency: 2 })

const CASES: [project: string, title: string, command: string[]][] = [
  ['example', 'green', ['build']],
  ['example', 'broken', ['build', '--vars', '{broken: true}']],
  ['zoo', 'everything', ['build']],
  ['unparsable', 'unparsable', ['build']],
]

for (const { name: engine, dbt, skipped } of testEngines()) {
  // 1.8 knows no `arguments:` of tests, as the zoo has them.
  const cases = CASES.filter(([project]) => project !== 'zoo' || engine !== 'core-1.8')

  describe.skipIf(skipped)(`dbt ${engine}`, { concurrent: true }, () => {
    test.for(cases)('%s: %s', async ([project, , command], { expect, onTestFinished }) => {
      const github = await startGitHub()
      const workspace = workspaceWith(project)
      const alone = workspaceWith(project)
      onTestFinished(async () => {
        await github.close()
        workspace.remove()
        alone.remove()
      })
      const wanted = await statusOf(dbt, command, alone)

      const inputs = {
        ...{ 'project-dir': workspace.projectDir, checks: 'all', tests: 'each', 'max-checks': '1000', dbt },
        command: command.map((word) => `'${word}'`).join(' '),
      }
      const result = await runAction({ workspace, github, inputs, env: environment(workspace) })
      expect(result.outputs['exit-code'], result.log).toBe(`${wanted}`)
      expect(result.exitCode).toBe(wanted === 0 ? 0 : 1)
      expect(github.violations).toEqual([])

      const results = readJson(join(folderOf(workspace), 'target/run_results.json'))?.results ?? []
      const manifest = readJson(join(folderOf(workspace), 'target/manifest.json'))
      const shown = new Map(github.checkRuns().map((run) => [keyOf(run.externalId), run]))
      // The file alone is what is compared; the stream is not recorded here.
      const truth = truthFrom({ engine, exitCode: wanted, stream: '', manifest, results })
      for (const node of truth.nodes.values()) {
        expect(`${node.id} ${shown.get(node.id)?.conclusion}`).toBe(`${node.id} ${CONCLUSION[node.outcome]}`)
      }
      expect([...shown.values()].filter((run) => run.status !== 'completed')).toEqual([])
      const { total, failed, warn } = countsOf(truth)
      expect(result.outputs).toMatchObject({ failed: `${failed}`, warn: `${warn}` })
      expect(Number(result.outputs.total)).toBe(total)
      expectSameAsAlone(expect, alone, results)
      for (const text of [result.summary, ...[...shown.values()].map(({ output }) => output.summary ?? '')]) {
        expect(bareText(text, github.repository)).toEqual([])
      }
      for (const { name } of result.commands)
        expect(['group', 'endgroup', 'error', 'warning', 'notice']).toContain(name)
      const seen = [...shown.values()].some((run) => run.history.length > 1)
      expect(seen || project === 'unparsable').toBe(true)
    })
  })
}

// v2 has no handler of SIGTERM, and ends a query on SIGINT when the database answers.
describe.each(testEngines().filter(({ name }) => !name.startsWith('core')))(
  'dbt $name',
  ({ dbt, skipped }) => {
    test.skipIf(skipped)('is stopped by the ladder of a runner', async () => {
      const github = await startGitHub()
      const workspace = workspaceWith('slow')
      onTestFinished(async () => {
        await github.close()
        workspace.remove()
      })
      const inputs = {
        'project-dir': workspace.projectDir,
        checks: 'all',
        tests: 'each',
        command: 'build',
        dbt,
      }
      const running = startAction({ workspace, github, inputs, env: environment(workspace) })
      await running.said('model main.snail')
      const [pid = 0] = childrenOf(running.pid)
      running.kill('SIGTERM')
      const { outputs, exitCode } = await running.done
      expect([outputs.status, exitCode]).toEqual(['cancelled', 1])
      expect(pid).toBeGreaterThan(0)
      expect(isAlive(pid)).toBe(false)
      const states = github.checkRuns().map((run) => run.status)
      expect(new Set(states)).toEqual(new Set(['completed']))
    })
  },
)

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.flatMap(([child, parent]) => (parent === pid && child ? [child] : []))
}

/** The exit code of dbt without us. */
async function statusOf(dbt: string, command: string[], workspace: Workspace): Promise<number> {
  const options = { cwd: folderOf(workspace), env: environment(workspace), stdio: 'ignore' as const }
  const [status] = await once(spawn(dbt, command, options), 'close')
  return status
}

/** Watching changes nothing: the same nodes with the same statuses as without it. */
function expectSameAsAlone(
  expect: typeof import('vitest').expect,
  alone: Workspace,
  results: Result[],
): void {
  const own: Result[] = readJson(join(folderOf(alone), 'target/run_results.json'))?.results ?? []
  const list = (all: Result[]) => all.map(({ unique_id, status }) => `${unique_id} ${status}`).sort()
  expect(list(results)).toEqual(list(own))
}

interface Result {
  unique_id: string
  status: string
}

function keyOf(externalId: string | null): string {
  return (externalId ?? '').replace(`${RUN_ID}/1/dbt-watcher/`, '')
}

function folderOf({ folder, projectDir }: Workspace): string {
  return join(folder, projectDir)
}

function environment({ temp }: Workspace): Record<string, string> {
  const home = join(temp, '../home')
  mkdirSync(home, { recursive: true })
  return {
    PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
    HOME: home,
    LANG: 'C.UTF-8',
    DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a file of dbt's
function readJson(path: string): any {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}
