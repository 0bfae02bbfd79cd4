/**
 * The runner's artifact service, which is at ACTIONS_RESULTS_URL, as `@actions/artifact` 6 asks it: Twirp, that
 * is POST with JSON. The client is content with http://127.0.0.1 when
 * - ACTIONS_RESULTS_URL is `github.url`: only its origin counts, and any scheme does;
 * - ACTIONS_RUNTIME_TOKEN is of `runtimeToken`;
 * - GITHUB_SERVER_URL is https://github.com or unset: any other host but *.ghe.com and *.localhost it takes for
 *   an Enterprise Server, and refuses;
 * - GITHUB_API_URL is `github.url` before it is imported, for the calls with `findBy`;
 * - a `path` is given for downloads: without, GITHUB_WORKSPACE is where they go.
 * It repeats a 429 or 5xx four times, after 3 s and more; a broken connection it gives up at once.
 * https://github.com/actions/toolkit/blob/main/packages/artifact/src/internal/shared/artifact-twirp-client.ts
 */
import type { Artifacts } from './artifacts.ts'
import { isExpired } from './artifacts.ts'
import { signedUrl } from './blob.ts'
import type { Answer } from './rest.ts'
import { type Backend, readRuntimeToken, runOf } from './runtime-token.ts'

/** Where its methods are. */
export const RESULTS = '/twirp/github.actions.results.api.v1.ArtifactService/'

/** Whether the service gives out what earlier attempts of the run uploaded. Both were seen: `served`, and
 * `listed`, where a download says 404. https://github.com/actions/download-artifact/issues/486 */
export type EarlierArtifacts = 'served' | 'listed'

type Wrapped = string | undefined
type Asked = {
  workflow_run_backend_id?: string
  workflow_job_run_backend_id?: string
  name?: string
  version?: number
  mime_type?: Wrapped
  expires_at?: string
  size?: string
  hash?: Wrapped
  name_filter?: Wrapped
  id_filter?: Wrapped
}

type Store = { artifacts: Artifacts; earlier: EarlierArtifacts; origin: string }

/** @param body as parsed from JSON, with protobuf's own names and well-known types as bare values */
export function answerResults(
  method: string,
  body: unknown,
  authorization: string | undefined,
  store: Store,
): Answer {
  const owner = readRuntimeToken(authorization)
  if (owner === undefined) return twirp(401, 'unauthenticated', 'authentication failed')
  if (typeof body !== 'object' || body === null)
    return twirp(400, 'malformed', 'the json request could not be decoded')
  const asked = body as Asked
  const sameJob = asked.workflow_job_run_backend_id === owner.jobBackendId
  const same = asked.workflow_run_backend_id === owner.runBackendId && sameJob
  switch (method) {
    case 'CreateArtifact':
      return same ? create(asked, owner, store) : DENIED
    case 'FinalizeArtifact':
      return same ? finalize(asked, owner, store) : DENIED
    case 'ListArtifacts':
      return same ? list(asked, owner, store) : DENIED
    case 'GetSignedArtifactURL':
      return sign(asked, owner, store)
    case 'DeleteArtifact':
      return remove(asked, owner, store)
    default:
      return twirp(404, 'bad_route', `no handler for path "${RESULTS}${method}"`)
  }
}

/** What a name may not have. https://github.com/actions/toolkit/blob/main/packages/artifact/src/internal/upload/path-and-artifact-name-validation.ts */
const FORBIDDEN = /["<>|*?:\r\n\\/]/

function create({ name = '', version, mime_type, expires_at }: Asked, owner: Backend, store: Store): Answer {
  if (name === '' || FORBIDDEN.test(name)) return twirp(400, 'invalid_argument', 'name is not valid')
  if (version === undefined || version < 4) return twirp(400, 'invalid_argument', 'version is not supported')
  // Whether it was ever finalized does not matter: a lost answer burns the name for this attempt.
  // https://github.com/atlanhq/application-sdk/pull/3711
  if (store.artifacts.named(owner, name) !== undefined) {
    return twirp(409, 'already_exists', 'an artifact with this name already exists on the workflow run')
  }
  const expiry = expires_at === undefined ? undefined : Date.parse(expires_at)
  const artifact = store.artifacts.create(owner, name, mime_type ?? 'application/zip', expiry)
  return { status: 200, body: { ok: true, signed_upload_url: signedUrl(store.origin, artifact, 'w') } }
}

function finalize({ name = '', size, hash }: Asked, owner: Backend, store: Store): Answer {
  const artifact = store.artifacts.named(owner, name)
  if (artifact === undefined) return twirp(404, 'not_found', 'artifact not found')
  if (artifact.digest === '') return twirp(412, 'failed_precondition', 'nothing was uploaded')
  if (Number(size) !== artifact.content.length) return twirp(400, 'invalid_argument', 'size does not match')
  if ((hash ?? artifact.digest) !== artifact.digest)
    return twirp(400, 'invalid_argument', 'hash does not match')
  return { status: 200, body: { ok: true, artifact_id: `${store.artifacts.finalize(artifact)}` } }
}

function list({ name_filter, id_filter }: Asked, owner: Backend, { artifacts }: Store): Answer {
  const run = runOf(owner.runBackendId)?.runId
  const found = artifacts
    .visible()
    .filter(
      (artifact) =>
        artifact.runId === run &&
        !isExpired(artifact) &&
        (name_filter ?? artifact.name) === artifact.name &&
        (id_filter ?? `${artifact.id}`) === `${artifact.id}`,
    )
  const listed = found.map(({ runBackendId, jobBackendId, id, name, content, createdAt, digest }) => ({
    ...{ workflow_run_backend_id: runBackendId, workflow_job_run_backend_id: jobBackendId },
    ...{ database_id: `${id}`, name, size: `${content.length}`, created_at: createdAt, digest },
  }))
  return { status: 200, body: { artifacts: listed } }
}

function sign(asked: Asked, owner: Backend, store: Store): Answer {
  const artifact = find(asked, owner, store)
  if ('status' in artifact) return artifact
  return { status: 200, body: { signed_url: signedUrl(store.origin, artifact, 'r') } }
}

function remove(asked: Asked, owner: Backend, store: Store): Answer {
  const artifact = find(asked, owner, store)
  if ('status' in artifact) return artifact
  store.artifacts.remove(artifact)
  return { status: 200, body: { ok: true, artifact_id: `${artifact.id}` } }
}

/** By the ids that a list gave, which may be those of an earlier attempt. */
function find({ workflow_run_backend_id = '', name = '' }: Asked, owner: Backend, store: Store) {
  const [asked, own] = [runOf(workflow_run_backend_id), runOf(owner.runBackendId)]
  if (asked === undefined || asked.runId !== own?.runId) return DENIED
  if (asked.attempt !== own.attempt && store.earlier === 'listed') {
    return twirp(404, 'not_found', 'workflow run not found')
  }
  const artifact = store.artifacts.named({ runBackendId: workflow_run_backend_id }, name)
  return artifact?.id === undefined ? twirp(404, 'not_found', 'artifact not found') : artifact
}

/** https://twitchtv.github.io/twirp/docs/spec_v7.html#error-codes */
function twirp(status: number, code: string, msg: string): Answer {
  return { status, body: { code, msg } }
}

const DENIED = twirp(403, 'permission_denied', 'the token is not for this workflow run')
