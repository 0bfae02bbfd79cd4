/** What dbt writes into its target folder while and after it runs. */
import { copyFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { type DbtEvent, text } from './dbt/event.ts'
import { makeFolder } from './dbt/folder.ts'
import { type Manifest, readManifest } from './dbt/manifest.ts'
import type { Hide } from './dbt/redact.ts'
import { type RunResults, readRunResults } from './dbt/run-results.ts'
import { describe } from './invocation/conclude.ts'
import type { Invocation } from './invocation/invocation.ts'

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
export function followTarget(run: Following, invocation: Invocation) {
  const paths = { manifest: join(run.target, 'manifest.json'), results: join(run.target, 'run_results.json') }
  /** Of the attempts before this one, and of this one. */
  const kept = run.before ? [run.before] : []
  let latest = ''
  let loading: Promise<void> = Promise.resolve()
  let loaded: Manifest | undefined

  /** A file that an earlier command left behind says nothing of this run. */
  const isOurs = (file: { invocationId: string }) =>
    file.invocationId === invocation.id && invocation.id !== ''

  async function load(): Promise<void> {
    if (loaded) return
    for (const path of candidates(run, paths.manifest, ['manifest.json'])) {
      const manifest = await readManifest(path).catch(() => undefined)
      if (!manifest || !isOurs(manifest)) continue
      loaded = manifest
      for (const node of manifest.nodes.values()) node.relation = run.hide(node.relation)
      describe(invocation, manifest)
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
      for (const path of candidates(run, paths.results, RESULTS)) {
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
      const copy = join(run.keep, `run_results.attempt-${invocation.attempt - 1}.json`)
      try {
        await makeFolder(run.keep)
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
