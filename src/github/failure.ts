import { fields, number, text } from '../json.ts'

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

/** @param error what Octokit threw, or `{graphql: …}` with one entry of a GraphQL answer's `errors` */
export function failureOf(error: unknown, now: number): Failure {
  const graphql = fields(error).graphql
  return graphql === undefined ? httpFailure(error, now) : graphqlFailure(fields(graphql), now)
}

function graphqlFailure(
  error: { readonly type?: unknown; readonly message?: unknown },
  now: number,
): Failure {
  const message = text(error.message).slice(0, 500)
  // RATE_LIMITED comes with HTTP 200: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
  if (error.type === 'RATE_LIMITED' || /rate limit/i.test(message)) {
    return { kind: 'limited', message, until: now + LEAST_WAIT, primary: !/secondary/i.test(message) }
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

function httpFailure(error: unknown, now: number): Failure {
  const { status, message: said, response } = fields(error)
  const message = text(said).slice(0, 500)
  const headers = fields(fields(response).headers)
  const code = number(status)
  const retryAfter = Number(headers['retry-after'])
  if (code === 403 || code === 429) {
    if (Number.isFinite(retryAfter)) return limited(message, now + Math.max(1, retryAfter) * 1000, now, false)
    if (String(headers['x-ratelimit-remaining']) === '0') {
      return limited(message, Number(headers['x-ratelimit-reset']) * 1000, now, true)
    }
    if (code === 429 || /rate limit/i.test(message)) return limited(message, now + LEAST_WAIT, now, false)
    return { kind: 'forbidden', message }
  }
  // 404: a repository that the token may not see. 401: a token that is none, or expired.
  if (code === 401 || code === 404) return { kind: 'forbidden', message, absent: code === 404 }
  if (code !== undefined && code >= 400 && code < 500 && code !== 408) return { kind: 'refused', message }
  return isUnsent(error) ? { kind: 'unsent', message } : { kind: 'lost', message }
}

function limited(message: string, until: number, now: number, primary: boolean): Failure {
  const sane = Number.isFinite(until) ? until : now + LEAST_WAIT
  return {
    kind: 'limited',
    message,
    until: Math.min(Math.max(sane, now + 1000), now + LONGEST_WAIT),
    primary,
  }
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
