import { type ChildProcess, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder } from '../folder.ts'
import { fields, number, text } from '../json.ts'
import { artifactUrl, type Context } from './context.ts'

/** What the process of `artifact.ts` is asked. */
export type ArtifactRequest = UploadRequest | DownloadRequest

interface UploadRequest {
  do: 'upload'
  name: string
  folder: string
  files: string[]
  /** One file that is kept as it is, so that a browser opens it; its own name is the artifact's then. */
  asIs?: boolean
}

export interface DownloadRequest {
  do: 'download'
  token: string
  owner: string
  repo: string
  runId: string
  /** Whether that is the run that asks, which the runner's own service knows too. To the process: ask that. */
  own: boolean
  /** Of the names; the attempt follows. */
  prefix: string
  /** Only attempts before this one. */
  below: number
  /** Where the files go. */
  folder: string
}

export type ArtifactAnswer =
  /** The id of what was uploaded, or the attempt that was found. */
  { done: string } | { missing: string }

/** The file of a saved run in its artifact. */
export const STATE_FILE = 'state.json'

/** What all names begin with. */
export const STATE_PREFIX = 'dbt-watcher-state-'

/**
 * The name of the artifact that keeps a run's state, without the attempt at its end: two artifacts of one name
 * can coexist after a re-run, and they could not be told apart.
 */
export function artifactPrefix(checkName: string): string {
  const { slug, digest } = slugOf(checkName)
  return `${STATE_PREFIX}${slug}-${digest}-attempt-`
}

/** Names of artifacts may not hold some characters; two check-names may differ only in what is replaced. */
function slugOf(checkName: string): { slug: string; digest: string } {
  const slug = checkName.replace(/[^\w.-]+/g, '-').slice(0, 60)
  return { slug, digest: createHash('sha256').update(checkName).digest('hex').slice(0, 8) }
}

/** What leaves artifacts: a step of a job. */
export interface Leaving {
  context: Context
  /** As used, with the values of the matrix. */
  checkName: string
  /** A name is used up once an upload began, though it failed, so post has names of its own. */
  by: 'main' | 'post'
}

/** The name of the state's artifact. */
export function artifactName(checkName: string, attempt: string, by: Leaving['by']): string {
  return `${artifactPrefix(checkName)}${attempt}${by === 'post' ? '-post' : ''}`
}

/** The name of the report page as an artifact: one for each check-name and attempt. */
function pageName({ context, checkName, by }: Leaving): string {
  const { slug, digest } = slugOf(checkName)
  const own = slug === checkName ? slug : `${slug}-${digest}`
  return `${own}-report-${context.runAttempt}${by === 'post' ? '-post' : ''}.html`
}

/** The artifact client, in a process of its own: one that is ill is ended, and leaves time for another. */
export interface ArtifactClient {
  /** Starts the process ahead of the first request, since it takes 0.2 s. */
  start(): void
  /**
   * Never rejects: that an artifact cannot be had is data.
   * @param timeout in milliseconds; the client itself would go on trying for minutes
   */
  ask(request: ArtifactRequest, timeout: number): Promise<ArtifactAnswer>
  /** Ends the process. */
  end(): void
}

export function artifactClient(): ArtifactClient {
  let current: Running | undefined
  let asked = 0

  const end = (running = current) => {
    // At once: the next request must not go to a process that is ending.
    if (running === current) current = undefined
    running?.child.kill('SIGKILL')
  }
  return {
    start: () => {
      current ??= startClient(end)
    },
    ask: async (request, timeout) => {
      current ??= startClient(end)
      const running = current
      const id = asked++
      const { promise, resolve } = Promise.withResolvers<ArtifactAnswer>()
      const timer = setTimeout(() => {
        resolve({ missing: 'no answer in time' })
        // Another upload may still be under way.
        if (running.waiting.size === 1) end(running)
      }, timeout)
      running.waiting.set(id, resolve)
      running.child.send({ ...request, id }, () => {})
      const answer = await promise
      clearTimeout(timer)
      running.waiting.delete(id)
      return answer
    },
    end: () => end(),
  }
}

/** A process of `artifact.ts`, and those that wait for its answers. */
interface Running {
  child: ChildProcess
  waiting: Map<number, (answer: ArtifactAnswer) => void>
}

function startClient(onGone: (running: Running) => void): Running {
  // Not relative to this module: the bundler would take it for a file to ship.
  const program = join(dirname(process.argv[1] ?? ''), '..', 'artifact', 'index.js')
  const child = fork(program, [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] })
  const running: Running = { child, waiting: new Map() }
  const gone = (missing: string) => {
    onGone(running)
    for (const resolve of running.waiting.values()) resolve({ missing })
  }
  // What waits for an answer holds this process by its timer.
  child.unref()
  child.channel?.unref()
  child.once('error', (error) => gone(error.message))
  child.once('exit', () => gone('the artifact client ended without an answer'))
  child.on('message', (said) => {
    const { id, done, missing } = fields(said)
    running.waiting.get(number(id) ?? -1)?.(typeof done === 'string' ? { done } : { missing: text(missing) })
  })
  return running
}

/**
 * Makes the report an artifact that a browser opens. Never rejects.
 * @param path of the report
 * @param folder for a copy that has the name of the artifact, since one that is kept as it is has that of its file
 * @param timeout in milliseconds
 * @returns where a browser opens it
 */
export async function uploadPage(
  client: ArtifactClient,
  step: Leaving,
  path: string,
  folder: string,
  timeout: number,
): Promise<{ url: string } | { missing: string }> {
  const name = pageName(step)
  const copy = join(folder, name)
  try {
    await makeFolder(folder)
    await copyFile(path, copy)
    const answer = await client.ask({ do: 'upload', name, folder, files: [copy], asIs: true }, timeout)
    return 'done' in answer ? { url: artifactUrl(step.context, answer.done) } : answer
  } catch (error) {
    return { missing: String(error) }
  } finally {
    await rm(copy, { force: true }).catch(() => {})
  }
}

/**
 * Downloads an artifact. Never rejects.
 * @param timeout in milliseconds
 */
export async function downloadArtifact(request: DownloadRequest, timeout: number): Promise<ArtifactAnswer> {
  if (!request.own) return await askOnce(request, timeout)
  // The runner's own service knows this run alone, and has listed artifacts that it could not give:
  // https://github.com/actions/download-artifact/issues/486
  const first = await askOnce({ ...request, own: false }, timeout / 2)
  if ('done' in first) return first
  const second = await askOnce(request, timeout / 2)
  return 'done' in second ? second : first
}

async function askOnce(request: DownloadRequest, timeout: number): Promise<ArtifactAnswer> {
  const client = artifactClient()
  const answer = await client.ask(request, timeout)
  client.end()
  return answer
}
