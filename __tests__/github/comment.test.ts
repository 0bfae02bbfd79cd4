import { describe, expect, it, onTestFinished } from 'vitest'
import { obey } from '../../src/comment/dispatch.ts'
import { clientOf } from '../../src/github/client.ts'
import { keepComment } from '../../src/github/comment.ts'
import { commentBody } from '../../src/report/comment.ts'
import { type Options, startGitHub } from '../stand-in/github.ts'

const BOT = 'github-actions[bot]'
const HEAD = 'b'.repeat(40)

async function stage(options: Options = {}) {
  const grants = { actions: 'write', 'pull-requests': 'write' } as const
  const github = await startGitHub({ grants, pulls: [{ number: 7, headSha: HEAD }], ...options })
  onTestFinished(() => github.close())
  const client = clientOf('test-token', { apiUrl: github.url, owner: 'octo', repo: 'jaffle' })
  return { github, client }
}

describe('the comment that is kept', () => {
  const bodyOf = (checkName: string, runId: string) => commentBody({ checkName, runId, body: 'ended' })

  it("is one for each check-name, and never another's", async () => {
    const { github, client } = await stage()
    github.addComment(7, bodyOf('dbt', '1'), 'mallory')
    for (let i = 0; i < 120; i++) github.addComment(7, 'talk', i % 2 ? 'ann' : BOT)
    const others = structuredClone(github.comments)

    for (const [name, id] of [
      ['dbt', '2'],
      ['dbt (eu)', '2'],
      ['dbt', '3'],
    ] as const) {
      const kept = await keepComment(client, 7, name, bodyOf(name, id))
      expect(kept).toEqual({ url: expect.stringContaining('/pull/7#issuecomment-') })
    }
    expect(github.comments.slice(0, others.length)).toEqual(others)
    expect(github.comments.slice(others.length)).toMatchObject([
      { login: BOT, body: bodyOf('dbt', '3') },
      { login: BOT, body: bodyOf('dbt (eu)', '2') },
    ])
    expect(github.violations).toEqual([])
  })

  it('is one for the token of a GitHub App too, which cannot change that of another', async () => {
    const acme = { id: 7, slug: 'acme-dbt', name: 'Acme dbt' }
    const { github } = await stage({ apps: { acme } })
    github.addComment(7, bodyOf('dbt', '1'), BOT)
    const client = clientOf('acme', { apiUrl: github.url, owner: 'octo', repo: 'jaffle' })
    for (const id of ['2', '3', '4']) await keepComment(client, 7, 'dbt', bodyOf('dbt', id))
    expect(github.comments).toMatchObject([
      { login: BOT, body: bodyOf('dbt', '1') },
      { login: 'acme-dbt[bot]', body: bodyOf('dbt', '4') },
    ])
  })

  it('is data where it cannot be', async () => {
    const { github, client } = await stage({ grants: { 'pull-requests': 'read' } })
    const refused = await keepComment(client, 7, 'dbt', bodyOf('dbt', '1'))
    expect(refused).toMatchObject({ failure: { kind: 'forbidden' } })
    github.fault = () => ({ status: 502 })
    expect(await keepComment(client, 7, 'dbt', bodyOf('dbt', '1'))).toMatchObject({
      failure: { kind: 'lost' },
    })
    expect(github.comments).toEqual([])
  })
})

describe('a rerun, where states can be read', () => {
  const request = { command: { name: 'rerun', select: '' } as const, pull: 7, commentId: 1, author: 'ann' }

  it('continues the newest run that left one, on the commit of the state', async () => {
    const { github, client } = await stage({ roles: { ann: 'write' } })
    const run = { event: 'pull_request', head_sha: HEAD, conclusion: 'failure' }
    for (const id of [1, 2, 3]) github.addRun({ ...run, id, created_at: `2026-01-0${id}T00:00:00Z` })
    const asked: string[] = []
    const states = new Map([
      ['1', 'd'.repeat(40)],
      ['2', 'e'.repeat(40)],
    ])
    const desk = {
      client,
      serverUrl: 'https://github.com',
      workflow: 'dbt.yml',
      defaultBranch: 'main',
      sleep: async () => {},
      commitOf: async (id: string) => {
        asked.push(id)
        return states.get(id)
      },
    }
    expect(await obey(request, desk)).toMatchObject({ kind: 'started' })
    expect(github.dispatches[0]?.inputs).toEqual({ 'rerun-of': '2', commit: 'e'.repeat(40) })
    expect(asked).toEqual(['3', '2'])

    states.clear()
    for (const dispatched of github.workflowRuns) dispatched.status = 'completed'
    expect(await obey(request, desk)).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('No run'),
    })
    expect(github.dispatches).toHaveLength(1)
  })
})
