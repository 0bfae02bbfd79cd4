import type { Answer } from './rest.ts'

/** Requests or points an hour that GITHUB_TOKEN has for one repository.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#primary-rate-limit-for-github_token-in-github-actions */
const HOURLY_LIMIT = 1_000
/** Any number: GitHub names the installation in its messages. */
const INSTALLATION = 12_345_678

export type RateLimit = ReturnType<typeof rateLimit>

/** One of the two budgets, which are separate: REST's `core` and `graphql`.
 * @param window milliseconds until it is full again */
export function rateLimit(resource: 'core' | 'graphql', remaining = HOURLY_LIMIT, window = 3_600_000) {
  let left = remaining
  let resetAt = Date.now() + window

  function refill(): void {
    if (Date.now() < resetAt) return
    left = HOURLY_LIMIT
    resetAt = Date.now() + window
  }

  const limit = {
    get remaining(): number {
      refill()
      return left
    },
    set remaining(points: number) {
      left = points
    },
    /** @returns false when nothing is left; a request is served when it costs more than what is left */
    spend(points: number): boolean {
      refill()
      const served = left > 0
      left = Math.max(0, left - points)
      return served
    },
    /** As `GET /rate_limit` and the GraphQL object say it; reset is in UTC epoch seconds. */
    state() {
      refill()
      const total = Math.max(HOURLY_LIMIT, left)
      return { limit: total, used: total - left, remaining: left, reset: Math.ceil(resetAt / 1000), resource }
    },
    /** https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#checking-the-status-of-your-rate-limit */
    headers(): Record<string, string> {
      const entries = Object.entries(limit.state())
      return Object.fromEntries(entries.map(([name, value]) => [`x-ratelimit-${name}`, String(value)]))
    },
  }
  return limit
}

/** "you will receive a 403 or 429 response, and the x-ratelimit-remaining header will be 0"; for GraphQL
 * "the response status will still be 200, but you will receive an error message".
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 * https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#exceeding-the-rate-limit */
export function primaryExceeded(resource: 'core' | 'graphql'): Answer {
  const message = `API rate limit exceeded for installation ID ${INSTALLATION}.`
  if (resource === 'graphql') return { status: 200, body: { errors: [{ type: 'RATE_LIMITED', message }] } }
  return { status: 403, body: { message, documentation_url: `${PAGE}#primary-rate-limit`, status: '403' } }
}

/** https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
 * @param retryAfter seconds; GitHub does not always say it */
export function secondaryExceeded(status: 200 | 403 | 429, retryAfter?: number): Answer {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': `${retryAfter}` }
  const message =
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. ' +
    'If you reach out to GitHub Support for help, please include the request ID.'
  if (status === 200) return { status, headers, body: { errors: [{ message }] } }
  const documentation_url = `${PAGE}#about-secondary-rate-limits`
  return { status, headers, body: { message, documentation_url, status: `${status}` } }
}

const PAGE =
  'https://docs.github.com/free-pro-team@latest/rest/using-the-rest-api/rate-limits-for-the-rest-api'
