import { fields, text } from '../json.ts'
import { isCommentOf } from '../report/comment.ts'
import type { Client } from './client.ts'
import type { Failure } from './failure.ts'

/** A comment of an app. */
export interface BotComment {
  id: number
  body: string
  user: unknown
}

/** 3,000 comments; who has more gets a second one of ours. */
const MOST_PAGES = 30

/** Comments with our marker that are tried: those of another app, whose token was used before, cannot be changed. */
const MOST_TRIES = 3

/**
 * Makes or changes the one comment of this check-name on a pull request, found by its marker among those of apps:
 * `github-token` may be one's own. Never changes a person's.
 * @param body made by `commentBody` for the same check-name
 */
export async function keepComment(
  client: Client,
  pull: number,
  checkName: string,
  body: string,
): Promise<{ url: string } | { failure: Failure }> {
  const comments = await botComments(client, pull)
  if ('failure' in comments) return comments
  const found = comments.filter((comment) => isCommentOf(checkName, comment.body))
  for (const { id } of found.slice(-MOST_TRIES).reverse()) {
    const changed = await client.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      comment_id: id,
      body,
    })
    if (!('failure' in changed)) return { url: text(fields(changed.data).html_url) }
    if (changed.failure.kind !== 'forbidden') return changed
  }
  const made = await client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    issue_number: pull,
    body,
  })
  return 'failure' in made ? made : { url: text(fields(made.data).html_url) }
}

/** The comments of GITHUB_TOKEN's bot on a pull request, the oldest first. */
export async function ownComments(
  client: Client,
  pull: number,
): Promise<BotComment[] | { failure: Failure }> {
  const comments = await botComments(client, pull)
  return 'failure' in comments ? comments : comments.filter(({ user }) => isBot(user))
}

/** The comments of apps on a pull request, the oldest first. */
async function botComments(client: Client, pull: number): Promise<BotComment[] | { failure: Failure }> {
  const found: BotComment[] = []
  // 100 a page at most: https://docs.github.com/en/rest/issues/comments#list-issue-comments
  for (let page = 1; page <= MOST_PAGES; page++) {
    const answer = await client.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      issue_number: pull,
      per_page: 100,
      page,
    })
    if ('failure' in answer) return answer
    const { data } = answer
    // An answer that is none must not read as "there is no comment": it would be made again.
    if (!Array.isArray(data)) return { failure: { kind: 'lost', message: 'GitHub answered something else' } }
    for (const { id, body, user } of data.map(fields)) {
      if (typeof id === 'number' && fields(user).type === 'Bot') found.push({ id, body: text(body), user })
    }
    if (data.length < 100) break
  }
  return found
}

/** Whose comments GITHUB_TOKEN writes; people cannot have a login with brackets. */
export function isBot(user: unknown): boolean {
  return fields(user).type === 'Bot' && fields(user).login === 'github-actions[bot]'
}
