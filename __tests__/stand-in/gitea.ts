/**
 * Gitea and Forgejo, as far as a run meets them: commit statuses, and nothing of check runs, GraphQL or a rate limit.
 * https://docs.gitea.com/api/1.24/#tag/repository/operation/repoCreateStatus
 */
import type { SeenRequest } from './request.ts'
import type { Answer } from './rest.ts'

/** In the order in which they were made; the last one of a context counts. */
export type StatusRecord = {
  sha: string
  context: string
  state: string
  description: string
  targetUrl: string
}

const STATES = ['pending', 'success', 'error', 'failure', 'warning']
/** Gitea's name for `per_page` is `limit`; its own maximum is 50. */
const PAGE = 50

export function answerGitea(
  { method, path, query, body }: SeenRequest,
  repository: string,
  statuses: StatusRecord[],
): Answer {
  const [, sha = ''] = new RegExp(`^/api/v1/repos/${repository}/statuses/([0-9a-f]{40})$`).exec(path) ?? []
  if (method === 'POST' && sha) return create(sha, body, statuses)
  const [, ref = ''] =
    new RegExp(`^/api/v1/repos/${repository}/commits/([0-9a-f]{40})/status$`).exec(path) ?? []
  if (method === 'GET' && ref) return combined(ref, query, statuses)
  if (path.startsWith('/api/v1/')) return { status: 404, body: { message: 'not found', url: '/api/swagger' } }
  return { status: 404, body: 'Not found.\n' }
}

function create(sha: string, body: unknown, statuses: StatusRecord[]): Answer {
  const given = body as Partial<Record<'context' | 'state' | 'description' | 'target_url', string>>
  if (!STATES.includes(given.state ?? ''))
    return { status: 422, body: { message: `bad state ${given.state}` } }
  const status = {
    ...{ sha, context: given.context ?? 'default', state: given.state ?? '' },
    ...{ description: given.description ?? '', targetUrl: given.target_url ?? '' },
  }
  statuses.push(status)
  return { status: 201, body: shown(status) }
}

function combined(sha: string, query: Record<string, string>, statuses: StatusRecord[]): Answer {
  const here = statuses.filter((status) => status.sha === sha)
  const latest = [...new Map(here.map((status) => [status.context, status])).values()]
  const size = Math.min(PAGE, Number(query.limit ?? 30))
  const from = (Number(query.page ?? 1) - 1) * size
  const page = latest.slice(from, from + size)
  return { status: 200, body: { sha, total_count: latest.length, statuses: page.map(shown) } }
}

/** GitHub calls it `state`, Gitea `status`. */
function shown({ context, state, description, targetUrl }: StatusRecord): object {
  return { context, status: state, description, target_url: targetUrl }
}
