import { expect, test } from 'vitest'
import { checksOf, type Write } from '../../src/github/checks.ts'
import type { Client } from '../../src/github/client.ts'
import type { Context } from '../../src/github/context.ts'

const context = { repositoryId: 'R_1', graphqlUrl: '/graphql', sha: 'a'.repeat(40) } as Context

function write(key: string): Write {
  const check = {
    key,
    name: key,
    conclusion: undefined,
    startedAt: undefined,
    completedAt: undefined,
    title: key,
    summary: '',
    text: '',
    annotations: [],
  }
  return { id: undefined, externalId: `1/1/dbt/${key}`, check, annotations: [], complete: true }
}

function checksAnswering(data: unknown) {
  const client: Client = { owner: 'octo', repo: 'jaffle', request: async () => ({ data, headers: {} }) }
  return checksOf(client, context, () => {})
}

// Octokit gives JSON that is cut off as text.
test.each([
  '{"data":{"c0":{"checkRun":{"id":"CR_1","ur',
  '',
  '<html></html>',
  { message: 'read only' },
  { data: {} },
])('writes of which the answer says nothing may have taken effect: %j', async (data) => {
  const answers = await checksAnswering(data).writeAll([write('a'), write('b')])
  expect(answers).toMatchObject([{ failure: { kind: 'lost' } }, { failure: { kind: 'lost' } }])
})

test('a check run that is null was refused', async () => {
  const answers = await checksAnswering({
    data: { c1: { checkRun: { id: 'CR_2', url: 'u' } }, c0: { checkRun: null } },
  }).writeAll([write('a'), write('b')])
  expect(answers).toMatchObject([{ failure: { kind: 'refused' } }, { id: 'CR_2' }])
})

test('numbers of check runs may be of any size', async () => {
  const routes: unknown[] = []
  const id = 9_007_199_254_740_993n
  const client: Client = {
    owner: 'octo',
    repo: 'jaffle',
    request: async (route, parameters) => {
      routes.push([route.split(' ')[0], parameters?.id])
      const run = { id, node_id: 'CR_1', html_url: 'u' }
      return { data: route.startsWith('GET') ? { check_runs: [run] } : run, headers: {} }
    },
  }
  await checksOf(client, context, () => {}).writeOne({ ...write('a'), id: 'CR_1' })
  expect(routes.at(-1)).toEqual(['PATCH', String(id)])
})
