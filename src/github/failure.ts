import { type Fields, fields, number, text } from '../json.ts'
import { oneLine } from '../report/text.ts'

/**
 * What it means for a write that GitHub did not answer with success.
 * - forbidden: this token cannot write checks here; no use in trying again. `absent` where the address does not exist:
 *   the server has no such API, or hides the repository from this token
 * - limited: not before `until`, in milliseconds since the epoch; `primary` where the hour's budget of this
 *   API is used up, else it is a secondary limit, on all that we do
 * - refused: this one write is wrong and would be refused again
 * - lost: it may or may not have taken effect; look before sending it again
 * - unsent: it did not take effect; send it again
 */
export type Failure =
  | { kind: 'refused' | 'lost' | 'unsent'; message: string }
  | { kind: 'forbidden'; message: string; absent?: boolean }
  | { kind: 'limited'; message: string; until: number; primary: boolean }

/** "If you continue to make requests while rate limited, your integration may be banned": wait a minute at least. https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
const LEAST_WAIT = 60_000
/** Never believed beyond the hour in which budgets are counted. */
const LONGEST_WAIT = 3_600_000

/** @param error what Octokit threw */
export function httpFailure(error: unknown, now: number): Failure {
  const { status, response } = fields(error)
  const message = messageOf(error)
  const headers = fields(fields(response).headers)
  const code = number(status)
  if (code === 403 || code === 429) {
    const isLimit = code === 429 || headers['retry-after'] !== undefined || isRateLimit(message)
    if (isLimit || isUsedUp(headers)) return limited(message, headers, now)
    return { kind: 'forbidden', message }
  }
  // 404: a repository that the token may not see. 401: a token that is none, or expired.
  if (code === 401 || code === 404) return { kind: 'forbidden', message, absent: code === 404 }
  if (code !== undefined && code >= 400 && code < 500 && code !== 408) return { kind: 'refused', message }
  return isUnsent(error) ? { kind: 'unsent', message } : { kind: 'lost', message }
}

/**
 * @param error one entry of a GraphQL answer's `errors`
 * @param headers of that answer
 */
export function graphqlFailure(error: Fields, headers: Fields, now: number): Failure {
  const message = oneLine(text(error.message), LONGEST)
  // RATE_LIMITED comes with HTTP 200: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
  if (error.type === 'RATE_LIMITED' || isRateLimit(message)) {
    return limited(message, headers, now, true)
  }
  if (error.type === 'FORBIDDEN' || error.type === 'INSUFFICIENT_SCOPES' || isPermission(message)) {
    return { kind: 'forbidden', message }
  }
  // "Something went wrong", a timeout or RESOURCE_LIMITS_EXCEEDED: half of the document may have run.
  if (error.type === undefined || /went wrong|timeout|timed out|resource limits/i.test(message)) {
    return { kind: 'lost', message }
  }
  return { kind: 'refused', message }
}

/** Until the time that GitHub names, else for a minute. */
function limited(message: string, headers: Fields, now: number, isPrimary = isUsedUp(headers)): Failure {
  const after = Number(headers['retry-after'] ?? Number.NaN) * 1000
  const reset = isUsedUp(headers) ? Number(headers['x-ratelimit-reset']) * 1000 : Number.NaN
  const until = [now + after, reset].find(Number.isFinite) ?? now + LEAST_WAIT
  const primary = isPrimary && Number.isNaN(after) && !/secondary|abuse/i.test(message)
  return {
    kind: 'limited',
    message,
    until: Math.min(Math.max(until, now + 1000), now + LONGEST_WAIT),
    primary,
  }
}

function isUsedUp(headers: Fields): boolean {
  return String(headers['x-ratelimit-remaining']) === '0'
}

/** Older versions of GitHub Enterprise Server speak of abuse. */
function isRateLimit(message: string): boolean {
  return /rate limit|abuse detection/i.test(message)
}

/** What GitHub says, in characters. */
const LONGEST = 300

/** In words for people: a gateway answers with a page or with nothing, and an error of several addresses has no text. */
function messageOf(error: unknown): string {
  const { status, message, response, cause } = fields(error)
  const said = oneLine(text(message), LONGEST)
  if (said !== '' && !said.startsWith('<')) return said
  return response === undefined ? text(fields(cause).code) || 'no connection' : `HTTP ${number(status)}`
}

function isPermission(message: string): boolean {
  return /not accessible by integration|must have (push|write)|resource not accessible/i.test(message)
}

/** A connection that was never made. */
function isUnsent(error: unknown): boolean {
  const codes = new Set<unknown>()
  for (let cause = error, depth = 0; cause && depth < 5; depth++) {
    codes.add(fields(cause).code)
    cause = fields(cause).cause
  }
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'].some((code) => codes.has(code))
}
