/** The store behind the signed addresses of artifacts: Azure's, as far as the artifact client uses it. */
import type { ArtifactRecord, Artifacts } from './artifacts.ts'
import type { SeenRequest } from './request.ts'
import type { Answer } from './rest.ts'
import { signature } from './runtime-token.ts'

/** Azure's client takes a host that is an IP address to have the account as the first part of the path. */
export const BLOBS = '/results-store/'

/** @param access `r` to read or `w` to write it, which is all that the address allows */
export function signedUrl(origin: string, artifact: ArtifactRecord, access: 'r' | 'w'): string {
  const { runBackendId, jobBackendId, name } = artifact
  const place = `actions-results/${runBackendId}/workflow-job-run-${jobBackendId}/artifacts/${encodeURIComponent(name)}.zip`
  const query = new URLSearchParams({ sp: access, sv: '2025-11-05', sig: signatureOf(artifact, access) })
  return `${origin}${BLOBS}${place}?${query}`
}

function signatureOf({ runBackendId, name }: ArtifactRecord, access: string): string {
  return signature(`${access} ${runBackendId} ${name}`)
}

/** Needs no token: what the address has in it says enough.
 * @param bytes of the request's body */
export function answerBlob(
  { method, path, query }: SeenRequest,
  bytes: Buffer,
  artifacts: Artifacts,
): Answer {
  const [runBackendId = ''] = path.slice(`${BLOBS}actions-results/`.length).split('/')
  const name = path.split('/artifacts/')[1]?.replace(/\.zip$/, '') ?? ''
  const artifact = artifacts.named({ runBackendId }, name)
  if (artifact === undefined) return refused(404, 'BlobNotFound', 'The specified blob does not exist.')
  const signed = query.sig === signatureOf(artifact, query.sp ?? '')
  if (!signed) return refused(403, 'AuthenticationFailed', 'Server failed to authenticate the request.')
  const needed = method === 'GET' || method === 'HEAD' ? 'r' : 'w'
  if (query.sp !== needed) {
    return refused(403, 'AuthorizationPermissionMismatch', 'This request is not authorized.')
  }
  if (needed === 'r') return content(artifact)
  // Artifacts are immutable: https://github.com/actions/upload-artifact#breaking-changes
  if (artifact.id !== undefined) return refused(403, 'AuthenticationFailed', 'The signature has expired.')
  return write(method, query, bytes, artifact, artifacts)
}

function content(artifact: ArtifactRecord): Answer {
  const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(artifact.name)}.zip`
  const headers = { 'content-type': artifact.mimeType, 'content-disposition': disposition }
  return { status: 200, body: artifact.content, headers }
}

/** https://learn.microsoft.com/rest/api/storageservices/put-block
 * https://learn.microsoft.com/rest/api/storageservices/put-block-list */
function write(
  method: string,
  { comp, blockid = '' }: Record<string, string>,
  bytes: Buffer,
  artifact: ArtifactRecord,
  artifacts: Artifacts,
): Answer {
  if (method === 'PUT' && comp === 'block' && blockid !== '') {
    artifact.blocks.set(blockid, bytes)
    return { status: 201, body: '' }
  }
  if (method !== 'PUT' || comp !== 'blocklist') {
    return refused(400, 'UnsupportedQueryParameter', 'The stand-in knows blocks and block lists only.')
  }
  const ids = [...bytes.toString('utf8').matchAll(/<Latest>([^<]*)<\/Latest>/g)].map(([, id = '']) => id)
  const blocks = ids.map((id) => artifact.blocks.get(id))
  if (blocks.includes(undefined))
    return refused(400, 'InvalidBlockList', 'The specified block list is invalid.')
  artifacts.fill(artifact, Buffer.concat(blocks.filter((block) => block !== undefined)))
  artifact.blocks.clear()
  return { status: 201, body: '', headers: { etag: '"0x8D0"', 'last-modified': new Date().toUTCString() } }
}

/** https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2 */
function refused(status: number, code: string, message: string): Answer {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
  return { status, body, headers: { 'content-type': 'application/xml', 'x-ms-error-code': code } }
}
