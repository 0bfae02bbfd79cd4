/** Who a job is to the runner's services: what ACTIONS_RUNTIME_TOKEN says. */
import { createHash, createHmac } from 'node:crypto'

/** One attempt of a job. */
export type Job = {
  /** GITHUB_RUN_ID. */
  runId: number
  /** GITHUB_RUN_ATTEMPT. */
  attempt: number
  /** Anything that tells jobs of one attempt apart. */
  job: string
}

/** The two ids by which the service knows it. */
export type Backend = { runBackendId: string; jobBackendId: string }

/** The id of the run differs from attempt to attempt, as GitHub's does since July 2026.
 * https://github.com/actions/download-artifact/issues/486 */
export function backendOf({ runId, attempt, job }: Job): Backend {
  const runBackendId = `57a4d111-0000-4000-8${`${attempt}`.padStart(3, '0')}-${`${runId}`.padStart(12, '0')}`
  const hash = createHash('sha256').update(`${runBackendId}/${job}`).digest('hex')
  return { runBackendId, jobBackendId: `ca395085-040a-526b-8ce8-${hash.slice(0, 12)}` }
}

/** The run and attempt of a backend id; undefined where it is none of ours. */
export function runOf(runBackendId: string): { runId: number; attempt: number } | undefined {
  const [, attempt, runId] = /^57a4d111-0000-4000-8(\d{3})-(\d{12})$/.exec(runBackendId) ?? []
  return attempt === undefined ? undefined : { runId: Number(runId), attempt: Number(attempt) }
}

/** A token for ACTIONS_RUNTIME_TOKEN. The client reads only `scp`, and asks for exactly this form:
 * https://github.com/actions/toolkit/blob/main/packages/artifact/src/internal/shared/util.ts */
export function runtimeToken({
  runId,
  attempt = 1,
  job = 'build',
}: Partial<Job> & { runId: number }): string {
  const { runBackendId, jobBackendId } = backendOf({ runId, attempt, job })
  const scp = `Actions.GenericRead:00000000-0000-0000-0000-000000000000 Actions.Results:${runBackendId}:${jobBackendId}`
  const content = `${encoded({ typ: 'JWT', alg: 'HS256' })}.${encoded({ scp, iss: 'https://token.actions.githubusercontent.com' })}`
  return `${content}.${signature(content)}`
}

/** Whose token an `authorization` header carries; undefined where it is none that we made. */
export function readRuntimeToken(authorization: string | undefined): Backend | undefined {
  const [, head, body, signed] = /^Bearer ([^.]+)\.([^.]+)\.([^.]+)$/.exec(authorization ?? '') ?? []
  if (body === undefined || signature(`${head}.${body}`) !== signed) return undefined
  const { scp } = JSON.parse(Buffer.from(body, 'base64url').toString()) as { scp: string }
  const [, runBackendId, jobBackendId] = /\bActions\.Results:([^: ]+):([^: ]+)/.exec(scp) ?? []
  return runBackendId && jobBackendId ? { runBackendId, jobBackendId } : undefined
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** The key is no secret: it only tells our tokens and addresses from others. */
export function signature(text: string): string {
  return createHmac('sha256', 'stand-in').update(text).digest('base64url')
}
