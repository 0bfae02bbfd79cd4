import { setTimeout as sleep } from 'node:timers/promises'
import { getOctokit } from '@actions/github'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { annotations, call, create, graphql, mutate, SHA } from './client.ts'
import { either, every, mutations, outage, schedule } from './faults.ts'
import { type GitHub, startGitHub } from './github.ts'
import { publishedSchema } from './graphql.ts'

let github: GitHub

beforeEach(async () => {
  github = await startGitHub()
})

afterEach(async () => {
  await github.close()
})

const REPO = '/repos/octo/jaffle'
const output = (more: object = {}) => ({ output: { title: 't', summary: 's', ...more } })

describe('check runs', () => {
  test('one schema of thousands of types is the published one', () => {
    expect(Object.keys(publishedSchema().getTypeMap()).length).toBeGreaterThan(1500)
    expect(publishedSchema().getMutationType()?.getFields()).toHaveProperty('createCheckRun')
  })

  test('are made, changed and found, aliased, by GraphQL', async () => {
    const made = await create(github, { externalId: 'x/1', status: 'IN_PROGRESS' }, { status: 'QUEUED' })
    expect(made.body).toEqual({
      data: { m0: { checkRun: { id: expect.any(String) } }, m1: expect.anything() },
    })
    const { id } = made.body.data.m0.checkRun
    await mutate(github, 'update', [
      { checkRunId: id, conclusion: 'SUCCESS', ...output({ annotations: annotations(50) }) },
    ])
    await mutate(github, 'update', [
      { checkRunId: id, ...output({ summary: 'new', annotations: annotations(1) }) },
    ])
    const [run, other] = github.checkRuns()
    expect(run).toMatchObject({
      status: 'completed',
      conclusion: 'success',
      output: { summary: 'new', text: null },
    })
    expect(run?.annotations).toHaveLength(51)
    expect(run?.databaseId).toBeGreaterThan(2 ** 31)
    expect(run?.history.map((write) => write.status)).toEqual(['in_progress', 'completed', 'completed'])
    expect(other?.completedAt).toBeNull()

    const found = await graphql(
      github,
      `query($id: ID!, $sha: GitObjectID!) {
        rateLimit { cost remaining }
        viewer { login }
        node(id: $id) { ... on CheckRun { id url name status conclusion externalId annotations(first: 2) {
          totalCount pageInfo { hasNextPage } nodes { path annotationLevel location { start { line } } } } } }
        repository(owner: "octo", name: "jaffle") { id object(oid: $sha) { ... on Commit {
          statusCheckRollup { state }
          checkSuites(first: 1) { nodes { checkRuns(first: 5, filterBy: { status: COMPLETED }) {
            nodes { externalId } } } } } } }
      }`,
      { id, sha: SHA },
    )
    expect(found.body.errors).toBeUndefined()
    expect(found.body.data).toMatchObject({
      rateLimit: { cost: 1, remaining: 996 },
      node: {
        status: 'COMPLETED',
        conclusion: 'SUCCESS',
        annotations: { totalCount: 51, pageInfo: { hasNextPage: true } },
      },
      repository: { object: { statusCheckRollup: { state: 'PENDING' } } },
    })
    const suites = found.body.data.repository.object.checkSuites
    expect(suites).toEqual({ nodes: [{ checkRuns: { nodes: [{ externalId: 'x/1' }] } }] })
    expect(github.violations).toEqual([])
  })

  test('are the same by REST, and by the real client', async () => {
    const octokit = getOctokit('test-token', { baseUrl: github.url })
    const where = { owner: 'octo', repo: 'jaffle' }
    const made = await octokit.rest.checks.create({
      ...where,
      name: 'rest',
      head_sha: SHA,
      status: 'in_progress',
    })
    const { id, node_id } = made.data
    await octokit.rest.checks.update({
      ...where,
      check_run_id: id,
      conclusion: 'neutral',
      details_url: 'https://e.org',
    })
    const answer = await octokit.graphql(
      'query($id: ID!) { node(id: $id) { ... on CheckRun { conclusion } } }',
      { id: node_id },
    )
    expect(answer).toEqual({ node: { conclusion: 'NEUTRAL' } })
    const list = await octokit.rest.checks.listForRef({ ...where, ref: SHA, check_name: 'rest' })
    expect(list.data.check_runs[0]).toMatchObject({
      id,
      conclusion: 'neutral',
      output: { annotations_count: 0 },
    })
    expect(list.data.check_runs[0]?.details_url).toMatch('https://github.com/octo/jaffle/')
    expect((await octokit.rest.checks.listAnnotations({ ...where, check_run_id: id })).data).toEqual([])
    expect((await octokit.rest.repos.get(where)).data.node_id).toBe(github.repositoryId)
    await expect(octokit.rest.actions.listRepoWorkflows(where)).rejects.toMatchObject({ status: 404 })
  })

  test('are listed in pages, the newest of a name unless all are asked for', async () => {
    await create(github, ...Array.from({ length: 5 }, (_, index) => ({ externalId: `${index}` })))
    await create(github, { externalId: 'again' })
    const path = `${REPO}/commits/${SHA}/check-runs`
    const first = await call(github, 'GET', `${path}?per_page=2`)
    expect(first.body.total_count).toBe(5)
    expect(first.body.check_runs[0].external_id).toBe('again')
    expect(first.headers.get('link')).toBe(
      `<${github.url}${path}?per_page=2&page=2>; rel="next", <${github.url}${path}?per_page=2&page=3>; rel="last"`,
    )
    expect((await call(github, 'GET', `${path}?filter=all`)).body.total_count).toBe(6)
    expect((await call(github, 'GET', `${path}?per_page=2&page=3`)).body.check_runs).toHaveLength(1)
  })
})

describe('GraphQL refuses', () => {
  test.each([
    ['an unknown field', '{ viewer { nope } }', 'Cannot query field "nope"'],
    ['no document', '{', 'Syntax Error'],
    ['a missing variable', 'query($id: ID!) { node(id: $id) { id } }', 'was not provided'],
    [
      'pages without a size',
      '{ repository(owner: "octo", name: "jaffle") { object(oid: "SHA") { ... on Commit { checkSuites { totalCount } } } } }',
      'must provide a `first` or `last`',
    ],
    [
      'a large page',
      '{ repository(owner: "octo", name: "jaffle") { object(oid: "SHA") { ... on Commit { checkSuites(first: 101) { totalCount } } } } }',
      'exceeds the `first` limit of 100',
    ],
    ['an unknown node', '{ node(id: "CR_x") { id } }', "global id of 'CR_x'"],
    ['another repository', '{ repository(owner: "octo", name: "x") { id } }', "name 'octo/x'"],
  ])('%s', async (_, query, message) => {
    const { status, body } = await graphql(github, query.replace('SHA', SHA))
    expect(status).toBe(200)
    expect(body.errors[0].message).toContain(message)
  })

  test.each([
    ['a wrong enum', { status: 'RUNNING' }, 'does not exist in'],
    ['a conclusion in small letters', { conclusion: 'success' }, 'does not exist in'],
    ['output without a summary', { output: { title: 't' } }, '"summary" of required type'],
    ['a completed run without conclusion', { status: 'COMPLETED' }, '"conclusion" wasn\'t supplied'],
    [
      'a time of completion without conclusion',
      { completedAt: '2026-01-01T00:00:00Z' },
      '"conclusion" wasn\'t',
    ],
    ['stale', { conclusion: 'STALE' }, 'cannot change a check run conclusion to stale'],
    ['a time that is none', { startedAt: 'today' }, 'not a valid date-time'],
    ['an empty name', { name: ' ' }, '"name" wasn\'t supplied'],
    ['a short sha', { headSha: 'abc' }, 'No commit found'],
    ['a foreign repository', { repositoryId: 'R_x' }, "global id of 'R_x'"],
    ['a summary of too many characters', output({ summary: 'x'.repeat(65_536) }), 'Only 65535 characters'],
    ['a summary of too many bytes', output({ summary: 'é'.repeat(40_000) }), 'maximum bytesize of 65535'],
  ])('%s', async (_, input, message) => {
    const { status, body } = await create(github, input)
    expect(status).toBe(200)
    expect(body.errors[0].message).toContain(message)
    expect(github.checkRuns()).toEqual([])
  })

  test.each([
    ['a line 0', { location: { startLine: 0, endLine: 1 } }],
    ['lines backwards', { location: { startLine: 2, endLine: 1 } }],
    ['columns over lines', { location: { startLine: 1, endLine: 2, startColumn: 1 } }],
    ['an absolute path', { path: '/a.sql' }],
    ['a path out of the repository', { path: 'a/../../b.sql' }],
    ['no path', { path: '' }],
    ['no message', { message: '' }],
    ['a long message', { message: 'x'.repeat(65_537) }],
    ['a long title', { title: 'x'.repeat(256) }],
  ])('an annotation with %s', async (_, wrong) => {
    const { body } = await create(
      github,
      output({ annotations: annotations(1).map((one) => ({ ...one, ...wrong })) }),
      {},
    )
    expect(body.errors).toMatchObject([{ type: 'UNPROCESSABLE', path: ['m0'] }])
    expect(body.data).toMatchObject({ m0: null, m1: { checkRun: {} } })
    expect(github.checkRuns()).toHaveLength(1)
  })

  test('more than 50 annotations, silently', async () => {
    const { body } = await create(github, output({ annotations: annotations(51) }))
    expect(body).toEqual({ data: { m0: { checkRun: null } } })
    expect(github.checkRuns()).toEqual([])
  })

  test('more than 100 mutations in a document', async () => {
    const { status } = await create(github, ...Array.from({ length: 101 }, () => ({})))
    expect(status).toBe(502)
    expect(github.checkRuns()).toEqual([])
  })

  test('a databaseId of more than 32 bits', async () => {
    const { body } = await mutate(github, 'create', [{ name: 'n', headSha: SHA }], 'id databaseId')
    expect(body.data.m0.checkRun.databaseId).toBeNull()
    expect(body.errors[0].message).toContain('32-bit')
  })

  test('writes with a token that may only read', async () => {
    github.permissions = 'read'
    const { status, body } = await create(github, {})
    expect(status).toBe(200)
    const message = 'Resource not accessible by integration'
    expect(body).toMatchObject({ data: { m0: null }, errors: [{ type: 'FORBIDDEN', path: ['m0'], message }] })
    const rest = await call(github, 'POST', `${REPO}/check-runs`, { name: 'n', head_sha: SHA })
    expect(rest).toMatchObject({ status: 403, body: { message } })
  })
})

describe('REST refuses', () => {
  const annotation = { path: 'a.sql', start_line: 1, end_line: 1, annotation_level: 'failure', message: 'm' }
  test.each([
    ['no name', { name: undefined }, '"name" wasn\'t supplied.'],
    ['null', { conclusion: null }, "For 'properties/conclusion', nil is not a string."],
    ['an unknown status', { status: 'done' }, 'done is not a status'],
    ['no summary', { output: { title: 't' } }, '"summary" wasn\'t supplied.'],
    [
      'a wrong level',
      output({ annotations: [{ ...annotation, annotation_level: 'error' }] }),
      '"error" is not a member',
    ],
    ['a line in a text', output({ annotations: [{ ...annotation, start_line: '1' }] }), 'not an integer'],
    [
      '51 annotations',
      output({ annotations: Array(51).fill(annotation) }),
      'No more than 50 items are allowed; 51 were supplied.',
    ],
    [
      'a long summary',
      output({ summary: 'x'.repeat(65_536) }),
      'Only 65535 characters are allowed; 65536 were supplied.',
    ],
  ])('%s', async (_, body, message) => {
    const answer = await call(github, 'POST', `${REPO}/check-runs`, { name: 'n', head_sha: SHA, ...body })
    expect(answer.status).toBe(422)
    expect(answer.body.message).toContain(message)
    expect(github.checkRuns()).toEqual([])
  })

  test('who has no token, and what it does not know', async () => {
    const response = await fetch(`${github.url}${REPO}`, { headers: { authorization: 'token wrong' } })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ message: 'Bad credentials' })
    expect((await call(github, 'GET', '/repos/octo/other')).status).toBe(404)
    expect((await call(github, 'PATCH', `${REPO}/check-runs/1`, {})).status).toBe(404)
  })
})

describe('what GitHub bears is noted', () => {
  const violation = async (...inputs: object[]) => {
    await create(github, { externalId: 'x', status: 'IN_PROGRESS' })
    const checkRunId = github.checkRuns()[0]?.id
    for (const input of inputs) await mutate(github, 'update', [{ checkRunId, ...input }])
    return github.violations.map((text) => text.replace(/.*: /, ''))
  }

  test.each([
    ['reopening', [{ conclusion: 'SUCCESS' }, { status: 'IN_PROGRESS' }], 'reopened after it was completed'],
    [
      'another conclusion',
      [{ conclusion: 'SUCCESS' }, { conclusion: 'FAILURE' }],
      'changed its conclusion from success to failure',
    ],
    ['going back', [{ status: 'QUEUED' }], 'went back to queued'],
    [
      'an end before the beginning',
      [{ conclusion: 'SUCCESS', completedAt: '2020-01-01T00:00:00Z' }],
      'completed before it started',
    ],
    ['a text that is cut', [output({ text: 'é'.repeat(40_000) })], 'text cut by GitHub'],
  ])('%s', async (_, inputs, text) => {
    expect(await violation(...inputs)).toEqual([text])
  })

  test('the text is cut between characters', async () => {
    await violation(output({ text: 'é'.repeat(40_000) }))
    expect(github.checkRuns()[0]?.output.text).toBe('é'.repeat(32_767))
  })

  test('one check run made twice', async () => {
    await create(github, { externalId: 'x' })
    await create(github, { externalId: 'x' })
    expect(github.violations).toEqual([`check run "node 0" (x): created twice on ${SHA}`])
  })

  test('two mutations at once, and large requests', async () => {
    github.fault = every({ delay: 300 }, mutations)
    await Promise.all([create(github, {}), create(github, {}), graphql(github, '{ viewer { login } }')])
    expect(github.violations).toEqual(['request 2: 2 mutations in flight'])
    await create(github, output({ text: 'x'.repeat(1_000_000) }))
    expect(github.violations[1]).toMatch(/^request 4: \d+ bytes$/)
  })
})

describe('limits', () => {
  test('the budgets are separate and end', async () => {
    await github.close()
    github = await startGitHub({ remaining: 1 })
    const last = await create(github, {})
    expect(last.headers.get('x-ratelimit-remaining')).toBe('0')
    const over = await create(github, {})
    expect(over).toMatchObject({ status: 200, body: { errors: [{ type: 'RATE_LIMITED' }] } })
    expect((await call(github, 'GET', REPO)).headers.get('x-ratelimit-resource')).toBe('core')
    const rest = await call(github, 'GET', REPO)
    expect(rest).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('API rate limit exceeded') },
    })
    expect((await call(github, 'GET', '/rate_limit')).body.resources.graphql.remaining).toBe(0)
    expect(github.checkRuns()).toHaveLength(1)
  })

  test('the budgets fill up again, and may be changed', async () => {
    await github.close()
    github = await startGitHub({ remaining: 0, window: 1 })
    await sleep(5)
    expect((await create(github, {})).headers.get('x-ratelimit-remaining')).toMatch(/^(999|1000)$/)
    github = await github.close().then(() => startGitHub())
    github.remaining = 0
    expect((await create(github, {})).body.errors[0].type).toBe('RATE_LIMITED')
  })
})

describe('faults', () => {
  test('strike before or after the effect, or in the midst of it', async () => {
    github.fault = schedule([{ status: 502 }, { status: 502, effect: 'after' }, { status: 504, effect: 1 }])
    const statuses = []
    const counts = []
    for (let round = 0; round < 4; round += 1) {
      statuses.push((await create(github, {}, {})).status)
      counts.push(github.checkRuns().length)
    }
    expect(statuses).toEqual([502, 502, 504, 200])
    expect(counts).toEqual([0, 2, 3, 5])
  })

  test('break the connection', async () => {
    github.fault = schedule([{ reset: true }, { reset: true, effect: 'after' }, { outage: true }])
    for (let round = 0; round < 3; round += 1)
      await expect(create(github, {})).rejects.toThrow('fetch failed')
    expect(github.checkRuns()).toHaveLength(1)
    expect(github.requests.map(({ status }) => status)).toEqual([undefined, undefined, undefined])
  })

  test('hit single mutations', async () => {
    github.fault = schedule([{ nullCheckRun: [1] }, { aliasErrors: [0] }])
    expect((await create(github, {}, {})).body.data.m1).toEqual({ checkRun: null })
    expect((await create(github, {}, {})).body).toMatchObject({
      data: { m0: null },
      errors: [{ path: ['m0'] }],
    })
    expect(github.checkRuns()).toHaveLength(2)
  })

  test('are limits too', async () => {
    github.fault = either(
      schedule([
        { secondary: true, retryAfter: 7 },
        { secondary: true, status: 429 },
        { resourceLimits: true },
      ]),
      schedule([undefined, undefined, undefined, { primary: true }]),
    )
    const secondary = await create(github, {})
    expect(secondary.status).toBe(403)
    expect(secondary.headers.get('retry-after')).toBe('7')
    expect(secondary.body.message).toContain('You have exceeded a secondary rate limit')
    expect(await create(github, {})).toMatchObject({ status: 429 })
    expect((await create(github, {})).body.errors[0].message).toBe('Resource limits for this query exceeded.')
    for (let round = 0; round < 2; round += 1) {
      expect((await create(github, {})).body.errors[0].type).toBe('RATE_LIMITED')
    }
    expect(github.checkRuns()).toEqual([])
  })

  test('end: an outage by request and by time', async () => {
    const works = () =>
      create(github, {}).then(
        () => true,
        () => false,
      )
    github.fault = outage(2, 3)
    expect([await works(), await works(), await works(), await works()]).toEqual([true, false, false, true])
    github.fault = outage(0, 60, 'second')
    expect(await works()).toBe(false)
  })

  test('a client that gives up waiting has written all the same', async () => {
    github.fault = schedule([{ delay: 60_000 }])
    const headers = { authorization: 'token test-token', 'user-agent': 'test' }
    const body = JSON.stringify({ name: 'n', head_sha: SHA })
    const client = new AbortController()
    const options = { method: 'POST', headers, body, signal: client.signal }
    const given = expect(fetch(`${github.url}${REPO}/check-runs`, options)).rejects.toThrow('aborted')
    await expect.poll(() => github.checkRuns().length).toBe(1)
    client.abort()
    await given
    await sleep(50)
    await create(github, {})
    expect(github.checkRuns()).toHaveLength(2)
    expect(github.violations).toEqual([])
  })
})
