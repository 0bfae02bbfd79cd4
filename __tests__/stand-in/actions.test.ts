/** What a rerun and a command in a comment ask: workflow runs, dispatches, pull requests, comments. */
import { getOctokit } from '@actions/github'
import { afterEach, expect, test } from 'vitest'
import { mutations, schedule } from './faults.ts'
import { type GitHub, type Options, startGitHub } from './github.ts'

const WHERE = { owner: 'octo', repo: 'jaffle' }
let github: GitHub

async function start(options: Options = {}) {
  github = await startGitHub(options)
  // Else it logs every refusal.
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  return getOctokit('test-token', { baseUrl: github.url, log }).rest
}

afterEach(async () => {
  await github.close()
})

/** The status and message of a refusal. */
async function refused(answer: Promise<unknown>): Promise<[number, string]> {
  const error = await answer.then(
    () => expect.unreachable('it was not refused'),
    (thrown: unknown) => thrown as { status: number; response: { data: { message: string } } },
  )
  return [error.status, error.response.data.message]
}

const NOT_ACCESSIBLE = [403, 'Resource not accessible by integration']

test('runs of a workflow are found by its file or id, newest first, filtered and in pages', async () => {
  const rest = await start({
    workflowRuns: [
      { id: 1, conclusion: 'failure', created_at: '2026-01-01T00:00:00Z' },
      { id: 2, conclusion: 'success', created_at: '2026-01-03T00:00:00Z', head_sha: 'c'.repeat(40) },
      { id: 3, conclusion: 'success', created_at: '2026-01-02T00:00:00Z', headRepository: 'fork/jaffle' },
      { id: 4, event: 'pull_request', head_branch: 'feature' },
      { id: 5, path: '.github/workflows/other.yml', conclusion: 'success' },
    ],
  })
  const list = async (more: object, workflow_id: string | number = 'dbt.yml') => {
    const { data } = await rest.actions.listWorkflowRuns({ ...WHERE, workflow_id, ...more })
    return data.workflow_runs.map(({ id }) => id)
  }
  expect(await list({})).toEqual([4, 2, 3, 1])
  expect(await list({ status: 'success', branch: 'main' })).toEqual([2, 3])
  expect(await list({ status: 'in_progress' })).toEqual([4])
  expect(await list({ event: 'pull_request' })).toEqual([4])
  expect(await list({ head_sha: 'c'.repeat(40) })).toEqual([2])
  expect(await list({ per_page: 3, page: 2 })).toEqual([1])
  const { data: run } = await rest.actions.getWorkflowRun({ ...WHERE, run_id: 3 })
  expect(run).toMatchObject({
    ...{ status: 'completed', run_attempt: 1, repository: { full_name: 'octo/jaffle' } },
    ...{ head_repository: { full_name: 'fork/jaffle' }, path: '.github/workflows/dbt.yml' },
  })
  expect(await list({}, run.workflow_id)).toEqual([4, 2, 3, 1])
  expect((await refused(list({}, 77)))[0]).toBe(404)
  expect((await refused(rest.actions.getWorkflowRun({ ...WHERE, run_id: 9 })))[0]).toBe(404)
  expect(github.violations).toEqual([])
  await list({ sha: 'c'.repeat(40) })
  expect(github.violations).toHaveLength(1)
  github.grants.actions = 'none'
  expect(await refused(list({}))).toEqual(NOT_ACCESSIBLE)
})

test('a dispatch starts a run and is recorded; what the workflow does not take is refused', async () => {
  const rest = await start({
    workflows: { 'dbt.yml': ['select', 'sha'], 'push.yml': null },
    refs: { main: 'd'.repeat(40), 'feature/x': 'e'.repeat(40) },
  })
  const send = (more: object, workflow_id = 'dbt.yml') =>
    rest.actions.createWorkflowDispatch({ ...WHERE, workflow_id, ref: 'main', ...more })
  expect(await refused(send({}))).toEqual(NOT_ACCESSIBLE)
  github.grants.actions = 'write'
  expect((await send({ inputs: { select: 'a' } })).status).toBe(204)
  const { status, data } = await send({ ref: 'refs/heads/feature/x', return_run_details: true })
  const id = github.dispatches[1]?.runId ?? 0
  expect([status, data]).toEqual([
    200,
    {
      workflow_run_id: id,
      run_url: `${github.url}/repos/octo/jaffle/actions/runs/${id}`,
      html_url: `https://github.com/octo/jaffle/actions/runs/${id}`,
    },
  ])
  expect(github.dispatches[0]).toMatchObject({ workflow: 'dbt.yml', ref: 'main', inputs: { select: 'a' } })
  const { data: run } = await rest.actions.getWorkflowRun({ ...WHERE, run_id: id })
  expect(run).toMatchObject({
    ...{ event: 'workflow_dispatch', status: 'queued', head_branch: 'feature/x', head_sha: 'e'.repeat(40) },
  })

  const many = Object.fromEntries(Array.from({ length: 26 }, (_, index) => [`i${index}`, '']))
  expect(await refused(send({ ref: 'gone' }))).toEqual([422, 'No ref found for: gone'])
  expect(await refused(send({ ref: 'd'.repeat(40) }))).toEqual([422, `No ref found for: ${'d'.repeat(40)}`])
  expect(await refused(send({ inputs: { x: '1' } }))).toEqual([422, 'Unexpected inputs provided: ["x"]'])
  expect((await refused(send({ inputs: many })))[1]).toContain('No more than 25')
  expect((await refused(send({ inputs: { select: true } })))[1]).toContain('true is not a string')
  expect((await refused(send({ inputs: { select: 'x'.repeat(65_536) } })))[1]).toContain('too large')
  expect((await refused(send({ ref: undefined, inputs: {} })))[1]).toContain('"ref" wasn\'t supplied')
  expect((await refused(send({ input: {} })))[1]).toContain('not a permitted key')
  expect((await refused(send({}, 'push.yml')))[1]).toContain("does not have 'workflow_dispatch' trigger")
  expect((await refused(send({}, 'none.yml')))[0]).toBe(404)
  expect(github.dispatches).toHaveLength(2)

  github.fault = schedule([{ status: 502, effect: 'after' }], mutations)
  await expect(send({})).rejects.toMatchObject({ status: 502 })
  expect(github.dispatches).toHaveLength(3)
})

test('a comment on a pull request is read, reacted to, answered and changed, if the token may', async () => {
  const rest = await start({
    pulls: [{ number: 4, headRepository: 'fork/jaffle', headSha: 'f'.repeat(40) }, { headRepository: null }],
    roles: { Boss: 'admin', helper: 'triage', chief: 'maintain' },
  })
  github.addIssue(5)
  const command = github.addComment(4, '/dbt rerun', 'Boss')
  const one = { ...WHERE, comment_id: command.id }
  const on = { ...WHERE, issue_number: 4 }
  expect(await refused(rest.pulls.get({ ...WHERE, pull_number: 4 }))).toEqual(NOT_ACCESSIBLE)
  expect(await refused(rest.issues.getComment(one))).toEqual(NOT_ACCESSIBLE)
  github.grants['pull-requests'] = 'read'
  const { data: pull } = await rest.pulls.get({ ...WHERE, pull_number: 4 })
  expect(pull).toMatchObject({
    head: { sha: 'f'.repeat(40), repo: { full_name: 'fork/jaffle', fork: true } },
    base: { ref: 'main', repo: { full_name: 'octo/jaffle' } },
  })
  expect((await rest.pulls.get({ ...WHERE, pull_number: 2 })).data.head.repo).toBeNull()
  expect((await rest.issues.getComment(one)).data).toMatchObject({
    body: '/dbt rerun',
    user: { login: 'Boss' },
  })
  expect(await refused(rest.issues.createComment({ ...on, body: 'b' }))).toEqual(NOT_ACCESSIBLE)
  expect(await refused(rest.reactions.createForIssueComment({ ...one, content: 'eyes' }))).toEqual(
    NOT_ACCESSIBLE,
  )

  github.grants['pull-requests'] = 'write'
  const react = (content: string) =>
    rest.reactions.createForIssueComment({ ...one, content: content as 'eyes' })
  expect([(await react('eyes')).status, (await react('eyes')).status]).toEqual([201, 200])
  expect(await refused(react('tada'))).toEqual([422, 'Validation Failed'])
  const { status, data: made } = await rest.issues.createComment({ ...on, body: 'first' })
  expect([status, made.user?.login]).toEqual([201, 'github-actions[bot]'])
  await rest.issues.updateComment({ ...WHERE, comment_id: made.id, body: 'second' })
  const { data: listed } = await rest.issues.listComments({ ...on, per_page: 1, page: 2 })
  expect(listed).toMatchObject([{ id: made.id, body: 'second' }])
  expect(github.comments[0]?.reactions.map(({ content }) => content)).toEqual(['eyes'])
  expect((await refused(rest.issues.createComment({ ...on, body: ' ' })))[0]).toBe(422)
  expect((await refused(rest.issues.createComment({ ...on, body: 'x'.repeat(65_537) })))[0]).toBe(422)
  // What belongs to an issue needs `issues`.
  const issue = { ...WHERE, issue_number: 5, body: 'b' }
  expect(await refused(rest.issues.createComment(issue))).toEqual(NOT_ACCESSIBLE)
  github.grants.issues = 'write'
  expect((await rest.issues.createComment(issue)).status).toBe(201)
  expect((await refused(rest.issues.createComment({ ...issue, issue_number: 6 })))[0]).toBe(404)

  const role = async (username: string) => {
    const { data } = await rest.repos.getCollaboratorPermissionLevel({ ...WHERE, username })
    return [data.permission, data.role_name]
  }
  expect(await role('boss')).toEqual(['admin', 'admin'])
  expect(await role('helper')).toEqual(['read', 'triage'])
  expect(await role('chief')).toEqual(['write', 'maintain'])
  expect(await role('stranger')).toEqual(['read', 'read'])
  expect(await refused(role('some[bot]'))).toEqual([404, 'some[bot] is not a user'])
  expect(github.violations).toEqual([])
})
