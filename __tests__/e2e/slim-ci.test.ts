/** Slim CI with real dbt (script/install-dbt): copies of example/ in git repositories of their own. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { artifactName } from '../../src/github/artifacts.ts'
import { type GitHub, startGitHub } from '../stand-in/github.ts'
import { filesOf } from '../stand-in/zip.ts'
import { type Result, runAction } from './action.ts'
import { testEngines } from './engines.ts'
import { type Workspace, workspaceWith } from './workspace.ts'

const STATE = artifactName('dbt-watcher', '1', 'main')
/** The children of rentals, and the tests of both; 1.8 and v2 report no exposures. */
const RENTALS = [
  'exposure.bikes.monday_meeting',
  'model.bikes.rentals',
  'model.bikes.revenue_by_day',
  'test.bikes.not_null_rentals_price',
  'test.bikes.rentals_of_more_than_a_day',
  'test.bikes.unique_rentals_rental_id',
]

// Minutes for each: the oldest only with all.
const ENGINES = testEngines().filter(({ name }) => process.env.ALL === '1' || name !== 'core-1.8')

for (const { name: engine, dbt: DBT, skipped } of ENGINES) {
  describe.skipIf(skipped)(`Slim CI with dbt ${engine}`, () => {
    const exposures = engine.startsWith('core') && engine !== 'core-1.8'
    const rentals = RENTALS.filter((id) => exposures || !id.startsWith('exposure'))
    let workspace: Workspace
    let github: GitHub
    let runs = 9_000
    /** What a good run on main left. */
    let files: Record<string, string> = {}

    function git(...words: string[]): string {
      const author = {
        GIT_AUTHOR_NAME: 'a',
        GIT_AUTHOR_EMAIL: 'a@b',
        GIT_COMMITTER_NAME: 'a',
        GIT_COMMITTER_EMAIL: 'a@b',
      }
      const env = { PATH: process.env.PATH, HOME: workspace.temp, ...author }
      return execFileSync('git', words, { cwd: workspace.folder, env, encoding: 'utf8' }).trim()
    }

    const path = (name: string) => join(workspace.folder, workspace.projectDir, name)

    /** Commits changes. @param changes what is added to files of the project */
    function commit(changes: Record<string, string>) {
      for (const [name, text] of Object.entries(changes)) appendFileSync(path(name), text)
      git('add', '.')
      git('commit', '-qm', Object.keys(changes).join())
    }

    /** Checks out what GitHub does for a pull request. */
    function pullRequest(changes: Record<string, string>, meanwhile: Record<string, string> = {}) {
      git('checkout', '-qfB', 'feature', 'start')
      commit(changes)
      git('checkout', '-qfB', 'main', 'start')
      if (Object.keys(meanwhile).length > 0) commit(meanwhile)
      git('checkout', '-q', '--detach', 'main')
      git('merge', '-q', '--no-ff', '--no-edit', 'feature')
    }

    async function run(
      inputs: Record<string, string> = {},
      env: Record<string, string> = {},
    ): Promise<Result> {
      const [head, base] = ['feature', 'main'].map((name) => ({ ref: name, sha: git('rev-parse', name) }))
      const payload = { pull_request: { number: 1, head, base } }
      const result = await runAction({
        workspace,
        github,
        artifacts: true,
        runId: String(++runs),
        event: ['pull_request', payload],
        inputs: { 'project-dir': workspace.projectDir, dbt: DBT, 'state-from': 'base', ...inputs },
        env: { DBT_SEND_ANONYMOUS_USAGE_STATS: 'false', BIKES_SCHEMA: 'pr_1', ...env },
      })
      expect(git('worktree', 'list').split('\n')).toHaveLength(1)
      return result
    }

    function ran({ outputs }: Result): string[] {
      const { results } = JSON.parse(readFileSync(outputs['run-results'] ?? '', 'utf8'))
      // v2 also has the ephemeral models that it compiled in.
      return results
        .map((one: { unique_id: string }) => one.unique_id.replace(/\.[0-9a-f]{10}$/, ''))
        .filter((id: string) => id !== 'model.bikes.priced_rentals')
        .sort()
    }

    beforeAll(async () => {
      workspace = workspaceWith('example')
      github = await startGitHub()
      const profile = readFileSync(path('profiles.yml'), 'utf8')
      writeFileSync(
        path('profiles.yml'),
        profile.replace('threads', `schema: "{{ env_var('BIKES_SCHEMA') }}"\n      threads`),
      )
      // A config that depends on the environment, and a macro that one model uses.
      appendFileSync(path('dbt_project.yml'), `\n    +meta: { schema: "{{ env_var('BIKES_SCHEMA') }}" }\n`)
      mkdirSync(path('macros'), { recursive: true })
      writeFileSync(path('macros/cents.sql'), '{% macro cents(x) %}{{ x }} * 100{% endmacro %}\n')
      writeFileSync(
        path('models/marts/in_cents.sql'),
        "select {{ cents('price') }} as price from {{ ref('rentals') }}\n",
      )
      writeFileSync(join(workspace.folder, '.gitignore'), 'target/\nlogs/\n.user.yml\ndbt-watcher.html\n')
      git('init', '-q', '-b', 'main')
      git('add', '.')
      git('commit', '-qm', 'start')
      git('tag', 'start')
      const main = await runAction({
        ...{ workspace, github, artifacts: true, event: ['push', {}] },
        inputs: { 'project-dir': workspace.projectDir, dbt: DBT, 'state-from': 'base' },
        env: { DBT_SEND_ANONYMOUS_USAGE_STATS: 'false', BIKES_SCHEMA: 'main' },
      })
      expect(main.exitCode, main.log).toBe(0)
      const [artifact] = github.artifacts().filter(({ name }) => name === STATE)
      files = Object.fromEntries(
        Object.entries(filesOf(artifact?.content ?? Buffer.of())).map(([name, content]) => [
          name,
          `${content}`,
        ]),
      )
      expect(Object.keys(files).sort()).toEqual(['manifest.json', 'run_results.json', 'state.json'])
    }, 600_000)

    afterAll(async () => {
      await github.close()
      workspace.remove()
    })

    test('everything runs where the checkout is shallow, or nothing if the state is required', async () => {
      pullRequest({ 'models/marts/rentals.sql': '\n-- changed\n' })
      const parent = git('rev-parse', 'HEAD^1')
      writeFileSync(join(workspace.folder, '.git/shallow'), `${git('rev-parse', 'HEAD')}\n`)
      const object = join(workspace.folder, '.git/objects', parent.slice(0, 2), parent.slice(2))
      const kept = readFileSync(object)
      rmSync(object, { force: true })
      try {
        const required = await run({ 'state-required': 'true' })
        expect(required.exitCode).toBe(1)
        expect(required.log).toContain('set "fetch-depth: 2" for actions/checkout')
        expect(required.log).not.toContain('Running with dbt')
        const list = await run({ command: 'list' })
        expect(list.log).toContain('Everything runs, although state-from is set')
        expect(list.exitCode).toBe(0)
      } finally {
        writeFileSync(object, kept)
        rmSync(join(workspace.folder, '.git/shallow'))
      }
    })

    test('a fork is not deferred to, nor a run for another commit; without a good run nothing is', async () => {
      pullRequest(
        { 'models/marts/rentals.sql': '\n-- changed\n' },
        { 'models/staging/stg_bikes.sql': '\n-- by others\n' },
      )
      const fork = github.addRun({ conclusion: 'success', headRepository: 'mallory/jaffle' })
      github.addArtifact({ runId: fork.id, name: STATE, files })
      // As a command in a comment starts it: on main, but its state names another commit than GITHUB_SHA.
      const dispatched = github.addRun({ conclusion: 'success', event: 'workflow_dispatch' })
      github.addArtifact({ runId: dispatched.id, name: STATE, files })
      const result = await run({ command: 'list' })
      expect(result.log).toContain(
        'Nothing is deferred to what main built: this workflow has no good run on it.',
      )
      // Nor what others merged: the branch is older than main.
      expect(result.log).toContain('bikes.marts.rentals')
      expect(result.log).not.toContain('stg_bikes')
      expect(result.log).not.toContain('in_cents_')
    })

    test('the base is compared with the checkout, also where a variable leads to the project', async () => {
      pullRequest({ 'models/marts/rentals.sql': '\n-- changed\n' })
      const { projectDir, folder } = workspace
      for (const name of ['DBT_PROJECT_DIR', 'DBT_ENGINE_PROJECT_DIR']) {
        const env = { [name]: join(folder, projectDir) }
        const inputs = { command: 'list', 'project-dir': '.', 'profiles-dir': projectDir }
        const result = await run(inputs, env)
        expect(result.log, name).toContain('bikes.marts.rentals')
        expect(result.log).not.toContain('stg_bikes')
      }
    })

    test('a changed model runs with its children, and defers to what main built', async () => {
      for (let i = 0; i < 2; i++) {
        const good = github.addRun({ conclusion: 'success' })
        github.addArtifact({ runId: good.id, name: STATE, files })
      }
      pullRequest({ 'models/marts/rentals.sql': '\n-- changed\n' })
      const result = await run()
      expect(result.exitCode, result.log).toBe(0)
      expect(ran(result)).toEqual([...rentals, 'model.bikes.in_cents'].sort())
      expect(result.outputs['new-failures']).toBe('[]')
      // The newest good run, and the one before it.
      const html = readFileSync(result.outputs.report ?? '', 'utf8')
      expect(html).toMatch(/"runs":\[\{"label":"main [^{]*"\},\{"label":"main [^{]*"\}\]/)
      expect(html).toMatch(/"past":\[[\d.]+,[\d.]+\]/)
      expect(result.summary).toMatch(/ in [^\n]* \(main: [^\n]*\)\n/)
    })

    test('a changed macro runs what uses it', async () => {
      pullRequest({ 'macros/cents.sql': '{# changed #}\n{% macro other() %}{% endmacro %}\n' })
      writeFileSync(path('macros/cents.sql'), '{% macro cents(x) %}{{ x }} * 100.0{% endmacro %}\n')
      git('commit', '-qam', 'changed')
      git('checkout', '-qfB', 'feature')
      git('checkout', '-q', '--detach', 'main')
      git('merge', '-q', '--no-ff', '--no-edit', 'feature')
      const result = await run({ 'test-behavior': 'none' })
      expect(result.exitCode, result.log).toBe(0)
      expect(ran(result)).toEqual(['model.bikes.in_cents'])
    })

    test('a pull request that modifies nothing is neutral, and no failure', async () => {
      pullRequest({ '../../README.md': 'only words' }, { 'models/staging/stg_bikes.sql': '\n-- by others\n' })
      const result = await run({ command: 'seed\nbuild', 'test-behavior': 'after-all', 'fail-on': 'warn' })
      expect(result.exitCode, result.log).toBe(0)
      expect(result.outputs).toMatchObject({ status: 'success', total: '0' })
      const rollUp = github.checkRuns().findLast(({ name }) => name === 'dbt-watcher')
      expect(rollUp).toMatchObject({
        conclusion: 'neutral',
        output: { title: 'nothing modified against main' },
      })
      expect(result.summary).toContain('nothing modified against main')
      expect(result.log).not.toContain('::warning')
    })

    test.for([
      // What is compared, and what depends on it.
      [
        'a seed',
        { 'seeds/raw_repairs.csv': '9,101,2024-05-20,bell,9.5\n' },
        'seed.bikes.raw_repairs',
        'model.bikes.stg_bikes',
      ],
      [
        'a config in YAML',
        {
          'models/marts/more.yml':
            'version: 2\nmodels: [{ name: in_cents, config: { materialized: view } }]\n',
        },
        'model.bikes.in_cents',
        'model.bikes.rentals',
      ],
      [
        'a new model',
        { 'models/marts/fresh.sql': 'select 1 as one, \'{{ env_var("BIKES_SCHEMA") }}\' as name\n' },
        'model.bikes.fresh',
        'model.bikes.rentals',
      ],
    ] as const)('%s', async ([, changes, runs, not]) => {
      pullRequest(changes)
      const result = await run({ command: 'build --exclude-resource-type test unit_test' })
      expect(result.exitCode, result.log).toBe(0)
      expect(ran(result)).toContain(runs)
      expect(ran(result)).not.toContain(not)
    })

    test("the user's own selection, state and deferral stay", async () => {
      const result = await run({ command: 'build --select stg_bikes --no-defer' })
      expect(result.log).toMatch(/^::group::dbt build --select stg_bikes --no-defer --state \S+$/m)
    })
  })
}
