import type { Hide } from '../dbt/redact.ts'
import type { Excerpt } from '../project/excerpt.ts'
import type { Place, ProjectFiles } from '../project/files.ts'
import { isConsequence } from '../project/missing-name.ts'
import { type Annotation, type Evidence, errorAnnotation } from '../report/annotation.ts'
import { shownInFull } from '../report/failure-table.ts'
import { warningAnnotation, warningLine } from '../report/warnings.ts'
import { ownErrors } from '../run/counts.ts'
import type { Node, Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import { ownWarnings } from '../run/warnings.ts'

/** What the files of the project have on nodes and errors; looked up late and once, for all reporters. */
export interface Findings {
  /** Where a node is written, with the source around it, and its compiled SQL. */
  of(node: Node): Promise<Evidence>
  /** Its compiled SQL alone; empty where there is none. */
  sqlOf(node: Node): Promise<string>
  /** Where failed and warned nodes are written, by unique_id; of the first failures all that is known. */
  ofFailures(): Promise<Map<string, Evidence>>
  /** Warnings of dbt itself that name a file of the repository, and the others as sentences; none while dbt runs. */
  warnings(): Promise<{ placed: Annotation[]; others: string[] }>
  /** Errors of dbt itself that name a file of the repository; none while dbt runs. */
  problems(): Promise<Annotation[]>
}

/** What is looked up outside of the project's files. */
export interface Sources {
  /** Lines around a place; undefined where its file cannot be read. */
  excerpt(place: Place): Promise<Excerpt | undefined>
  /** Paths that this pull request changes, as in places; undefined where git cannot tell. */
  changed(): Promise<ReadonlySet<string> | undefined>
}

const NO_SOURCES: Sources = { excerpt: async () => undefined, changed: async () => undefined }

/** Messages of one kind of warning that are annotated: a flood would hide the rest. */
const MOST_PLACED = 20

/** @param hide applied to compiled SQL, which comes from the disk rather than from the stream */
export function findingsOf(
  run: Run,
  files: ProjectFiles,
  hide: Hide,
  sources: Sources = NO_SOURCES,
): Findings {
  const places = new Map<string, { state: string; place: Promise<Place | undefined> }>()
  // Once: so many files are searched in all (lookup.ts) that a second time would find less.
  let problems: Promise<Annotation[]> | undefined
  let warnings: ReturnType<Findings['warnings']> | undefined

  /** Looked up once for what is known of a node: each view of the roll-up asks for all that failed. */
  async function placeOf(node: Node): Promise<Place | undefined> {
    const known = run.graph.get(node.uniqueId)
    // An annotation on the wrong line could not be taken back. So it waits for the manifest, which Fusion writes last,
    // for the end of the node, which has its message, and for the age of a source, which is in the last file of all.
    const waits =
      known === undefined || !node.settled || (node.resourceType === 'source' && node.message === '')
    if (waits && run.exitCode === undefined) return undefined
    const state = `${known !== undefined} ${node.message.length}`
    const before = places.get(node.uniqueId)
    if (before?.state === state) return await before.place
    const place = files.locate(known, node.message, node.uniqueId)
    places.set(node.uniqueId, { state, place })
    return await place
  }

  async function sqlOf(node: Node): Promise<string> {
    const known = run.graph.get(node.uniqueId)
    return known ? hide(await files.compiled(known)) : ''
  }

  async function detailsOf(node: Node): Promise<Evidence> {
    const sql = await sqlOf(node)
    const location = await placeOf(node)
    if (!location || !isNoteworthy(node)) return { location, sql }
    const changed = await sources.changed()
    const excerpt = await sources.excerpt(location)
    return { location, sql, excerpt, changed: changed?.has(location.path) }
  }

  return {
    of: detailsOf,
    sqlOf,
    ofFailures: () => evidenceOfFailures(run, placeOf, detailsOf),
    problems: async () => {
      if (run.exitCode === undefined) return []
      problems ??= problemsOf(run, files)
      return await problems
    },
    warnings: async () => {
      if (run.exitCode === undefined) return { placed: [], others: [] }
      warnings ??= warningsOf(run, files)
      return await warnings
    },
  }
}

async function problemsOf(run: Run, files: ProjectFiles): Promise<Annotation[]> {
  const problems: Annotation[] = []
  const errors = ownErrors(run)
  for (const message of errors.filter((error) => !isConsequence(error, errors))) {
    const place = await files.locateError(message)
    if (place) problems.push(errorAnnotation(message, place))
  }
  return problems
}

async function warningsOf(run: Run, files: ProjectFiles): ReturnType<Findings['warnings']> {
  const found = { placed: [] as Annotation[], others: [] as string[] }
  for (const warning of ownWarnings(run)) {
    const before = found.placed.length
    for (const message of warning.messages.slice(0, MOST_PLACED)) {
      const place = await files.locateError(message)
      if (place) found.placed.push(warningAnnotation(warning.kind, message, place))
    }
    if (found.placed.length === before) found.others.push(warningLine(warning))
  }
  return found
}

/** In full only of those that the summary shows in full. */
async function evidenceOfFailures(
  run: Run,
  placeOf: (node: Node) => Promise<Place | undefined>,
  detailsOf: (node: Node) => Promise<Evidence>,
): Promise<Map<string, Evidence>> {
  const inFull = new Set(shownInFull(run))
  const evidence = new Map<string, Evidence>()
  for (const node of run.nodes.values()) {
    if (!isNoteworthy(node)) continue
    const found = inFull.has(node) ? await detailsOf(node) : { location: await placeOf(node), sql: '' }
    evidence.set(node.uniqueId, found)
  }
  return evidence
}

/** Whether a node failed or warned, so that it is shown with its place. */
export function isNoteworthy(node: Node): boolean {
  const result = outcome(node.status)
  return result === 'failed' || result === 'warn'
}
