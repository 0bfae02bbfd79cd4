import { getOctokit } from '@actions/github'
import { type Fields, fields } from '../json.ts'
import type { Context } from './context.ts'
import { type Failure, httpFailure } from './failure.ts'

/** The one way to GitHub's API, for one repository. */
export interface Client {
  owner: string
  repo: string
  /**
   * Sends one request. Never rejects: what went wrong is data.
   * @param route such as `GET /repos/{owner}/{repo}/actions/runs/{run_id}`; owner and repo are filled in
   * @param parameters of the path, the query or the body
   */
  request(route: string, parameters?: Fields): Promise<Response | Failed>
}

export interface Response {
  data: unknown
  headers: Headers
}

export interface Failed {
  failure: Failure
  headers: Headers
}

/** Those that say what is left of the API budget, among others. */
export type Headers = Record<string, string | number | undefined>

/** In milliseconds; GitHub ends a request after ten seconds: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#timeouts */
const TIMEOUT = 15_000

/** Octokit would write each failed request into the log of the step. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

/** The client for the repository of a context. */
export function clientOf(token: string, { owner, repo, apiUrl }: Repository): Client {
  // The toolkit reads GITHUB_API_URL when it is loaded; it is given again for the sake of tests.
  const octokit = getOctokit(token, { baseUrl: apiUrl, log: SILENT })
  return {
    owner,
    repo,
    request: async (route, parameters) => {
      const where = route.includes('{owner}') ? { owner, repo } : {}
      const request = { signal: AbortSignal.timeout(TIMEOUT) }
      try {
        const { data, headers } = await octokit.request(route, { ...where, ...parameters, request })
        return { data, headers }
      } catch (error) {
        const headers = fields(fields(fields(error).response).headers) as Headers
        return { failure: httpFailure(error, Date.now()), headers }
      }
    },
  }
}

type Repository = Pick<Context, 'owner' | 'repo' | 'apiUrl'>
