import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DefaultArtifactClient } from '@actions/artifact'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { call } from './client.ts'
import { artifacts, every, schedule } from './faults.ts'
import { type GitHub, startGitHub } from './github.ts'
import { RESULTS } from './results.ts'
import { runtimeToken } from './runtime-token.ts'
import { filesOf, zipOf } from './zip.ts'

/** One for the file: the client reads GITHUB_API_URL once, when it is loaded. Each test has a run of its own. */
let github: GitHub
let client: DefaultArtifactClient
let runId = 7700
let folder: string
const before = { ...process.env }
const STATE = { 'state.json': '{"é": 1}', 'target/manifest.json': 'x'.repeat(300_000) }

beforeAll(async () => {
  // The client says a lot, in commands of the runner too, and where these tests run there may be a runner.
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  github = await startGitHub()
  folder = mkdtempSync(join(tmpdir(), 'artifacts-'))
  mkdirSync(join(folder, 'state/target'), { recursive: true })
  for (const [path, text] of Object.entries(STATE)) writeFileSync(join(folder, 'state', path), text)
  Object.assign(process.env, {
    ACTIONS_RESULTS_URL: github.url,
    GITHUB_API_URL: github.url,
    GITHUB_SERVER_URL: 'https://github.com',
  })
  const { DefaultArtifactClient } = await import('@actions/artifact')
  client = new DefaultArtifactClient()
})

beforeEach(() => {
  runId += 1
  github.addRun({ id: runId })
  github.fault = undefined
  github.earlierArtifacts = 'served'
  actAs(1)
})

afterAll(async () => {
  vi.restoreAllMocks()
  expect(github.violations).toEqual([])
  process.env = before
  rmSync(folder, { recursive: true })
  await github.close()
})

function actAs(attempt: number, job = 'build'): void {
  process.env.ACTIONS_RUNTIME_TOKEN = runtimeToken({ runId, attempt, job })
}

function upload(name: string) {
  const files = Object.keys(STATE).map((path) => join(folder, 'state', path))
  return client.uploadArtifact(name, files, join(folder, 'state'))
}

const found = () => ({
  findBy: { token: 'test-token', workflowRunId: runId, repositoryOwner: 'octo', repositoryName: 'jaffle' },
})

/** The bytes that arrive, by the way that `options` choose. */
async function download(id: number, options: object = {}) {
  const path = mkdtempSync(join(folder, 'got-'))
  const expectedHash = github.artifacts().find((artifact) => artifact.id === id)?.digest ?? ''
  const answer = await client.downloadArtifact(id, { path, expectedHash, ...options })
  expect(answer.digestMismatch).toBe(false)
  return Object.fromEntries(Object.keys(STATE).map((file) => [file, readFileSync(join(path, file), 'utf8')]))
}

test('what is uploaded comes back byte by byte, by REST and by the service', async () => {
  const { id = 0, size, digest } = await upload('state-1')
  const listed = { name: 'state-1', id, size, digest: `sha256:${digest}` }
  expect((await client.listArtifacts(found())).artifacts).toMatchObject([listed])
  expect((await client.listArtifacts()).artifacts).toMatchObject([listed])
  expect((await client.getArtifact('state-1', found())).artifact).toMatchObject(listed)
  expect(await download(id, found())).toEqual(STATE)
  expect(await download(id)).toEqual(STATE)
  const kept = github.artifacts().find((artifact) => artifact.id === id)
  expect(kept).toMatchObject({ name: 'state-1', runId, attempt: 1, digest: `sha256:${digest}` })
  const files = Object.entries(filesOf(kept?.content ?? Buffer.alloc(0)))
  expect(Object.fromEntries(files.map(([path, bytes]) => [path, `${bytes}`]))).toEqual(STATE)
})

test('a name is taken for its attempt, in every job of it; the next attempt has its own', async () => {
  const first = await upload('state')
  actAs(1, 'other job')
  await expect(upload('state')).rejects.toThrow('(409) Conflict: an artifact with this name already exists')
  actAs(2)
  const second = await upload('state')
  for (const options of [undefined, found()]) {
    const { artifacts } = await client.listArtifacts(options)
    expect(artifacts.map(({ name, id }) => [name, id])).toEqual([
      ['state', second.id],
      ['state', first.id],
    ])
    expect((await client.getArtifact('state', options)).artifact.id).toBe(second.id)
  }
  expect(await download(first.id ?? 0)).toEqual(STATE)
  github.earlierArtifacts = 'listed'
  await expect(download(first.id ?? 0)).rejects.toThrow('(404) Not Found: workflow run not found')
  expect(await download(first.id ?? 0, found())).toEqual(STATE)
  await client.deleteArtifact('state')
  expect((await client.listArtifacts()).artifacts.map(({ id }) => id)).toEqual([first.id])
})

test('an answer that is lost burns the name, and nobody sees what was half done', async () => {
  const create = ({ path }: { path: string }) => path === `${RESULTS}CreateArtifact`
  github.fault = schedule([{ status: 502, effect: 'after' }], create)
  await expect(upload('lost')).rejects.toThrow('(409) Conflict')
  github.fault = schedule([{ reset: true, effect: 'before' }], ({ path }) =>
    path.endsWith('/FinalizeArtifact'),
  )
  await expect(upload('half')).rejects.toThrow('ECONNRESET')
  expect((await client.listArtifacts(found())).artifacts).toEqual([])
  const kept = github.artifacts().filter((artifact) => artifact.runId === runId)
  expect(kept.map(({ name, id }) => [name, id])).toEqual([
    ['lost', undefined],
    ['half', undefined],
  ])
  // The store's client tries a block again, and so one lost answer does no harm.
  github.fault = schedule([{ status: 503, effect: 'after' }], ({ resource }) => resource === 'blob')
  const { id = 0 } = await upload('again')
  expect(await download(id)).toEqual(STATE)
})

test('only a token of the run opens the service, and only a signed address the store', async () => {
  const { id = 0 } = await upload('mine')
  process.env.ACTIONS_RUNTIME_TOKEN = `${process.env.ACTIONS_RUNTIME_TOKEN?.slice(0, -3)}abc`
  await expect(client.listArtifacts()).rejects.toThrow('(401) Unauthorized')
  process.env.ACTIONS_RUNTIME_TOKEN = runtimeToken({ runId: 1 })
  expect((await client.listArtifacts()).artifacts).toEqual([])
  await expect(client.downloadArtifact(id, { path: folder })).rejects.toThrow('No artifacts found')
  github.fault = every({ outage: true }, artifacts)
  await expect(client.listArtifacts()).rejects.toThrow('Unable to make request: ECONNRESET')
  github.fault = undefined
  const zip = `${github.url}/repos/octo/jaffle/actions/artifacts/${id}/zip`
  const headers = { authorization: 'bearer test-token', 'user-agent': 'test' }
  const { status, headers: said } = await fetch(zip, { headers, redirect: 'manual' })
  const signed = said.get('location') ?? ''
  expect([status, (await fetch(signed)).status, (await fetch(`${signed}x`)).status]).toEqual([302, 200, 403])
  expect((await fetch(signed, { method: 'PUT', body: 'x' })).status).toBe(403)
})

test('a test leaves artifacts of other runs, which REST lists in pages and refuses when expired', async () => {
  const ids = [1, 2, 3].map((attempt) =>
    github.addArtifact({ runId, attempt, name: 'left', files: STATE, expired: attempt === 1 }),
  )
  expect(await download(ids[2] ?? 0, found())).toEqual(STATE)
  await expect(download(ids[0] ?? 0, found())).rejects.toMatchObject({ status: 410 })
  expect((await client.listArtifacts()).artifacts.map(({ id }) => id)).toEqual([ids[2], ids[1]])
  const actions = '/repos/octo/jaffle/actions'
  const { body, headers } = await call(github, 'GET', `${actions}/artifacts?name=left&per_page=2&page=2`)
  expect(body).toMatchObject({ total_count: 3, artifacts: [{ id: ids[0], expired: true }] })
  expect(body.artifacts[0].workflow_run).toMatchObject({
    id: runId,
    head_branch: 'main',
    head_sha: 'a'.repeat(40),
  })
  expect(headers.get('link')).toContain('rel="prev"')
  expect((await call(github, 'GET', `${actions}/runs/${runId}/artifacts?name=other`)).body.total_count).toBe(
    0,
  )
  expect((await call(github, 'GET', `${actions}/runs/1/artifacts`)).status).toBe(404)
  expect((await call(github, 'GET', `${actions}/artifacts/${ids[1]}`)).body.name).toBe('left')
  github.grants.actions = 'none'
  const refused = await client.listArtifacts(found()).catch((error: unknown) => error)
  github.grants.actions = 'read'
  expect(refused).toMatchObject({ status: 403 })
  expect(`${refused}`).toContain('Resource not accessible by integration')
})

test('zip: what is not whole is no file', () => {
  const zip = zipOf(STATE)
  expect(`${filesOf(zip)['state.json']}`).toBe(STATE['state.json'])
  zip[42] = (zip[42] ?? 0) ^ 1
  expect(() => filesOf(zip)).toThrow('state.json: wrong checksum')
  expect(() => filesOf(Buffer.from('no zip'))).toThrow('no end record')
})
