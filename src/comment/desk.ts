import type { Octokit } from '../github/checks.ts'
import { TIMEOUT } from '../github/comment.ts'
import { type Failure, failureOf } from '../github/failure.ts'
import { type Fields, fields, text } from '../json.ts'
import { oneLine } from '../report/text.ts'

/** Where commands are carried out, and by what. */
export interface Desk {
  octokit: Octokit
  owner: string
  repo: string
  /** Such as https://github.com. */
  serverUrl: string
  /** The file name of the workflow that runs dbt. */
  workflow: string
  /** Whose workflow file is started: the one that people can trust. */
  defaultBranch: string
  sleep(ms: number): Promise<unknown>
  /**
   * The commit that a workflow run checked out, by the state that it left; undefined where it left none, and the run
   * before it is asked. Without this function the commit follows from the run's event.
   */
  commitOf?(runId: string): Promise<string | undefined>
}

/** A sentence for the log and the answer, with a page to look at. */
export type No = { no: string; failed?: boolean; see?: { text: string; url: string } | undefined }

/** Asks again where nobody answered; only what changes nothing may be asked twice. */
export async function get(desk: Desk, path: string, parameters: Fields) {
  for (const pause of [1000, 3000]) {
    const result = await call(desk, 'GET', path, parameters)
    if (!('failure' in result) || !['lost', 'unsent'].includes(result.failure.kind)) return result
    await desk.sleep(pause)
  }
  return call(desk, 'GET', path, parameters)
}

/** @param path below the repository's */
export async function call(
  { octokit, owner, repo }: Desk,
  method: 'GET' | 'POST',
  path: string,
  parameters: Fields,
): Promise<{ data: Fields } | { failure: Failure }> {
  try {
    const request = { signal: AbortSignal.timeout(TIMEOUT) }
    const route = `${method} /repos/{owner}/{repo}/${path}`
    const { data } = await octokit.request(route, { owner, repo, ...parameters, request })
    return { data: fields(data) }
  } catch (error) {
    return { failure: failureOf(error, Date.now()) }
  }
}

export function isOurs(repository: unknown, { owner, repo }: Desk): boolean {
  return text(fields(repository).full_name).toLowerCase() === `${owner}/${repo}`.toLowerCase()
}

export function said({ failure }: { failure: Failure }): string {
  return `"${oneLine(failure.message, 300)}".`
}
