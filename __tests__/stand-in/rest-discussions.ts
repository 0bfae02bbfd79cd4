/** REST's /pulls, /issues and /collaborators, as far as a command in a comment needs them. */

import type { App } from './app.ts'
import { second } from './artifacts.ts'
import { type CommentRecord, type Discussions, REACTIONS, type Role } from './discussions.ts'
import { notFound, problem } from './failures.ts'
import { type Grant, type Grants, need } from './grants.ts'
import { paged } from './pagination.ts'
import { forbidden } from './refusals.ts'
import type { SeenRequest } from './request.ts'
import type { Answer } from './rest.ts'

/** Characters. Not documented; GitHub's own message says it:
 * https://github.com/reg-viz/reg-actions/issues/123 */
const BODY_LIMIT = 65_536

export type DiscussionExchange = {
  request: SeenRequest
  origin: string
  /** `owner/name`. */
  repository: string
  discussions: Discussions
  grants: Grants
  /** Whose token it is. */
  app: App
}

/** @param words of the path, after the repository
 * @returns undefined where there is no such place
 * @throws a refusal where the token may not */
export function answerDiscussions(
  exchange: DiscussionExchange,
  words: readonly string[],
): Answer | undefined {
  const { request, discussions } = exchange
  const [place, second, third, sub] = words
  const { method } = request
  if (place === 'collaborators' && method === 'GET' && third === 'permission' && words.length === 3) {
    return permissionOf(second ?? '', discussions.roles)
  }
  if (place === 'pulls' && method === 'GET' && words.length === 2) return getPull(exchange, Number(second))
  if (place !== 'issues') return undefined
  if (second === 'comments' && words.length === 3) return oneComment(exchange, Number(third))
  if (second === 'comments' && sub === 'reactions' && method === 'POST' && words.length === 4) {
    return react(exchange, Number(third))
  }
  if (third !== 'comments' || words.length !== 3) return undefined
  if (method === 'POST') return createComment(exchange, Number(second))
  return method === 'GET' ? listComments(exchange, Number(second)) : undefined
}

function getPull({ discussions, grants }: DiscussionExchange, number: number): Answer {
  need(grants, 'pull-requests', 'read')
  const pull = discussions.pulls.find((one) => one.number === number)
  return pull === undefined ? notFound() : { status: 200, body: pull }
}

/** Needs `metadata: read`, which every token has.
 * https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user */
function permissionOf(login: string, roles: Record<string, Role>): Answer {
  // Letters, digits and single hyphens; a bot is no user.
  if (!/^[a-z\d](-?[a-z\d])*$/i.test(login)) return problem(404, `${login} is not a user`)
  const [name, role] = Object.entries(roles).find(([one]) => one.toLowerCase() === login.toLowerCase()) ?? [
    login,
    'read',
  ]
  // "The permission attribute provides the legacy base roles": maintain is write, triage is read.
  const permission = role === 'maintain' ? 'write' : role === 'triage' ? 'read' : role
  return { status: 200, body: { permission, role_name: role, user: userOf(name) } }
}

/** "at least one of": Issues, Pull requests. What belongs to an issue, the latter does not open.
 * https://docs.github.com/rest/issues/comments#create-an-issue-comment */
function needFor({ grants, discussions }: DiscussionExchange, number: number, least: Grant): void {
  need(grants, discussions.isPull(number) ? ['issues', 'pull-requests'] : 'issues', least)
}

function createComment(exchange: DiscussionExchange, number: number): Answer {
  needFor(exchange, number, 'write')
  if (!exchange.discussions.isThere(number)) return notFound()
  const body = bodyOf(exchange.request)
  if (typeof body !== 'string') return body
  return {
    status: 201,
    body: restComment(exchange.discussions.addComment(number, body, botOf(exchange)), exchange),
  }
}

/** https://docs.github.com/rest/issues/comments#list-issue-comments: "ordered by ascending ID" */
function listComments(exchange: DiscussionExchange, number: number): Answer {
  const { request, discussions, origin } = exchange
  needFor(exchange, number, 'read')
  if (!discussions.isThere(number)) return notFound()
  const since = Date.parse(request.query.since ?? '') || 0
  const found = discussions.comments.filter(
    (comment) => comment.number === number && Date.parse(comment.updatedAt) >= since,
  )
  const { items, headers } = paged(found, request, origin)
  return { status: 200, body: items.map((comment) => restComment(comment, exchange)), headers }
}

function oneComment(exchange: DiscussionExchange, id: number): Answer | undefined {
  const { request, discussions } = exchange
  if (!['GET', 'PATCH'].includes(request.method)) return undefined
  const comment = discussions.find(id)
  needFor(exchange, comment?.number ?? 0, request.writes ? 'write' : 'read')
  if (comment === undefined) return notFound()
  if (request.writes) {
    // The strictest reading of the grants: an app changes what it wrote itself.
    if (comment.login !== botOf(exchange)) throw forbidden()
    const body = bodyOf(request)
    if (typeof body !== 'string') return body
    comment.body = body
    comment.updatedAt = second(Date.now())
  }
  return { status: 200, body: restComment(comment, exchange) }
}

/** https://docs.github.com/rest/reactions/reactions#create-reaction-for-an-issue-comment */
function react(exchange: DiscussionExchange, id: number): Answer {
  const { request, discussions } = exchange
  const comment = discussions.find(id)
  needFor(exchange, comment?.number ?? 0, 'write')
  if (comment === undefined) return notFound()
  const content = (request.body as { content?: unknown } | undefined)?.content
  if (typeof content !== 'string' || !REACTIONS.includes(content)) {
    return problem(422, 'Validation Failed', [{ resource: 'Reaction', code: 'invalid', field: 'content' }])
  }
  const before = comment.reactions.find((one) => one.login === botOf(exchange) && one.content === content)
  const reaction = before ?? discussions.react(comment, content, botOf(exchange))
  const created = { created_at: comment.createdAt, user: userOf(botOf(exchange)) }
  return { status: before === undefined ? 201 : 200, body: { id: reaction.id, content, ...created } }
}

/** @returns the text, or GitHub's answer where it is none */
function bodyOf(request: SeenRequest): string | Answer {
  const body = (request.body as { body?: unknown } | undefined)?.body
  if (typeof body !== 'string') return problem(422, 'Invalid request.\n\n"body" wasn\'t supplied.')
  const error = { resource: 'IssueComment', code: 'unprocessable', field: 'data' }
  if (body.trim() === '')
    return problem(422, 'Validation Failed', [{ ...error, message: 'Body cannot be blank' }])
  if ([...body].length <= BODY_LIMIT) return body
  const message = `Body is too long (maximum is ${BODY_LIMIT} characters)`
  return problem(422, 'Validation Failed', [{ ...error, message }])
}

function restComment(comment: CommentRecord, { repository, origin, discussions }: DiscussionExchange) {
  const { id, number, body, login, createdAt, updatedAt, reactions } = comment
  const url = `${origin}/repos/${repository}/issues`
  const kind = discussions.isPull(number) ? 'pull' : 'issues'
  const counts = REACTIONS.map((content) => [
    content,
    reactions.filter((one) => one.content === content).length,
  ])
  return {
    ...{ id, node_id: `IC_kwDO${id}`, url: `${url}/comments/${id}`, issue_url: `${url}/${number}` },
    html_url: `https://github.com/${repository}/${kind}/${number}#issuecomment-${id}`,
    ...{ body, user: userOf(login), created_at: createdAt, updated_at: updatedAt },
    author_association: association(discussions.roles[login]),
    reactions: { total_count: reactions.length, ...Object.fromEntries(counts) },
  }
}

/** https://docs.github.com/graphql/reference/enums#commentauthorassociation */
function association(role: Role | undefined): string {
  return role === undefined || role === 'none' ? 'NONE' : 'COLLABORATOR'
}

function botOf({ app }: DiscussionExchange): string {
  return `${app.slug}[bot]`
}

function userOf(login: string) {
  return { login, type: login.endsWith('[bot]') ? 'Bot' : 'User' }
}
