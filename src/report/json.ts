/**
 * The run as JSON, for programs, as json-schema.ts has it. Names are those of dbt's run_results.json where it has the
 * field.
 */
import { countNodes, ownErrors } from '../run/counts.ts'
import type { TimeChange } from '../run/history.ts'
import { byUniqueId, engineOf, type Node, type Result, type Run } from '../run/run.ts'
import { secondsOf } from '../run/seconds.ts'
import { outcome } from '../run/status.ts'
import { advise } from '../run/threads.ts'
import { timingsOf, waitsOf } from '../run/timing.ts'
import { verdict } from '../run/verdict.ts'
import { type BaseRun, compared } from './base-run.ts'
import type { RunJson } from './json-schema.ts'
import { messageOf } from './message.ts'
import { type FileInput, sourceFileOf } from './source-file.ts'
import { middleCut, plain } from './text.ts'

const LONGEST_MESSAGE = 16_000

/** The text of the file. */
export function runJson(input: FileInput): string {
  return `${JSON.stringify(runObject(input))}\n`
}

/** The file's content. */
export function runObject(input: FileInput): RunJson {
  const { run, subject } = input
  const { total, success, warn, failed, skipped, cancelled } = countNodes(run)
  const { engine, version } = engineOf(run)
  return {
    version: 1,
    check_name: subject.checkName,
    command: subject.command,
    project_name: run.projectName,
    project_dir: subject.projectDir,
    engine,
    dbt_version: version,
    ...defined({
      sha: subject.sha || undefined,
      run_url: subject.runUrl || undefined,
      exit_code: run.exitCode,
    }),
    status: verdict(run, subject.failOn),
    started_at: iso(run.startedAt) ?? '',
    ...defined({ completed_at: iso(run.finishedAt) }),
    counts: { total, success, warn, failed, skipped, cancelled },
    errors: ownErrors(run).map(plain),
    nodes: [...run.nodes.values()].sort(byUniqueId).map((node) => nodeJson(input, node)),
    ...defined({ base: subject.base && baseJson(run, subject.base) }),
    ...timingJson(run),
  }
}

function baseJson(run: Run, base: BaseRun): RunJson['base'] {
  const { newFailures, stillFailing, fixed, slower, faster, flaky } = compared(run, base)
  const timed = (changes: TimeChange[]) =>
    changes.map(({ uniqueId, before, now }) => ({ unique_id: uniqueId, before, now }))
  return {
    name: base.label,
    ...defined({
      run_url: base.url || undefined,
      sha: base.saved.about.sha || undefined,
      execution_time: base.seconds,
    }),
    new_failures: newFailures,
    still_failing: stillFailing,
    fixed,
    slower: timed(slower),
    faster: timed(faster),
    flaky: flaky.map(({ uniqueId, runs, failures }) => ({ unique_id: uniqueId, runs, failures })),
  }
}

function nodeJson(input: FileInput, node: Node): RunJson['nodes'][number] {
  const { run, subject, evidence } = input
  const known = run.graph.get(node.uniqueId)
  const found = evidence.get(node.uniqueId)
  return {
    unique_id: node.uniqueId,
    resource_type: node.resourceType,
    name: node.name,
    ...defined({
      package_name: known?.packageName,
      materialized: node.materialized || undefined,
      relation_name: node.relation || undefined,
      file: sourceFileOf(run, subject, node, found) || undefined,
      line: found?.location?.line,
      rows_affected: node.rowsAffected,
      failures: node.failures,
      caused_by: node.cause || undefined,
    }),
    depends_on: known?.dependsOn ?? [],
    ...resultJson(node, node),
    earlier: node.earlier.map((result) => resultJson(node, result)),
  }
}

function resultJson(node: Node, result: Result): RunJson['nodes'][number]['earlier'][number] {
  const meaning = outcome(result.status) ?? 'cancelled'
  const told = meaning === 'success' || (result.message === '' && meaning !== 'failed')
  return {
    status: result.status,
    outcome: meaning,
    ...defined({
      message: told ? undefined : middleCut(messageOf({ ...node, ...result }), LONGEST_MESSAGE),
      started_at: iso(result.startedAt),
      completed_at: iso(result.finishedAt),
      execution_time: secondsOf({ ...node, ...result }),
      thread: result.thread || undefined,
      origin: result.origin || undefined,
    }),
    invocation: result.invocation,
  }
}

function timingJson(run: Run): Pick<RunJson, 'timing' | 'threads'> {
  const timings = timingsOf(run)
  const advice = advise(timings)
  const timing = timings.map((timing) => ({
    invocation: timing.invocation,
    threads: timing.threads,
    around: seconds(timing.around),
    utilisation: Math.round(timing.utilisation * 1000) / 1000,
    critical_path: {
      seconds: seconds(timing.path.milliseconds),
      nodes: timing.path.works.flatMap(({ ids }) => ids),
    },
    waits: Object.fromEntries(
      [...waitsOf(timing)].map(([id, { parents, thread }]) => [
        id,
        { parents: seconds(parents), thread: seconds(thread) },
      ]),
    ),
  }))
  if (!advice) return { timing }
  const forecasts = advice.forecasts.map(({ threads, milliseconds }) => ({
    threads,
    seconds: seconds(milliseconds),
  }))
  return { timing, threads: { current: advice.threads, enough: advice.enough, forecasts } }
}

/** Without the fields that are undefined, which JSON leaves out and a schema with optional fields must not have. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000
}

function iso(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString()
}
