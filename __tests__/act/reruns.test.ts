import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { parse } from 'yaml'
import { artifactName } from '../../src/github/artifacts.ts'
import { commentBody } from '../../src/report/comment.ts'
import { begin } from '../../src/run/run.ts'
import type { About } from '../../src/run/saved.ts'
import { savedJson } from '../run/saved-run.ts'
import { type GitHub, startGitHub } from '../stand-in/github.ts'
import { missing, PASSWORD, runPublished } from './act.ts'

const HEAD = 'b'.repeat(40)
const MERGE = 'c'.repeat(40)
const LIMIT = 240_000
/** What run 41 left: it had checked out the merge commit. */
const ABOUT: About = {
  ...{
    checkName: 'dbt-watcher',
    repository: 'octo/jaffle',
    workflow: '.github/workflows/dbt.yml',
    job: 'dbt',
  },
  ...{ runId: '41', runAttempt: 1, sha: HEAD, commit: MERGE, eventSha: MERGE, projectDir: '.' },
  ...{ commands: [['build']], first: 0, select: '', partial: false, verdict: 'failure' },
}
const STATE = { 'state.json': savedJson(begin(0), ABOUT) }
const LOCAL = '__tests__/act/workflows'

const because = missing === '' ? '' : ` (skipped: no ${missing}; script/test installs it)`
describe.skipIf(missing !== '')(`the workflows that users have${because}`, () => {
  let github: GitHub
  beforeEach(async () => {
    github = await startGitHub({
      grants: { actions: 'write', 'pull-requests': 'write' },
      workflows: { 'dbt.yml': ['command', 'select', 'rerun-of', 'commit'] },
      roles: { ann: 'write' },
      pulls: [
        { number: 7, headSha: HEAD },
        { number: 8, headRepository: 'mallory/jaffle' },
      ],
    })
    for (const pull of github.pulls) Object.assign(pull, { merge_commit_sha: MERGE })
    github.addRun({ id: 41, event: 'pull_request', head_sha: HEAD, conclusion: 'failure' })
    github.addArtifact({ runId: 41, name: artifactName('dbt-watcher', '1', 'main'), files: STATE })
  })
  afterEach(() => github.close())

  describe('examples/comment.yml', () => {
    const before = commentBody({ checkName: 'dbt-watcher', runId: '41', body: 'b' })

    function comment(body: string, { login = 'ann', number = 7, from = '', issue = {} } = {}) {
      const bot = { login: 'github-actions[bot]', type: 'Bot' }
      const sender = { login, type: 'User' }
      const { id } = github.addComment(number, body, from ? bot.login : login)
      const payload = {
        action: from ? 'edited' : 'created',
        issue: { number, state: 'open', pull_request: { url: 'https://x' }, ...issue },
        comment: { id, body, user: from ? bot : sender },
        ...(from ? { changes: { body: { from } } } : {}),
        sender,
        repository: { default_branch: 'main' },
      }
      return runPublished('examples/comment.yml', { github, event: 'issue_comment', payload })
    }

    test.each([
      ['a command of a writer', '/dbt rerun stg_orders+', '', { select: 'stg_orders+' }],
      ['a ticked box', before.replace('[ ]', '[x]'), before, {}],
    ])('starts dbt.yml for %s', async (_, body, from, more) => {
      const run = await comment(body, { from })
      expect(run.exitCode, run.log).toBe(0)
      expect(github.dispatches).toMatchObject([{ workflow: 'dbt.yml', ref: 'main' }])
      expect(github.dispatches[0]?.inputs).toEqual({ 'rerun-of': '41', commit: MERGE, ...more })
      // Our repository at the commit of the workflow, for which act has no name, and no pull request.
      expect(run.output.match(/^checkout: .*/gm)).toEqual([
        expect.stringMatching(
          /^checkout: octo\/jaffle at '[0-9a-f]{40}' into \.dbt-watcher, credentials false$/,
        ),
      ])
      expect(github.violations).toEqual([])
    })

    test.each([
      ['a reader', '/dbt rerun', { login: 'rob' }, 'rob may not write to this repository.'],
      ['a fork', '/dbt rerun', { number: 8 }, 'The pull request comes from a fork'],
      ['a hostile command', '/dbt run $(touch /tmp/x) `id` ::error::x', {}, 'This comment is no command.'],
      ['a second line', '/dbt rerun\n::set-env name=X::y', {}, 'This comment is no command.'],
    ])('starts nothing for %s', async (_, body, more, why) => {
      const run = await comment(body, more)
      expect(run.exitCode, run.log).toBe(0)
      expect(github.dispatches).toEqual([])
      expect(run.output).toContain(why)
      expect(run.output).not.toContain('::')
    })

    test.each([
      ['talk', 'I wrote /dbt rerun', {}],
      ['an issue', '/dbt rerun', { issue: { pull_request: null } }],
      ['a closed pull request', '/dbt rerun', { issue: { state: 'closed' } }],
      ['an edit', 'b', { from: 'a' }],
      ['a box that is unticked', before, { from: before.replace('[ ]', '[x]') }],
    ])('starts no runner for %s', async (_, body, more) => {
      const run = await comment(body, more)
      expect(run.exitCode, run.log).toBe(0)
      expect(run.output).toBe('')
      expect(github.requests).toEqual([])
    })
  })

  describe.each(['examples/pull-request.yml', 'examples/reusable.yml'])('%s', (workflow) => {
    it(
      'runs all of it on the head of a pull request',
      async () => {
        const payload = { pull_request: { head: { sha: HEAD, ref: 'topic' }, base: { ref: 'main' } } }
        const run = await runPublished(workflow, { github, event: 'pull_request', payload })
        expect(run.exitCode, run.log).toBe(0)
        expect(run.output).toContain("checkout: own at '' into ., credentials false")
        expect(run.output).toMatch(/^dbt words: build --log-format/m)
        expect(new Set(github.checkRuns().map(({ headSha }) => headSha))).toEqual(new Set([HEAD]))
        expect(run.summaries[0]).toContain('29 passed')
      },
      LIMIT,
    )

    it(
      'runs a selection of a commit by hand, and shows it there',
      async () => {
        const inputs = { command: 'seed', select: 'raw_bikes raw_rentals', commit: HEAD, 'rerun-of': '' }
        const run = await runPublished(workflow, { github, event: 'workflow_dispatch', payload: { inputs } })
        expect(run.exitCode, run.log).toBe(0)
        expect(run.output).toContain(`checkout: own at '${HEAD}' into ., credentials false`)
        expect(run.output).toMatch(/^dbt words: seed --select raw_bikes raw_rentals /m)
        expect(new Set(github.checkRuns().map(({ headSha }) => headSha))).toEqual(new Set([HEAD]))
        expect(
          github
            .checkRuns()
            .map(({ name }) => name)
            .sort(),
        ).toEqual(['dbt-watcher', 'dbt-watcher / seed raw_bikes', 'dbt-watcher / seed raw_rentals'])
      },
      LIMIT,
    )

    it(
      'continues another run, or does nothing',
      async () => {
        const inputs = { command: 'build', select: '', commit: HEAD, 'rerun-of': '5' }
        const run = await runPublished(workflow, { github, event: 'workflow_dispatch', payload: { inputs } })
        expect(run.exitCode).not.toBe(0)
        expect(run.log).toContain('Input rerun-of "5": GitHub does not show it')
        expect(run.output).not.toContain('dbt words:')
      },
      LIMIT,
    )
  })

  describe('dbt.yml, called by another workflow', () => {
    it(
      'takes inputs as words, and hides what is secret',
      async () => {
        const run = await runPublished(`${LOCAL}/reusable.yml`, { github, event: 'push' })
        expect(run.exitCode, run.log).toBe(0)
        expect(run.output).toContain('python: 3.11')
        const words = [...run.output.matchAll(/^pip word: (.*)/gm)].map(([, word]) => word)
        expect(words.slice(2)).toEqual(['dbt-core[all]~=1.11', '*>=1', '$(id)', '--no-cache-dir'])
        // dbt's whole environment is asked for these by the stand-in of setup-python.
        expect(run.output).toContain(
          'SHOP_CITY=Malmö = "here" $HOME\nSHOP_EMPTY=\nSHOP_LOGIN=***\nSHOP_USER=***\n',
        )
        expect(github.checkRuns().map(({ name }) => name)).toContain('from elsewhere')
        expect(run.log + JSON.stringify(github.checkRuns()) + run.summaries).not.toMatch(
          /correct%20|green gables/,
        )
      },
      LIMIT,
    )

    it(
      'refuses an environment that is none, before dbt starts',
      async () => {
        const run = await runPublished(`${LOCAL}/wrong-env.yml`, { github, event: 'push' })
        expect(run.exitCode).not.toBe(0)
        // act loses what a step prints right before it ends; the words are tested below.
        expect(run.log).toContain("Failure - Main Set dbt's environ")
        expect(run.log).not.toContain(PASSWORD)
        expect(run.output).not.toContain('dbt words:')
      },
      LIMIT,
    )
  })
})

describe('dbt.yml, the step that sets the environment', () => {
  const { jobs } = parse(readFileSync(join(import.meta.dirname, '../../.github/workflows/dbt.yml'), 'utf8'))
  const { run } = jobs.dbt.steps.find(({ id }: { id?: string }) => id === 'env')

  function set(plain: string, secret: string) {
    const folder = mkdtempSync(join(tmpdir(), 'env-'))
    const [env, output] = [join(folder, 'env'), join(folder, 'output')]
    const files = { PLAIN: plain, SECRET: secret, GITHUB_ENV: env, GITHUB_OUTPUT: output }
    const { status, stdout } = spawnSync('bash', ['-c', run], {
      env: { PATH: process.env.PATH, ...files },
      encoding: 'utf8',
    })
    const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '')
    const written = { status, stdout, env: read(env), output: read(output) }
    rmSync(folder, { recursive: true })
    return written
  }

  it('masks each secret, and names it for redact', () => {
    expect(set('A=1\r\n\n# no\nB=x=y', 'C_TOKEN=p%q r\nD=')).toEqual({
      status: 0,
      stdout: '::add-mask::p%25q r\n',
      env: 'A=1\nB=x=y\nC_TOKEN=p%q r\nD=\n',
      output: 'names= C_TOKEN D\n',
    })
  })

  test.each([
    ['PATH=/tmp', '', 'Line 1 of the plain env sets PATH, which belongs to the runner.'],
    ['A=1\nGITHUB_TOKEN=x', '', 'Line 2 of the plain env sets GITHUB_TOKEN, which belongs to the runner.'],
    ['', 'A=1\nexport B=hush', 'Line 2 of the secret env is not NAME=value.'],
    ['', 'A=1\nB<<END\nhush\nEND', 'Line 2 of the secret env is not NAME=value.'],
  ])('refuses %j %j', (plain, secret, why) => {
    const { status, stdout } = set(plain, secret)
    expect(status).toBe(1)
    expect(stdout).toContain(`::error::${why}`)
    expect(stdout).not.toContain('hush')
  })
})
