import { fields, number, text } from '../json.ts'
import { isCommentOf } from '../report/comment.ts'
import type { Octokit } from './checks.ts'
import { type Failure, failureOf } from './failure.ts'

/** A pull request, by its number. */
export interface Thread {
  octokit: Octokit
  owner: string
  repo: string
  number: number
}

/** A comment by the bot of GITHUB_TOKEN. */
export interface OwnComment {
  id: number
  body: string
}

/** In milliseconds, for one request. */
export const TIMEOUT = 15_000
/** 3,000 comments; who has more gets a second one of ours. */
const MOST_PAGES = 30

/**
 * Makes or changes the one comment of this check-name, found by its marker among the bot's own. Never touches
 * another's.
 * @param body made by `commentBody` for the same check-name
 */
export async function keepComment(
  thread: Thread,
  checkName: string,
  body: string,
): Promise<{ url: string } | { failure: Failure }> {
  const comments = await ownComments(thread)
  if ('failure' in comments) return comments
  const found = comments.find((comment) => isCommentOf(checkName, comment.body))
  const { octokit, owner, repo, number: issue_number } = thread
  const request = { signal: AbortSignal.timeout(TIMEOUT) }
  try {
    const { data } = found
      ? await octokit.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
          ...{ owner, repo, comment_id: found.id, body, request },
        })
      : await octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
          ...{ owner, repo, issue_number, body, request },
        })
    return { url: text(fields(data).html_url) }
  } catch (error) {
    return { failure: failureOf(error, Date.now()) }
  }
}

/** The comments of GITHUB_TOKEN's bot on a pull request, the oldest first. */
export async function ownComments(thread: Thread): Promise<OwnComment[] | { failure: Failure }> {
  const { octokit, owner, repo, number: issue_number } = thread
  const found: OwnComment[] = []
  try {
    // 100 a page at most: https://docs.github.com/en/rest/issues/comments#list-issue-comments
    for (let page = 1; page <= MOST_PAGES; page++) {
      const request = { signal: AbortSignal.timeout(TIMEOUT) }
      const { data } = await octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        ...{ owner, repo, issue_number, per_page: 100, page, request },
      })
      // An answer that is none must not read as "there is no comment": it would be made again.
      if (!Array.isArray(data))
        return { failure: { kind: 'lost', message: 'GitHub answered something else' } }
      for (const comment of data.map(fields)) {
        const id = number(comment.id)
        if (id !== undefined && isBot(comment.user)) found.push({ id, body: text(comment.body) })
      }
      if (data.length < 100) break
    }
    return found
  } catch (error) {
    return { failure: failureOf(error, Date.now()) }
  }
}

/** Whose comments GITHUB_TOKEN writes; people cannot have a login with brackets. */
export function isBot(user: unknown): boolean {
  return fields(user).type === 'Bot' && fields(user).login === 'github-actions[bot]'
}
