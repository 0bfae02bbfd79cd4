/** REST's /actions: artifacts, workflow runs and dispatches. */
import { type ArtifactRecord, type Artifacts, isExpired } from './artifacts.ts'
import { signedUrl } from './blob.ts'
import { answerDispatch } from './dispatch.ts'
import { notFound, problem } from './failures.ts'
import { type Grants, need } from './grants.ts'
import { paged } from './pagination.ts'
import type { SeenRequest } from './request.ts'
import type { Answer } from './rest.ts'
import type { WorkflowRun, WorkflowRuns } from './workflow-runs.ts'

export type ActionsExchange = {
  request: SeenRequest
  origin: string
  /** `owner/name`. */
  repository: string
  artifacts: Artifacts
  workflowRuns: WorkflowRuns
  grants: Grants
  /** Of what GitHub bears and nobody should do. */
  complain: (text: string) => void
}

/** @param words of the path, after `actions`
 * @returns undefined where there is no such place
 * @throws a refusal where the token may not */
export function answerActions(exchange: ActionsExchange, words: readonly string[]): Answer | undefined {
  const { request, workflowRuns, grants } = exchange
  const [place, id = '', sub] = words
  const asked = `${request.method} ${place}${words.length > 1 ? ' id' : ''}${sub === undefined ? '' : ` ${sub}`}`
  if (words.length > 3 && asked !== 'GET artifacts id zip') return undefined
  if (asked === 'POST workflows id dispatches') {
    need(grants, 'actions', 'write')
    return answerDispatch(request, id, workflowRuns, exchange.origin)
  }
  if (request.method !== 'GET') return undefined
  need(grants, 'actions', 'read')
  switch (asked) {
    case 'GET artifacts':
      return listArtifacts(exchange, () => true)
    case 'GET artifacts id':
      return getArtifact(exchange, Number(id))
    case 'GET artifacts id zip':
      return download(exchange, Number(id))
    case 'GET runs':
      return listRuns(exchange, () => true)
    case 'GET runs id':
      return getRun(exchange, Number(id))
    case 'GET runs id artifacts':
      return artifactsOfRun(exchange, Number(id))
    case 'GET workflows id runs':
      return runsOfWorkflow(exchange, id)
    default:
      return undefined
  }
}

/** https://docs.github.com/rest/actions/artifacts#list-workflow-run-artifacts */
function artifactsOfRun(exchange: ActionsExchange, id: number): Answer {
  const there = exchange.artifacts.all.some(({ runId }) => runId === id)
  if (!there && exchange.workflowRuns.find(id) === undefined) return notFound()
  return listArtifacts(exchange, ({ runId }) => runId === id)
}

/** https://docs.github.com/rest/actions/artifacts#list-artifacts-for-a-repository */
function listArtifacts(exchange: ActionsExchange, wanted: (artifact: ArtifactRecord) => boolean): Answer {
  const { request, artifacts, origin } = exchange
  const name = filters(exchange, ['name']).name
  const found = artifacts.visible().filter((item) => wanted(item) && (name ?? item.name) === item.name)
  const { items, headers } = paged(found, request, origin)
  const listed = items.map((item) => restArtifact(item, exchange))
  return { status: 200, body: { total_count: found.length, artifacts: listed }, headers }
}

function getArtifact(exchange: ActionsExchange, id: number): Answer {
  const artifact = exchange.artifacts.find(id)
  return artifact === undefined ? notFound() : { status: 200, body: restArtifact(artifact, exchange) }
}

/** https://docs.github.com/rest/actions/artifacts#download-an-artifact */
function download({ artifacts, origin }: ActionsExchange, id: number): Answer {
  const artifact = artifacts.find(id)
  if (artifact === undefined) return notFound()
  if (isExpired(artifact)) return problem(410, 'Artifact has expired')
  return { status: 302, body: '', headers: { location: signedUrl(origin, artifact, 'r') } }
}

function restArtifact(artifact: ArtifactRecord, { repository, origin, workflowRuns }: ActionsExchange) {
  const { id, name, content, digest, createdAt, expiresAt, runId } = artifact
  const url = `${origin}/repos/${repository}/actions/artifacts/${id}`
  const run = workflowRuns.find(runId)
  return {
    ...{ id, node_id: `MDg6QXJ0aWZhY3Q${id}`, name, size_in_bytes: content.length, digest },
    ...{ url, archive_download_url: `${url}/zip`, expired: isExpired(artifact) },
    ...{ created_at: createdAt, updated_at: createdAt, expires_at: expiresAt },
    workflow_run: {
      id: runId,
      repository_id: run?.repository.id,
      head_repository_id: run?.head_repository?.id,
      head_branch: run?.head_branch,
      head_sha: run?.head_sha,
    },
  }
}

function getRun({ workflowRuns }: ActionsExchange, id: number): Answer {
  const run = workflowRuns.find(id)
  return run === undefined ? notFound() : { status: 200, body: run }
}

/** https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow */
function runsOfWorkflow(exchange: ActionsExchange, workflow: string): Answer {
  const path = exchange.workflowRuns.pathOf(workflow)
  return path === undefined ? notFound() : listRuns(exchange, (run) => run.path === path)
}

function listRuns(exchange: ActionsExchange, wanted: (run: WorkflowRun) => boolean): Answer {
  const { request, workflowRuns, origin } = exchange
  const { head_sha, status, event, branch } = filters(exchange, ['head_sha', 'status', 'event', 'branch'])
  const found = workflowRuns.all.filter(
    (run) =>
      wanted(run) &&
      (head_sha ?? run.head_sha) === run.head_sha &&
      // "Returns workflow runs with the check run status or conclusion that you specify."
      (status === undefined || status === run.status || status === run.conclusion) &&
      (event ?? run.event) === run.event &&
      (branch ?? run.head_branch) === run.head_branch,
  )
  const newest = found.toSorted((a, b) => b.created_at.localeCompare(a.created_at) || b.id - a.id)
  const { items, headers } = paged(newest, request, origin)
  return { status: 200, body: { total_count: found.length, workflow_runs: items }, headers }
}

/** GitHub ignores a parameter that it does not know, so what was meant as a filter is none. */
function filters({ request, complain }: ActionsExchange, known: readonly string[]) {
  for (const name of Object.keys(request.query)) {
    if (![...known, 'per_page', 'page'].includes(name))
      complain(`unknown parameter of ${request.path}: ${name}`)
  }
  return request.query
}
