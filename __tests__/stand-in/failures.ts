/** Answers that have nothing to do with what was asked, and how REST says that something is wrong. */
import type { Resource } from './request.ts'
import type { Answer } from './rest.ts'

/** https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api */
export function problem(status: number, message: string, errors?: readonly object[]): Answer {
  const said = { documentation_url: 'https://docs.github.com/rest', status: `${status}` }
  return { status, body: { message, ...(errors && { errors }), ...said } }
}

export function notFound(): Answer {
  return problem(404, 'Not Found')
}

/** https://docs.github.com/rest/authentication/authenticating-to-the-rest-api#failed-login-limit */
export const BAD_CREDENTIALS: Answer = {
  status: 401,
  body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' },
}

/** https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent */
export const NO_USER_AGENT: Answer = {
  status: 403,
  body:
    'Request forbidden by administrative rules. Please make sure your request has a User-Agent header ' +
    '(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).',
}

/** https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#query-optimization-strategies */
export function resourcesExceeded(): Answer {
  const error = { type: 'RESOURCE_LIMITS_EXCEEDED', message: 'Resource limits for this query exceeded.' }
  return { status: 200, body: { data: null, errors: [error] } }
}

/** GraphQL's timeout has JSON with a `data`; what stands before REST answers with a page, so that a client
 * must not count on JSON.
 * https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#timeouts */
export function failed(status: number, resource: Resource): Answer {
  const message =
    'Something went wrong while executing your query. This may be the result of a timeout, or it could be a ' +
    'GitHub bug. Please include `0000:000000:0000000:0000000:00000000` when reporting this issue.'
  if (resource === 'graphql' && status === 502) return { status, body: { data: null, errors: [{ message }] } }
  return { status, body: `<!DOCTYPE html><title>Unicorn! &middot; GitHub</title><p>${status}</p>` }
}
