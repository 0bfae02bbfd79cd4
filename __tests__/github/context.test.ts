import { expect, test } from 'vitest'
import { contextOf } from '../../src/github/context.ts'

const A = 'a'.repeat(40)
const B = 'b'.repeat(40)
const env = (event: string) => ({ GITHUB_REPOSITORY: 'o/r', GITHUB_SHA: A, GITHUB_EVENT_NAME: event })

test.each([
  ['push', {}, A],
  ['pull_request', { pull_request: { head: { sha: B } } }, B],
  ['pull_request_target', { pull_request: { head: { sha: B } } }, B],
  ['workflow_run', { workflow_run: { head_sha: B } }, B],
  ['merge_group', { merge_group: { head_sha: B } }, A],
  ['workflow_dispatch', {}, A],
  ['schedule', undefined, A],
  ['pull_request', undefined, A],
])('%s', (event, payload, sha) => expect(contextOf(env(event), payload, '')?.sha).toBe(sha))

test('the input beats the event', () => {
  expect(contextOf(env('pull_request'), { pull_request: { head: { sha: A } } }, B)?.sha).toBe(B)
})

test('outside GitHub there is none', () => expect(contextOf({}, undefined, '')).toBeUndefined())

test('the addresses of GitHub Enterprise Server', () => {
  const server = { ...env('push'), GITHUB_API_URL: 'https://ghe.example/api/v3' }
  expect(contextOf(server, undefined, '')?.graphqlUrl).toBe('https://ghe.example/api/graphql')
})
