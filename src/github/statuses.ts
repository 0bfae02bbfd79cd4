import { fields, text } from '../json.ts'
import type { CommitStatus } from '../report/commit-status.ts'
import type { Client } from './client.ts'
import type { Failure } from './failure.ts'

/** In a page; Gitea has at most 50 and calls it `limit`. */
const PAGE = 50
const MOST_PAGES = 20

/**
 * The names of the statuses on the commit that show a failure now. GitHub and Gitea have the same address; the member
 * is called `state` by the one and `status` by the other.
 * https://docs.github.com/en/rest/commits/statuses#get-the-combined-status-for-a-specific-reference
 */
export async function failingStatuses(
  client: Client,
  sha: string,
): Promise<Set<string> | { failure: Failure }> {
  const failing = new Set<string>()
  for (let page = 1; page <= MOST_PAGES; page++) {
    const parameters = { ref: sha, per_page: PAGE, limit: PAGE, page }
    const answer = await client.request('GET /repos/{owner}/{repo}/commits/{ref}/status', parameters)
    if ('failure' in answer) return answer
    const { statuses } = fields(answer.data)
    const list = Array.isArray(statuses) ? statuses.map(fields) : []
    for (const status of list) {
      const state = text(status.state) || text(status.status)
      if (state === 'failure' || state === 'error') failing.add(text(status.context))
    }
    if (list.length < PAGE) break
  }
  return failing
}

/**
 * One request for each, in their order.
 * @param url where each leads to
 * @returns why it stopped; undefined where all are written
 */
export async function writeStatuses(
  client: Client,
  sha: string,
  url: string,
  statuses: CommitStatus[],
): Promise<Failure | undefined> {
  for (const { context, state, description } of statuses) {
    const body = { sha, context, state, description, target_url: url }
    const answer = await client.request('POST /repos/{owner}/{repo}/statuses/{sha}', body)
    if ('failure' in answer) return answer.failure
  }
  return undefined
}
