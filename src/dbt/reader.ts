/** From the lines of one dbt command to events: engine differences and secrets end here. */
import { fields } from '../json.ts'
import type { Level } from './command.ts'
import { type DbtEvent, eventReader, isRead } from './event.ts'
import type { Manifest, ManifestNode } from './manifest.ts'
import type { Exit } from './process.ts'
import { type Hide, hideIn, redactEvent } from './redact.ts'
import type { RunResults } from './run-results.ts'
import { type TargetOptions, targetOf } from './target.ts'

/** What a dbt command says while it runs, secrets hidden. */
export type Output =
  | { event: DbtEvent }
  /** An event that only the log shows: a detail at level debug, or of another dbt that a wrapper ran first. */
  | { logged: DbtEvent }
  /** A line that is no event. */
  | { text: string }
  /** The manifest has been written. */
  | { manifest: Manifest }

/** What a dbt command left. */
export interface End {
  exit: Exit
  /** Undefined where there is none, or it is another command's. */
  runResults: RunResults | undefined
  /** Paths of the artifacts; empty where there is none. */
  runResultsPath: string
  manifestPath: string
  /** How long the processor worked for dbt while its nodes ran, in milliseconds, where that is known. */
  processorTime?: number | undefined
  /** Artifacts that could not be read, and why, as sentences. */
  unread: string[]
}

export interface ReaderOptions extends TargetOptions {
  /** dbt's lowest level that is printed. */
  level: Level
  /** Hides secrets in all that leaves the reader. */
  hide: Hide
}

/** Reads one dbt command. */
export interface DbtReader {
  onLine(line: string): void
  /** Reads the artifacts once dbt has ended. */
  end(exit: Exit): Promise<End>
}

/** @param onOutput is called with what each line says, and with the manifest once it is read */
export function readDbt(options: ReaderOptions, onOutput: (output: Output) => void): DbtReader {
  const { level, hide } = options
  const target = targetOf(options)
  const read = eventReader()
  let id = ''
  let namedNode = false
  let manifest: Manifest | undefined
  let loading: Promise<void> = Promise.resolve()
  const faults = new Set<string>()

  async function loadManifest(): Promise<void> {
    if (manifest) return
    manifest = await target.manifest(id)
    if (!manifest) return
    for (const node of manifest.nodes.values()) hideInNode(node, hide)
    onOutput({ manifest })
  }

  /** dbt's result stands without it. */
  async function tryManifest(): Promise<void> {
    await loadManifest().catch((error: unknown) => faults.add(`manifest.json could not be used: ${error}`))
  }

  function outputOf(line: string): Output | undefined {
    const detail = !isRead(line)
    if (detail && level !== 'debug') return undefined
    const parsed = read(line)
    if (!parsed) return { text: hide(line) }
    const event = redactEvent(parsed, hide)
    // A wrapper may run another dbt first, such as `dbt deps`: what counts is the one that names nodes.
    if (id === '' || (event.name === 'MainReportVersion' && !namedNode)) id = event.invocationId
    if (detail || event.invocationId !== id) return { logged: event }
    namedNode ||= event.node !== undefined
    if (target.notice(event)) loading = loading.then(tryManifest)
    return { event }
  }

  return {
    onLine: (line) => {
      const output = outputOf(line)
      if (output) onOutput(output)
    },
    end: async (exit) => {
      await loading
      await tryManifest()
      const runResults = await target.runResults(id)
      for (const result of runResults?.results ?? []) {
        result.message = hide(result.message)
        result.relation = hide(result.relation)
      }
      return {
        exit,
        runResults,
        runResultsPath: runResults?.path ?? '',
        manifestPath: manifest?.path ?? '',
        unread: [...target.unread(), ...faults].map(hide),
      }
    },
  }
}

/** Hides secrets in what people are shown of a node of the manifest. */
function hideInNode(node: ManifestNode, hide: Hide): void {
  const { test, properties } = node
  node.relation = hide(node.relation)
  if (node.loadedAtField) node.loadedAtField = hide(node.loadedAtField)
  if (test) test.kwargs = fields(hideIn(test.kwargs, hide))
  if (!properties) return
  properties.description = hide(properties.description)
  properties.owner = hide(properties.owner)
}
