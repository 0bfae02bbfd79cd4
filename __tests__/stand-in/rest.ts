import type { CheckRunRecord } from './check-runs.ts'
import { notFound } from './failures.ts'
import type { Exchange } from './graphql.ts'
import { latest } from './nodes.ts'
import { paged } from './pagination.ts'
import { type Annotation, forbidden, invalid, isRefusal, type Refusal } from './refusals.ts'
import { type ActionsExchange, answerActions } from './rest-actions.ts'
import { readWrite } from './rest-body.ts'
import { answerDiscussions, type DiscussionExchange } from './rest-discussions.ts'

/** A body that is text or bytes is sent as it is. */
export type Answer = { status: number; body: unknown; headers?: Record<string, string> }

export type RestExchange = Exchange & ActionsExchange & DiscussionExchange

type Json = Record<string, unknown>
const DOCS = 'https://docs.github.com/rest/checks/runs'
export function answerRest(exchange: RestExchange, core: Json): Answer {
  try {
    return route(exchange, core) ?? notFound()
  } catch (error) {
    if (!isRefusal(error)) throw error
    return refused(error, exchange.request.path)
  }
}

function route(exchange: RestExchange, resources: Json): Answer | undefined {
  const { runs, node, request, origin } = exchange
  const { method, path } = request
  if (method === 'GET' && path === '/rate_limit')
    return { status: 200, body: { resources, rate: resources.core } }
  const prefix = `/repos/${runs.repository}`
  if (!`${path}/`.toLowerCase().startsWith(`${prefix}/`.toLowerCase())) return undefined
  const words = path.slice(prefix.length).split('/').slice(1)
  const [place, id = '', sub] = words
  if (method === 'GET' && words.length === 0) {
    const [owner, name] = runs.repository.split('/')
    const identity = { id: node.databaseId, node_id: node.id, name, full_name: runs.repository }
    return { status: 200, body: { ...identity, owner: { login: owner }, default_branch: 'main' } }
  }
  if (method === 'GET' && place === 'commits' && sub === 'check-runs') return list(exchange, id, origin)
  if (place === 'actions') return answerActions(exchange, words.slice(1))
  if (place !== 'check-runs') return answerDiscussions(exchange, words)
  if (request.writes && exchange.permissions === 'read') throw forbidden()
  if (method === 'POST' && words.length === 1) {
    return {
      status: 201,
      body: restRun(
        runs.create(readWrite(request.body, runs), request.number, exchange.app),
        runs.repository,
        origin,
      ),
    }
  }
  const run = runs.find(Number(id))
  if (run === undefined) return undefined
  if (method === 'PATCH' && words.length === 2) {
    const updated = runs.update(run, readWrite(request.body, runs), request.number, exchange.app)
    return { status: 200, body: restRun(updated, runs.repository, origin) }
  }
  if (method !== 'GET') return undefined
  if (words.length === 2) return { status: 200, body: restRun(run, runs.repository, origin) }
  if (sub !== 'annotations') return undefined
  const { items, headers } = paged(run.annotations, request, origin)
  return { status: 200, body: items.map(restAnnotation), headers }
}

/** https://docs.github.com/rest/checks/runs#list-check-runs-for-a-git-reference */
function list(exchange: Exchange, sha: string, origin: string): Answer {
  const { runs, request } = exchange
  const { check_name, status, filter = 'latest', app_id } = request.query
  if (!runs.hasCommit(sha)) throw invalid(`No commit found for SHA: ${sha}`)
  const here = runs.all.filter((run) => run.headSha === sha)
  const found = (filter === 'all' ? here : latest(here)).filter(
    (run) =>
      (check_name ?? run.name) === run.name &&
      (status ?? run.status) === run.status &&
      (app_id ?? `${run.app.id}`) === `${run.app.id}`,
  )
  // Newest first, as GitHub lists them.
  const { items, headers } = paged(found.toReversed(), request, origin)
  const check_runs = items.map((run) => restRun(run, runs.repository, origin))
  return { status: 200, body: { total_count: found.length, check_runs }, headers }
}

function restRun(run: CheckRunRecord, repository: string, origin: string): Json {
  const url = `${origin}/repos/${repository}/check-runs/${run.databaseId}`
  const annotated = { annotations_count: run.annotations.length, annotations_url: `${url}/annotations` }
  return {
    ...{ id: run.databaseId, node_id: run.id, name: run.name, head_sha: run.headSha },
    ...{ external_id: run.externalId ?? '', status: run.status, conclusion: run.conclusion },
    ...{ started_at: run.startedAt, completed_at: run.completedAt, output: { ...run.output, ...annotated } },
    ...{ url, html_url: run.url, details_url: run.detailsUrl, app: run.app, pull_requests: [] },
  }
}

function restAnnotation(annotation: Annotation): Json {
  const { path, message, title, startLine, endLine, startColumn, endColumn } = annotation
  const range = { start_line: startLine, end_line: endLine, start_column: startColumn, end_column: endColumn }
  const level = { annotation_level: annotation.annotationLevel, raw_details: annotation.rawDetails }
  return { path, ...range, ...level, message, title }
}

function refused({ type, message, field }: Refusal, path: string): Answer {
  const status = type === 'FORBIDDEN' ? 403 : 422
  const page = path.includes('/check-runs') ? `${DOCS}#create-a-check-run` : 'https://docs.github.com/rest'
  const said = { documentation_url: page, status: `${status}` }
  if (status === 403) return { status, body: { message, ...said } }
  const errors = [{ resource: 'CheckRun', code: 'custom', field, message }]
  if (field !== undefined) return { status, body: { message: 'Validation Failed', errors, ...said } }
  return { status, body: { message: `Invalid request.\n\n${message}`, ...said } }
}
