/**
 * A process of its own for the artifact client: it takes 40 MB of memory, and prints debug lines and masks that
 * would disturb the log of the step. Main and post start it, and ask by message.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DefaultArtifactClient, type FindOptions } from '@actions/artifact'
import { HttpClient } from '@actions/http-client'
import { exitWhenDone } from './exit.ts'
import { type ArtifactAnswer, type ArtifactRequest, STATE_FILE } from './github/artifacts.ts'
import { reasonOf } from './reason.ts'

/** No saved run is larger, in bytes; what is was not made by us. */
const LARGEST = 200 * 1024 * 1024

/** In milliseconds. */
const REACH = 5_000

/** Whether the service is there, asked once for all uploads of this process. */
let reached: Promise<unknown> | undefined

async function answer(request: ArtifactRequest): Promise<ArtifactAnswer> {
  const client = new DefaultArtifactClient()
  if (request.do === 'upload') {
    const { name, files, folder, asIs } = request
    // The client would try for half a minute to reach what is not there.
    reached ??= reach(process.env.ACTIONS_RESULTS_URL ?? '')
    const uploading = client.uploadArtifact(name, files, folder, { skipArchive: asIs === true })
    const [{ id }] = await Promise.all([uploading, reached])
    return { done: String(id ?? '') }
  }
  const { token, owner, repo, runId, prefix, below, folder, own } = request
  const findBy = {
    token,
    workflowRunId: Number(runId),
    repositoryOwner: owner,
    repositoryName: repo,
  }
  const way: FindOptions = own ? {} : { findBy }
  const { artifacts } = await client.listArtifacts(way)
  const [found, ...others] = artifacts
    .map(({ name, id, size }) => ({
      of: name.replace(/-post$/, ''),
      attempt: attemptOf(name, prefix),
      id,
      size,
    }))
    .filter(({ attempt, size }) => attempt > 0 && attempt < below && size <= LARGEST)
    .sort((a, b) => b.attempt - a.attempt || b.id - a.id)
  if (!found) return { missing: 'it saved no state' }
  const download = (id: number, path: string) => client.downloadArtifact(id, { ...way, path })
  await download(found.id, folder)
  const twin = others.find((other) => other.of === found.of)
  if (twin) {
    const second = `${folder}-2`
    await download(twin.id, second)
    if (!(await haveSameState(folder, second)))
      return { missing: 'two jobs saved one, since they have one check-name' }
  }
  return { done: String(found.attempt) }
}

/**
 * Whether two folders are of one job, whose post uploads once more what main could not. Two jobs with one check-name,
 * such as two calls of a reusable workflow, whose ids are the same, would continue each other's run.
 */
async function haveSameState(...folders: string[]): Promise<boolean> {
  const read = (folder: string) => readFile(join(folder, STATE_FILE)).catch(() => Buffer.alloc(0))
  const [one, two] = await Promise.all(folders.map(read))
  return one !== undefined && two !== undefined && one.equals(two)
}

/**
 * Asks for any answer, through a proxy where there is one.
 * @throws Error where there is none in time
 */
async function reach(url: string): Promise<void> {
  const { message } = await new HttpClient('dbt-watcher', [], { socketTimeout: REACH }).get(url)
  message.destroy()
}

/** The attempt at the end of a name, `2` or `2-post`; 0 where the name is of another. A prefix may leave more out. */
function attemptOf(name: string, prefix: string): number {
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : ''
  return Number(/^(?:.*-attempt-)?([1-9]\d{0,3})(?:-post)?$/.exec(rest)?.[1] ?? 0)
}

/** What the client says, and what the one below it does. */
function whyOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause === undefined ? reasonOf(error) : `${reasonOf(error)}: ${reasonOf(cause)}`
}

// The caller has stopped waiting.
process.once('disconnect', exitWhenDone)
process.on('message', async ({ id, ...request }: ArtifactRequest & { id: number }) => {
  const said = await answer(request as ArtifactRequest).catch((error: unknown) => ({
    missing: whyOf(error),
  }))
  process.send?.({ id, ...said })
})
