import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { artifactName } from '../../src/github/artifacts.ts'
import { commentBody } from '../../src/report/comment.ts'
import { begin } from '../../src/run/run.ts'
import { savedJson } from '../run/saved-run.ts'
import { type GitHub, type Options, startGitHub } from '../stand-in/github.ts'
import type { GivenRun } from '../stand-in/workflow-runs.ts'
import { ROOT } from './workspace.ts'

const BUNDLE = join(resolve(process.env.DIST ?? join(ROOT, 'dist')), 'comment/index.js')
const HEAD = 'b'.repeat(40)
const MERGE = 'c'.repeat(40)
const BOT = 'github-actions[bot]'

/** A pull request with a run of its own that failed, and people with roles. */
async function scene(options: Options = {}, run: GivenRun | null = {}) {
  const github = await startGitHub({
    grants: { actions: 'write', 'pull-requests': 'write' },
    roles: { ann: 'write', mia: 'maintain', ada: 'admin', tri: 'triage', rob: 'read', non: 'none' },
    workflows: { 'dbt.yml': ['command', 'select', 'rerun-of', 'commit'] },
    refs: { main: 'a'.repeat(40) },
    pulls: [{ number: 7, headSha: HEAD }],
    ...options,
  })
  onTestFinished(() => github.close())
  for (const pull of github.pulls) Object.assign(pull, { merge_commit_sha: MERGE })
  const failed = {
    event: 'pull_request',
    head_sha: HEAD,
    conclusion: 'failure',
    created_at: '2026-01-01T00:00:00Z',
  }
  const first = run === null ? undefined : github.addRun({ ...failed, ...run })
  // A push checks out the head, a pull request its merge commit.
  if (first) saved(github, first.id, run?.event === 'push' ? HEAD : MERGE)
  return { github, first }
}

/** Leaves the state of a run that had checked out this commit. */
function saved(github: GitHub, runId: number, commit: string, more: { expired?: boolean } = {}): void {
  const about = {
    ...{ checkName: 'dbt-watcher', repository: github.repository, workflow: '.github/workflows/dbt.yml' },
    ...{ runId: `${runId}`, runAttempt: 1, sha: HEAD, commit, projectDir: '.', commands: [['build']] },
    first: 0,
    ...{ select: '', partial: false, verdict: 'failure' as const, job: 'build', eventSha: '' },
  }
  const files = { 'state.json': savedJson(begin(0), about) }
  github.addArtifact({ runId, name: artifactName('dbt-watcher', '1', 'main'), files, ...more })
}

/** Runs the bundle on a comment, as its workflow would. */
async function comment(
  github: GitHub,
  body: string,
  login = 'ann',
  more: { before?: string; number?: number } = {},
) {
  const { before, number = 7 } = more
  const record = github.addComment(number, body, before === undefined ? login : BOT)
  const user = (name: string) => ({ login: name, type: name.endsWith('[bot]') ? 'Bot' : 'User' })
  const payload = {
    action: before === undefined ? 'created' : 'edited',
    issue: { number, state: 'open', pull_request: { url: 'https://x' } },
    comment: { id: record.id, body, user: user(record.login) },
    sender: user(login),
    repository: { default_branch: 'main' },
    ...(before === undefined ? {} : { changes: { body: { from: before } } }),
  }
  return { record, ...(await run(github, payload)) }
}

async function run(github: GitHub, payload: object, env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'comment-'))
  const file = join(folder, 'event.json')
  writeFileSync(file, JSON.stringify(payload))
  const child = spawn(process.execPath, [BUNDLE], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...{ GITHUB_API_URL: github.url, GITHUB_REPOSITORY: github.repository, GITHUB_SHA: 'a'.repeat(40) },
      ...{
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_EVENT_NAME: 'issue_comment',
        GITHUB_EVENT_PATH: file,
      },
      ...{ 'INPUT_GITHUB-TOKEN': 'test-token', INPUT_WORKFLOW: 'dbt.yml', ...env },
    },
  })
  const [out, err, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((done) => child.once('close', done)),
  ])
  rmSync(folder, { recursive: true })
  return { exitCode, log: out + err }
}

/** What the bot wrote, without markers. */
function answers(github: GitHub): string[] {
  return github.comments
    .filter(({ login }) => login === BOT)
    .map(({ body }) => body.replace(/^<!--.*-->\s*/, ''))
}

describe('by a person who may write', () => {
  test.each(['ann', 'mia', 'ada'])('%s continues the run of the pull request', async (login) => {
    const { github, first } = await scene()
    const { exitCode, log, record } = await comment(github, '/dbt rerun', login)
    expect(exitCode, log).toBe(0)
    expect(github.dispatches).toEqual([
      expect.objectContaining({
        ...{ workflow: 'dbt.yml', ref: 'main', inputs: { 'rerun-of': `${first?.id}`, commit: MERGE } },
      }),
    ])
    const [started] = github.dispatches
    expect(record.reactions).toMatchObject([{ content: 'rocket', login: BOT }])
    const link = (id: unknown) => `[\`run ${id}\`](https://github.com/octo/jaffle/actions/runs/${id})`
    expect(answers(github)).toEqual([
      `Started ${link(started?.runId)}, which continues ${link(first?.id)}: \`/dbt rerun\` on \`ccccccc\`.`,
    ])
    expect(github.violations).toEqual([])
  })

  it('takes a selection, and the head where the run checked that out', async () => {
    const { github, first } = await scene({}, { event: 'push' })
    await comment(github, '/dbt rerun stg_orders+ tag:nightly\r\n')
    expect(github.dispatches[0]?.inputs).toEqual({
      ...{ 'rerun-of': `${first?.id}`, commit: HEAD, select: 'stg_orders+ tag:nightly' },
    })
  })

  it("runs a command of dbt's on the head, which needs no earlier run", async () => {
    const { github } = await scene({}, null)
    const { exitCode } = await comment(github, '/dbt build stg_orders+')
    expect(exitCode).toBe(0)
    expect(github.dispatches[0]?.inputs).toEqual({ command: 'build', commit: HEAD, select: 'stg_orders+' })
    expect(answers(github)[0]).toContain(': `/dbt build stg_orders+` on `bbbbbbb`.')
  })

  it('obeys the box that is ticked, once, and no other edit', async () => {
    const { github, first } = await scene()
    const before = commentBody({ checkName: 'dbt-watcher', runId: '1', body: 'b' })
    const ticked = before.replace('[ ]', '[x]')
    await comment(github, before, 'ann', { before: ticked })
    await comment(github, ticked, 'rob', { before })
    expect(github.dispatches).toEqual([])
    const { record } = await comment(github, ticked, 'ann', { before })
    expect(github.dispatches[0]?.inputs).toEqual({ 'rerun-of': `${first?.id}`, commit: MERGE })
    expect(record.reactions).toMatchObject([{ content: 'rocket' }])
  })

  it('continues the rerun that came before, once it has ended', async () => {
    const { github } = await scene()
    await comment(github, '/dbt rerun')
    await comment(github, '/dbt rerun')
    const rerun = github.workflowRuns.find(({ event }) => event === 'workflow_dispatch')
    expect(github.dispatches).toHaveLength(1)
    expect(answers(github)[1]).toContain(`Run ${rerun?.id} on bbbbbbb is still in progress. See [`)

    Object.assign(rerun ?? {}, { status: 'completed', conclusion: 'failure' })
    saved(github, rerun?.id ?? 0, MERGE)
    await comment(github, '/dbt rerun')
    expect(github.dispatches[1]?.inputs).toEqual({ 'rerun-of': `${rerun?.id}`, commit: MERGE })
  })

  it('continues no command of its own selection, and nothing that a person says was started', async () => {
    const { github, first } = await scene()
    await comment(github, '/dbt build a')
    const build = github.workflowRuns.at(-1)
    Object.assign(build ?? {}, { status: 'completed', conclusion: 'failure' })
    const forged = `<!-- dbt-watcher:started rerun run=${build?.id} head=${HEAD} commit=${'d'.repeat(40)} -->`
    github.addComment(7, forged, 'rob')
    await comment(github, '/dbt rerun')
    expect(github.dispatches[1]?.inputs).toEqual({ 'rerun-of': `${first?.id}`, commit: MERGE })
  })

  it('needs no merge commit, and no state of the newest run where an older one has it', async () => {
    const { github, first } = await scene()
    for (const pull of github.pulls) Object.assign(pull, { merge_commit_sha: null })
    const lost = { event: 'pull_request', head_sha: HEAD, conclusion: 'cancelled' }
    github.addRun({ ...lost, created_at: '2026-02-01T00:00:00Z' })
    await comment(github, '/dbt rerun')
    expect(github.dispatches[0]?.inputs).toEqual({ 'rerun-of': `${first?.id}`, commit: MERGE })
  })

  it('prefers the newest attempt of the runs that are ours', async () => {
    const { github, first } = await scene()
    const newer = {
      event: 'pull_request',
      head_sha: HEAD,
      conclusion: 'failure',
      created_at: '2026-02-01T00:00:00Z',
    }
    github.addRun({ ...newer, headRepository: 'mallory/jaffle' })
    github.addRun({ ...newer, path: '.github/workflows/other.yml' })
    github.addRun({ ...newer, event: 'pull_request_target' })
    github.addRun({ ...newer, conclusion: 'startup_failure' })
    github.addRun({ ...newer, head_sha: 'e'.repeat(40) })
    await comment(github, '/dbt rerun')
    expect(github.dispatches[0]?.inputs['rerun-of']).toBe(`${first?.id}`)
  })
})

describe('is answered in a sentence', () => {
  test.each<[string, Options, GivenRun | null, string]>([
    [
      'a fork',
      { pulls: [{ number: 7, headSha: HEAD, headRepository: 'mallory/jaffle' }] },
      {},
      'comes from a fork',
    ],
    [
      'a fork that is gone',
      { pulls: [{ number: 7, headSha: HEAD, headRepository: null }] },
      {},
      'comes from a fork',
    ],
    ['a closed pull request', { pulls: [{ number: 7, headSha: HEAD, state: 'closed' }] }, {}, 'is not open'],
    ['no run', {}, null, 'No run of dbt.yml on bbbbbbb has ended'],
    ['a run in progress', {}, { status: 'in_progress', conclusion: null }, 'is still in progress'],
  ])('%s', async (_, options, first, why) => {
    const { github } = await scene(options, first)
    const { exitCode, record, log } = await comment(github, '/dbt rerun')
    expect(exitCode, log).toBe(0)
    expect(github.dispatches).toEqual([])
    expect(record.reactions).toMatchObject([{ content: 'confused' }])
    expect(answers(github)).toEqual([expect.stringMatching(/^Not started: /)])
    // Its characters are entities, or they could be Markdown.
    expect(answers(github)[0]?.replaceAll('&#95;', '_')).toContain(why)
    expect(log).toContain(why)
  })

  it('a run whose state has expired', async () => {
    const { github } = await scene({}, null)
    const given = { event: 'pull_request', head_sha: HEAD, conclusion: 'failure' }
    saved(github, github.addRun(given).id, MERGE, { expired: true })
    await comment(github, '/dbt rerun')
    expect(github.dispatches).toEqual([])
    expect(answers(github)[0]).toContain('has ended that could be continued')
  })

  test.each<[string, Options, string, GivenRun | null]>([
    [
      'a token that may start nothing',
      { grants: { actions: 'read', 'pull-requests': 'write' } },
      'actions: write',
      {},
    ],
    [
      'a workflow without our inputs',
      { workflows: { 'dbt.yml': ['select'] } },
      'Unexpected inputs provided',
      {},
    ],
    ['a workflow that is not there', { workflows: { 'other.yml': [] } }, 'Not Found', null],
  ])('%s, which fails the step', async (_, options, why, run) => {
    const { github } = await scene(options, run)
    const { exitCode, log } = await comment(github, '/dbt rerun')
    expect(exitCode).toBe(1)
    expect(log).toContain(`::error::`)
    expect(log).toContain(why)
    expect(answers(github)[0]).toContain('Not started: ')
  })
})

describe('is not answered at all', () => {
  test.each(['tri', 'rob', 'non', 'stranger'])('%s, who may not write', async (login) => {
    const { github } = await scene()
    const { exitCode, log } = await comment(github, '/dbt rerun', login)
    expect(exitCode).toBe(0)
    expect(log).toContain(`${login} may not write to this repository.`)
    expect(github.requests.filter(({ writes }) => writes)).toEqual([])
    expect(github.requests).toHaveLength(1)
  })

  test.each([
    'hello',
    '/dbt build --vars {}',
    '> /dbt rerun',
    '/dbt rerun\n::stop-commands::x',
    '/dbt run $(id)',
  ])('%j, for which GitHub is not even asked', async (body) => {
    const { github } = await scene()
    const { exitCode, log } = await comment(github, body)
    expect(exitCode).toBe(0)
    expect(log).toBe('This comment is no command.\n')
    expect(github.requests).toEqual([])
  })
})

describe('when GitHub fails', () => {
  it('asks again, but starts nothing twice', async () => {
    const { github } = await scene()
    let asked = 0
    github.fault = ({ writes, path }) => {
      if (path.endsWith('/dispatches')) return { status: 502, effect: 'after' }
      return !writes && asked++ === 0 ? { status: 502, effect: 'before' } : undefined
    }
    const { exitCode, log } = await comment(github, '/dbt rerun')
    expect(github.requests.filter(({ path }) => path.endsWith('/dispatches'))).toHaveLength(1)
    expect(exitCode).toBe(1)
    expect(answers(github)[0]).toContain('GitHub did not say whether the run was started')
    expect(log).not.toContain('    at ')
  })

  it('says what could not be answered', async () => {
    const { github } = await scene({ grants: { actions: 'write', 'pull-requests': 'read' } })
    const { exitCode, log } = await comment(github, '/dbt rerun')
    expect(exitCode).toBe(0)
    expect(github.dispatches).toHaveLength(1)
    expect(log).toContain('It could not be answered: "Resource not accessible by integration')
  })

  it('says that it stands in a wrong place', async () => {
    const { github } = await scene()
    const push = await run(github, {}, { GITHUB_EVENT_NAME: 'push' })
    expect(push).toMatchObject({ exitCode: 1, log: expect.stringContaining('needs the event issue_comment') })
    const workflow = await run(github, {}, { INPUT_WORKFLOW: '../dbt.yml' })
    expect(workflow).toMatchObject({
      exitCode: 1,
      log: expect.stringContaining('Input workflow "../dbt.yml"'),
    })
  })
})
