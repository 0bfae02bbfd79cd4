/** What dbt writes into its target folder while and after it runs. */
import { copyFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { makeFolder } from '../folder.ts'
import { text } from '../json.ts'
import { describe } from '../run/conclude.ts'
import type { Run } from '../run/run.ts'
import type { DbtEvent } from './event.ts'
import { type Manifest, readManifest } from './manifest.ts'
import type { Hide } from './redact.ts'
import { type RunResults, readRunResults } from './run-results.ts'

/** Where the files are, and what is made of them. */
export interface Following {
  /** Where manifest.json and run_results.json are expected, unless the stream says otherwise. */
  target: string
  /** Relative paths in the stream start at one of these. */
  roots: string[]
  /** The folder for what is kept of a run. */
  keep: string
  /** run_results.json of the runs before this one, merged; empty where there is none. */
  before: string
  hide: Hide
}

/** Follows dbt's files of a run: the manifest as soon as it is there, the results once dbt has ended. */
export function followTarget(following: Following, run: Run) {
  const paths = {
    manifest: join(following.target, 'manifest.json'),
    results: join(following.target, 'run_results.json'),
  }
  /** Of the attempts before this one, and of this one. */
  const kept = following.before ? [following.before] : []
  let latest = ''
  let loading: Promise<void> = Promise.resolve()
  let loaded: Manifest | undefined

  /** A file that an earlier command left behind says nothing of this run. */
  const isOurs = (file: { invocationId: string }) => file.invocationId === run.id && run.id !== ''

  async function load(): Promise<void> {
    if (loaded) return
    for (const path of candidates(following, paths.manifest, ['manifest.json'])) {
      const manifest = await readManifest(path).catch(() => undefined)
      if (!manifest || !isOurs(manifest)) continue
      loaded = manifest
      for (const node of manifest.nodes.values()) node.relation = following.hide(node.relation)
      describe(run, manifest)
      return
    }
  }

  return {
    notice(event: DbtEvent): void {
      const path = text(event.data.artifact_path)
      if (event.name === 'ArtifactWritten' && /(^|[\\/])manifest\.json$/.test(path)) {
        paths.manifest = path
        // Fusion does not tell where it writes its results.
        paths.results = join(dirname(path), 'run_results.json')
        loading = loading.then(load)
      }
      if (event.name === 'ArtifactWritten' && /(^|[\\/])(run_results|sources)\.json$/.test(path)) {
        paths.results = path
      }
    },
    /** Once dbt has ended: its results, where they are this run's. */
    async end(): Promise<RunResults | undefined> {
      await loading
      await load()
      let runResults: RunResults | undefined
      latest = ''
      for (const path of candidates(following, paths.results, RESULTS)) {
        const file = await readRunResults(path).catch(() => undefined)
        if (!file || !isOurs(file)) continue
        runResults = file
        latest = path
        break
      }
      return runResults
    },
    /** Before the next attempt writes over them. */
    async keep(): Promise<void> {
      if (latest === '') return
      const copy = join(following.keep, `run_results.attempt-${run.attempt - 1}.json`)
      try {
        await makeFolder(following.keep)
        await copyFile(latest, copy)
        kept.push(copy)
      } catch {
        // A full disk; the merge lacks this attempt then.
      }
    },
    paths: () => ({
      manifestPath: loaded?.path ?? '',
      runResultsPaths: latest ? [...kept, latest] : [...kept],
    }),
  }
}

/** `dbt source freshness` writes the latter. */
const RESULTS = ['run_results.json', 'sources.json']

/**
 * Where a file may be: as the stream says (Core as seen from where it was started, Fusion as seen from the
 * project), else where it is expected; a recorded stream comes from another machine.
 */
function candidates({ roots, target }: Following, told: string, names: string[]): string[] {
  const paths = isAbsolute(told) ? [told] : roots.map((root) => resolve(root, told))
  return [...new Set([...paths, ...names.map((name) => join(target, name))])]
}
