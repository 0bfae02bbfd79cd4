/** Looks up the rows of failed tests, for the job summary and the report. */
import { type FailedTest, type FailingRows, readRows, rowsQuery } from '../dbt/failing-rows.ts'
import type { ManifestNode } from '../dbt/manifest.ts'
import type { Hide } from '../dbt/redact.ts'
import { reasonOf } from '../reason.ts'
import { plural } from '../report/figures.ts'
import { hasError } from '../report/test-text.ts'
import { isHook } from '../run/counts.ts'
import { engineOf, type Node, type Run } from '../run/run.ts'
import type { Sleep } from '../sleep.ts'
import type { Reporter } from './reporter.ts'

/** What was found: data that later reporters read. */
export interface FoundRows {
  tests: Map<string, FailingRows>
  /** Why there is less than was asked for, in a sentence; empty where there is all of it. */
  notice: string
}

export interface FailingRowsOptions {
  /** The most rows of a test; 0 for none. */
  limit: number
  /** Why no rows may be shown here; empty where they may. */
  forbidden: string
  /** Compiled SQL as dbt sends it; empty where there is none. */
  compiled(node: ManifestNode): Promise<string>
  /** Starts dbt on Jinja of ours; what it prints comes line by line. */
  show(jinja: string, onPrint: (text: string) => void): Promise<Shown>
  hide: Hide
  /** How messages name an input. */
  naming(input: string): string
  sleep: Sleep
  /** Filled in here. */
  found: FoundRows
}

/** A `dbt show` that runs. */
export interface Shown {
  kill(signal: NodeJS.Signals): void
  /** Settles with dbt's exit code; null where a signal ended it. */
  ended: Promise<number | null>
}

/** In milliseconds. */
const PATIENCE = 30_000

export function failingRows(options: FailingRowsOptions): Reporter {
  return { name: 'rows of failed tests', finish: (run, stopped) => look(run, stopped, options) }
}

async function look(run: Run, stopped: Promise<void>, options: FailingRowsOptions): Promise<void> {
  const { limit, forbidden, naming, found } = options
  const failed = [...run.nodes.values()].filter((node) => {
    // A unit test has no rows but those in its message.
    return node.resourceType === 'test' && node.status === 'fail' && node.origin === '' && !hasError(node)
  })
  if (limit === 0 || failed.length === 0 || run.stoppedAt !== undefined) return
  const why = forbidden || (runsHooks(run) ? 'since dbt v2 would run the hooks of the project again' : '')
  if (why) {
    found.notice = `${naming('failing-rows')}: no rows are shown, ${why}.`
    return
  }
  const tests: FailedTest[] = []
  for (const node of failed) {
    const known = run.graph.get(node.uniqueId)
    if (!known || isPersonal(run, known)) continue
    const sql = storedRows(node) || (await options.compiled(known))
    if (sql) tests.push({ uniqueId: node.uniqueId, sql })
  }
  const { jinja, asked } = rowsQuery(tests, limit)
  if (asked.length > 0) await ask(jinja, asked, stopped, options)
}

/** v2 runs hooks with `dbt show`, Core does not (tried with 2.0.0-preview.196 and 1.11.16). */
function runsHooks(run: Run): boolean {
  return engineOf(run).engine === 'v2' && [...run.nodes.values(), ...run.graph.values()].some(isHook)
}

/** With store_failures they are a table already. */
function storedRows(node: Node): string {
  return node.relation ? `select * from ${node.relation}` : ''
}

/** Whether a test, or what it tests, or a column of that is tagged pii. */
function isPersonal({ graph }: Run, test: ManifestNode): boolean {
  const nodes = [test, ...test.dependsOn.map((id) => graph.get(id))]
  const tags = nodes.flatMap((node) =>
    node ? [...node.tags, ...(node.properties?.columnTags ?? [])] : ['pii'],
  )
  return tags.some((tag) => tag.toLowerCase() === 'pii')
}

async function ask(
  jinja: string,
  asked: string[],
  stopped: Promise<void>,
  { limit, show, hide, naming, sleep, found }: FailingRowsOptions,
): Promise<void> {
  const wanted = new Set(asked)
  const onPrint = (printed: string) => {
    const read = readRows(printed)
    if (!read || !wanted.has(read.uniqueId)) return
    const rows = read.rows.slice(0, limit).map((row) => row.map(hide))
    found.tests.set(read.uniqueId, { columns: read.columns.map(hide), rows })
  }
  const late = sleep(PATIENCE)
  try {
    const dbt = await show(jinja, onPrint)
    const end = await Promise.race([
      dbt.ended.then((code) => (code === 0 ? '' : 'dbt show failed')),
      late.done.then(() => 'dbt show took more than 30 s'),
      stopped.then(() => 'the run was stopped'),
    ])
    if (end) dbt.kill('SIGKILL')
    const missing = asked.filter((id) => !found.tests.has(id)).length
    if (end && missing > 0) {
      found.notice = `${naming('failing-rows')}: the rows of ${plural(missing, 'failed test')} are not shown, since ${end}.`
    }
  } catch (error) {
    const reason = hide(reasonOf(error))
    found.notice = `${naming('failing-rows')}: no rows are shown, since dbt show did not start: ${reason}`
  } finally {
    late.wake()
  }
}
