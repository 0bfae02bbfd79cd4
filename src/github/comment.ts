import { fields, number, text } from '../json.ts'
import { isCommentOf } from '../report/comment.ts'
import type { Client } from './client.ts'
import type { Failure } from './failure.ts'

/** A comment by the bot of GITHUB_TOKEN. */
export interface OwnComment {
  id: number
  body: string
}

/** 3,000 comments; who has more gets a second one of ours. */
const MOST_PAGES = 30

/**
 * Makes or changes the one comment of this check-name on a pull request, found by its marker among the bot's own.
 * Never changes another's.
 * @param body made by `commentBody` for the same check-name
 */
export async function keepComment(
  client: Client,
  pull: number,
  checkName: string,
  body: string,
): Promise<{ url: string } | { failure: Failure }> {
  const comments = await ownComments(client, pull)
  if ('failure' in comments) return comments
  const found = comments.find((comment) => isCommentOf(checkName, comment.body))
  const answer = found
    ? await client.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
        comment_id: found.id,
        body,
      })
    : await client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        issue_number: pull,
        body,
      })
  return 'failure' in answer ? answer : { url: text(fields(answer.data).html_url) }
}

/** The comments of GITHUB_TOKEN's bot on a pull request, the oldest first. */
export async function ownComments(
  client: Client,
  pull: number,
): Promise<OwnComment[] | { failure: Failure }> {
  const found: OwnComment[] = []
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
    for (const comment of data.map(fields)) {
      const id = number(comment.id)
      if (id !== undefined && isBot(comment.user)) found.push({ id, body: text(comment.body) })
    }
    if (data.length < 100) break
  }
  return found
}

/** Whose comments GITHUB_TOKEN writes; people cannot have a login with brackets. */
export function isBot(user: unknown): boolean {
  return fields(user).type === 'Bot' && fields(user).login === 'github-actions[bot]'
}
