/** The folder in which a run is saved, for a later one to go on from: here, or as an artifact. */
import { randomUUID } from 'node:crypto'
import { lstat, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Hide, hideInJson } from '../dbt/redact.ts'
import { makeFolder } from '../folder.ts'
import {
  type ArtifactAnswer,
  type ArtifactClient,
  artifactName,
  type DownloadRequest,
  downloadArtifact,
  type Leaving,
  STATE_FILE,
} from '../github/artifacts.ts'
import type { Run } from '../run/run.ts'
import { type About, readSavedRun, type SavedRun, savedText, VERSION } from '../run/saved.ts'
import { writeWhole } from '../whole-file.ts'
import { mergeRunResults } from './merged-results.ts'

const RUN_RESULTS = 'run_results.json'
const MANIFEST = 'manifest.json'
/** In bytes; 10,000 nodes that all failed take half of it. A larger one was not made by us. */
const LARGEST = 100 * 1024 * 1024

/** Saved first of all: if nothing follows, it is unknown how far dbt came. */
export async function saveBegun(folder: string, about: About): Promise<void> {
  await makeFolder(folder)
  const begun: SavedRun = {
    version: VERSION,
    about,
    finished: false,
    reached: -1,
    engine: '',
    projectName: '',
    nodes: [],
  }
  await writeFile(join(folder, STATE_FILE), JSON.stringify(begun))
}

/**
 * Saves a run that has ended.
 * @param paths of each invocation's run_results.json, the oldest first
 * @returns the path of one file with their results merged; empty where there are none
 * @throws Error where the disk is full
 */
export async function saveEnded(
  folder: string,
  run: Run,
  paths: string[],
  about: About,
  hide: Hide,
): Promise<string> {
  await writeWhole(join(folder, STATE_FILE), savedText(run, about))
  if (paths.length === 0) return ''
  const merged = join(folder, RUN_RESULTS)
  await mergeRunResults(paths, merged, hide)
  return merged
}

/** A larger one is not kept: it is read as a whole, to hide secrets. In bytes; as text it takes twice as much memory. */
const LARGEST_MANIFEST = 64 * 1024 * 1024

/**
 * Keeps the manifest of a run for others to defer to.
 * @returns false where it is too large
 * @throws Error where it cannot be read or written
 */
export async function saveManifest(folder: string, path: string, hide: Hide): Promise<boolean> {
  if ((await lstat(path)).size > LARGEST_MANIFEST) return false
  await makeFolder(folder)
  await writeFile(join(folder, MANIFEST), hideInJson(await readFile(path, 'utf8'), hide))
  return true
}

/**
 * Makes the folder an artifact. Never rejects.
 * @param timeout in milliseconds
 */
export async function uploadState(
  client: ArtifactClient,
  { context, checkName, by }: Leaving,
  folder: string,
  timeout: number,
): Promise<ArtifactAnswer> {
  const files = await savedFiles(folder)
  if (files.length === 0) return { missing: 'nothing was saved' }
  const name = artifactName(checkName, context.runAttempt, by)
  return await client.ask({ do: 'upload', name, folder, files }, timeout)
}

/**
 * The state that a workflow run left as an artifact, and the attempt that it is of. Never rejects.
 * @param temp the folder for a new one
 * @param timeout in milliseconds
 */
export async function downloadState(
  from: Omit<DownloadRequest, 'do' | 'folder'>,
  temp: string,
  timeout: number,
): Promise<(State & { attempt: number }) | { missing: string }> {
  const folder = join(temp, `dbt-watcher-${randomUUID()}`)
  const answer = await downloadArtifact({ do: 'download', ...from, folder }, timeout)
  if ('missing' in answer) return answer
  const state = await readState(folder)
  return 'missing' in state ? state : { ...state, attempt: Number(answer.done) }
}

/** As `downloadState`, of which no file stays; undefined where there is none. Never rejects. */
export async function downloadSaved(
  ...given: Parameters<typeof downloadState>
): Promise<SavedRun | undefined> {
  const [from, temp, timeout] = given
  const own = join(temp, `dbt-watcher-${randomUUID()}`)
  const state = await downloadState(from, own, timeout)
  await rm(own, { recursive: true, force: true }).catch(() => {})
  return 'missing' in state ? undefined : state.saved
}

/** The files of the folder that make an artifact. */
async function savedFiles(folder: string): Promise<string[]> {
  const files = [STATE_FILE, RUN_RESULTS, MANIFEST].map((name) => join(folder, name))
  const there = await Promise.all(files.map(isFile))
  return files.filter((_, i) => there[i])
}

export interface State {
  saved: SavedRun
  /** The path of its run_results.json; empty where there is none. */
  runResults: string
  /** The folder of its manifest.json; empty where there is none. */
  manifestFolder: string
}

/** Never rejects: a state that cannot be read is data. */
export async function readState(folder: string): Promise<State | { missing: string }> {
  const [state, results] = [join(folder, STATE_FILE), join(folder, RUN_RESULTS)]
  try {
    if (!(await isFile(state))) return { missing: 'there is none' }
    if ((await lstat(state)).size > LARGEST) return { missing: 'it is too large to be ours' }
    const saved = readSavedRun(await readFile(state, 'utf8'))
    const manifestFolder = (await isFile(join(folder, MANIFEST))) ? folder : ''
    return { saved, runResults: (await isFile(results)) ? results : '', manifestFolder }
  } catch {
    return { missing: 'it is damaged, or of another version of dbt-watcher' }
  }
}

/** A file of its own: no link, which could lead anywhere, and no pipe. */
async function isFile(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isFile() ?? false
}
