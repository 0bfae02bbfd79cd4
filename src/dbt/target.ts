import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { text } from '../json.ts'
import { reasonOf } from '../reason.ts'
import type { DbtEvent } from './event.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { type RunResults, readRunResults } from './run-results.ts'

/** Where dbt's artifacts are. */
export interface TargetOptions {
  /** Where manifest.json and run_results.json are expected, unless the stream says otherwise. */
  target: string
  /** Relative paths in the stream start at one of these. */
  roots: string[]
}

/** The artifacts of one invocation in dbt's target folder. */
export interface Target {
  /** Takes note of where an event says that an artifact was written; true where the manifest is there by now. */
  notice(event: DbtEvent): boolean
  /** What could not be read, and why; one sentence for a file. */
  unread(): string[]
  /** The manifest of this invocation; undefined where there is none. */
  manifest(invocationId: string): Promise<Manifest | undefined>
  /** The results of this invocation, with the path of their file; undefined where there are none. */
  runResults(invocationId: string): Promise<(RunResults & { path: string }) | undefined>
}

/** @returns a reader that only believes files of the invocation it is asked for: those of an earlier command may still be there */
export function targetOf(options: TargetOptions): Target {
  let manifestPath = join(options.target, 'manifest.json')
  let resultsPath = join(options.target, 'run_results.json')
  const unread = new Map<string, string>()

  return {
    unread: () => [...unread.values()],
    notice: ({ name, data }) => {
      const path = name === 'ArtifactWritten' ? text(data.artifact_path) : ''
      // `dbt source freshness --output` gives it another name.
      if (path && data.artifact_type === 'FreshnessResult') resultsPath = path
      if (/(^|[\\/])(run_results|sources)\.json$/.test(path)) resultsPath = path
      // Before 1.10 dbt Core does not say what it writes; what it found is in the manifest by then.
      if (!/(^|[\\/])manifest\.json$/.test(path)) return name === 'FoundStats'
      manifestPath = path
      // Fusion does not say where it writes its results.
      resultsPath = join(dirname(path), 'run_results.json')
      return true
    },
    manifest: (id) => firstOf(candidates(options, manifestPath, ['manifest.json']), id, unread, readManifest),
    runResults: (id) =>
      firstOf(candidates(options, resultsPath, RESULTS), id, unread, async (path) => ({
        ...(await readRunResults(path)),
        path,
      })),
  }
}

async function firstOf<File extends { invocationId: string }>(
  paths: string[],
  invocationId: string,
  unread: Map<string, string>,
  read: (path: string) => Promise<File>,
): Promise<File | undefined> {
  for (const path of paths) {
    const file = await read(path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      unread.set(path, `${basename(path)} could not be read: ${reasonOf(error)}`)
      return undefined
    })
    if (!file) continue
    unread.delete(path)
    if (file.invocationId === invocationId && invocationId !== '') return file
  }
  return undefined
}

/** `dbt source freshness` writes the latter. */
const RESULTS = ['run_results.json', 'sources.json']

/**
 * Where a file may be: as the stream says (Core relative to where it was started, Fusion relative to the project),
 * else where it is expected; a recorded stream comes from another machine.
 */
function candidates({ roots, target }: TargetOptions, noticed: string, names: string[]): string[] {
  const paths = isAbsolute(noticed) ? [noticed] : roots.map((root) => resolve(root, noticed))
  return [...new Set([...paths, ...names.map((name) => join(target, name))])]
}
