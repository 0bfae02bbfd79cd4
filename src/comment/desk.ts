import type { Client } from '../github/client.ts'
import type { Failure } from '../github/failure.ts'
import { type Fields, fields, text } from '../json.ts'
import { oneLine } from '../report/text.ts'

/** Where commands are carried out, and by what. */
export interface Desk {
  client: Client
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

/** Asks again where no answer came; only for requests that change nothing. */
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
  { client }: Desk,
  method: 'GET' | 'POST',
  path: string,
  parameters: Fields,
): Promise<{ data: Fields } | { failure: Failure }> {
  const answer = await client.request(`${method} /repos/{owner}/{repo}/${path}`, parameters)
  return 'failure' in answer ? answer : { data: fields(answer.data) }
}

/** Whether a repository of the API is the one that commands are carried out in. */
export function isOurs(repository: unknown, { client: { owner, repo } }: Desk): boolean {
  return text(fields(repository).full_name).toLowerCase() === `${owner}/${repo}`.toLowerCase()
}

/** GitHub's words on a failure, as the end of a sentence. */
export function said({ failure }: { failure: Failure }): string {
  return `"${oneLine(failure.message, 300)}".`
}
