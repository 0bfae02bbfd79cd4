import { expect, test } from 'vitest'
import { headOf } from '../../src/github/commit.ts'
import { contextOf, ghRepository } from '../../src/github/context.ts'

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

test.each([
  'pull_request_review',
  'pull_request_review_comment',
  'pull_request_review_thread',
  'an_event_of_next_year',
])('%s: whatever has the head of a pull request', (event) => {
  const payload = { pull_request: { head: { sha: B } } }
  expect(contextOf(env(event), payload, '')?.sha).toBe(B)
  expect(headOf(env(event), payload).notice).toBe('')
})

test.each(['issue_comment', 'check_run', 'repository_dispatch'])(
  '%s: a notice says which commit',
  (event) => {
    const { sha, notice } = headOf(env(event), {})
    expect(sha).toBe(A)
    expect(notice).toContain('The checks are on commit aaaaaaa')
    expect(notice).toContain('set input sha')
  },
)

test.each(['push', 'schedule', 'workflow_dispatch', 'merge_group'])('%s: no notice', (event) => {
  expect(headOf(env(event), {}).notice).toBe('')
})

test('the input beats the event', () => {
  expect(contextOf(env('pull_request'), { pull_request: { head: { sha: A } } }, B)?.sha).toBe(B)
})

test('outside GitHub there is none', () => expect(contextOf({}, undefined, '')).toBeUndefined())

test('the addresses of GitHub Enterprise Server', () => {
  const server = { ...env('push'), GITHUB_API_URL: 'https://ghe.example/api/v3' }
  expect(contextOf(server, undefined, '')?.graphqlUrl).toBe('https://ghe.example/api/graphql')
})

test.each([
  ['https://github.com', 'https://api.github.com', 'o/r'],
  ['https://acme.ghe.com', 'https://api.acme.ghe.com', 'acme.ghe.com/o/r'],
  ['https://ghe.example:8443', 'https://ghe.example:8443/api/v3', 'ghe.example:8443/o/r'],
  ['https://git.example', 'https://git.example/api/v1', undefined],
])('%s: what gh --repo takes', (server, api, repository) => {
  const context = contextOf({ ...env('push'), GITHUB_SERVER_URL: server, GITHUB_API_URL: api }, undefined, '')
  expect(context && ghRepository(context)).toBe(repository)
})
