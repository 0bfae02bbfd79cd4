import { expect, test } from 'vitest'
import { graphqlFailure, httpFailure } from '../../src/github/failure.ts'

const NOW = 1_000_000_000

function answer(status: number, message: string, headers: Record<string, string> = {}) {
  return Object.assign(new Error(message), { status, response: { headers } })
}

test('an answer without words is named by its status', () => {
  const page = '<!DOCTYPE html>\n<html><title>Unicorn!</title></html>'
  for (const message of ['', page]) {
    expect(httpFailure(answer(503, message), NOW)).toEqual({ kind: 'lost', message: 'HTTP 503' })
    expect(httpFailure(answer(403, message), NOW)).toEqual({ kind: 'forbidden', message: 'HTTP 403' })
  }
})

test('an address that cannot be reached is named by the code of the error', () => {
  // Node's, where a host has several addresses.
  const cause = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
  const error = Object.assign(new Error(''), { status: 500, cause })
  expect(httpFailure(error, NOW)).toEqual({ kind: 'unsent', message: 'ECONNREFUSED' })
})

test.each([
  ['a minute, where it does not say', {}, 60],
  ['so many seconds', { 'retry-after': '5', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }, 5],
  ['the reset', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 90) }, 90],
])('a secondary limit is one for both APIs: wait for %s', (_, headers, seconds) => {
  const message = 'You have exceeded a secondary rate limit.'
  const limit = { kind: 'limited', message, until: NOW + seconds * 1000, primary: false }
  expect(httpFailure(answer(403, message, headers), NOW)).toEqual(limit)
  expect(httpFailure(answer(429, message, headers), NOW)).toEqual(limit)
  expect(graphqlFailure({ message }, headers, NOW)).toEqual(limit)
})

test('the budget of one API is that of no other', () => {
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 90) }
  const message = 'API rate limit exceeded for installation.'
  const limit = { kind: 'limited', message, until: NOW + 90_000, primary: true }
  expect(httpFailure(answer(403, message, headers), NOW)).toEqual(limit)
  expect(graphqlFailure({ type: 'RATE_LIMITED', message }, headers, NOW)).toEqual(limit)
  expect(graphqlFailure({ type: 'RATE_LIMITED', message }, {}, NOW)).toMatchObject({ until: NOW + 60_000 })
})

test("GitHub Enterprise Server's older words for a limit are known", () => {
  const message = 'You have triggered an abuse detection mechanism. Please wait a few minutes.'
  expect(httpFailure(answer(403, message), NOW)).toMatchObject({ kind: 'limited', primary: false })
})
