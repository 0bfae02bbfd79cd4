import type { ErrorType } from '../dbt/event.ts'
import type { ManifestNode } from '../dbt/manifest.ts'
import type { FailedBatches } from '../dbt/run-results.ts'
import type { Selection } from '../dbt/selection.ts'
import { STARTED } from './status.ts'
import type { DbtWarning } from './warnings.ts'

/**
 * The state of a run: one dbt command, or several in a row. Made by `begin`, changed in place by `startInvocation`,
 * `reduce`, `describe`, `conclude` and `end`.
 */
export interface Run {
  /** The dbt_project.yml's name, where known: nodes of other packages are named with theirs. */
  projectName: string
  nodes: Map<string, Node>
  /** What the manifest says of every node of the project, run or not; empty until it was read. */
  graph: ReadonlyMap<string, ManifestNode>
  /** For each node of the graph the tests and unit tests that depend on it. */
  tests: ReadonlyMap<string, string[]>
  /** The words of the user's commands that are to run, in their order. */
  commands: string[][]
  /** In their order; only the last one may still be running. */
  invocations: Invocation[]
  /** Warnings of dbt itself in the run that this one continues. */
  earlierWarnings: DbtWarning[]
  /** Whether it runs what an earlier run left, all of which is known. */
  continues: boolean
  retries: RetryPolicy
  startedAt: number
  /** Set once no further invocation follows, as is exitCode. */
  finishedAt: number | undefined
  /** The exit code of dbt, or 128 + n where signal n ended it; of several commands the greatest. */
  exitCode: number | undefined
  /** Set when the run was told to stop, to the time of that. */
  stoppedAt: number | undefined
}

/** A dbt command that a run is to start. */
export interface Command {
  /** `deps` installs packages; `command` is one of the user's; `retry` runs what the invocation before left undone. */
  purpose: 'deps' | 'command' | 'retry'
  /** The words of the dbt command line as the user wrote them. */
  words: string[]
  /** What it is to run, where that is not what the words say. */
  selection: Selection | undefined
  /** How long to wait before it starts, in milliseconds. */
  delay: number
  /** What it means that it selects no node, where its selection is ours and that is in order. */
  idle?: string | undefined
}

/** One dbt command of a run, in dbt's vocabulary: https://docs.getdbt.com/reference/dbt-jinja-functions/invocation_id */
export interface Invocation {
  command: Command
  /** dbt's invocation_id; empty until its first event. */
  id: string
  engine: 'core' | 'v2' | ''
  /** As dbt calls itself: `dbt`, `dbt-core`, `dbt-oss`, `dbt-fusion`. */
  product: string
  version: string
  /** The adapter and its version, such as `duckdb 1.11.1`; of v2, in which adapters are built, its name alone. */
  adapter: string
  /** How many nodes dbt selected; undefined where it does not say (v2's JSON log). */
  nodeCount: number | undefined
  /** How many nodes dbt runs at a time; undefined where it does not say (v2). */
  threads: number | undefined
  /** How long the processor worked for dbt while its nodes ran, in milliseconds; undefined where that is not known. */
  processorTime: number | undefined
  /** Errors of dbt itself as it printed them: parse errors, profile errors. */
  errors: string[]
  /** How many further errors there were. */
  moreErrors: number
  /** unique_id of a hook that runs a query and has no result yet; empty where there is none. */
  openHook: string
  /** unique_ids of hooks after which dbt gave up the rest of them (Core 1.8). */
  refusedHooks: string[]
  /** What the database refused last while a hook ran, and the hook's unique_id (Core). */
  hookError: { uniqueId: string; message: string } | undefined
  /** Warnings of dbt itself, by kind; those of nodes are the nodes'. */
  warnings: DbtWarning[]
  /** The last lines that were no events; where dbt ends before its log begins, only they have the reason. */
  lastLines: string[]
  /** unique_ids in the order in which dbt marked their children as skipped. */
  marked: string[]
  startedAt: number
  finishedAt: number | undefined
  /** Set once dbt has ended: its exit code, or 128 + n where signal n ended it. */
  exitCode: number | undefined
  /** Whether dbt reported the end of all that it began: only then is it known what is left to do. */
  complete: boolean
  /** Where its run_results.json is; empty where there is none. */
  runResultsPath: string
  /** Where its manifest.json is; empty where there is none. */
  manifestPath: string
  /** Artifacts that could not be read, and why, as sentences. */
  unread: string[]
}

/** How often, and for what, nodes are run again within the step. */
export interface RetryPolicy {
  /** The most retries of one command. */
  most: number
  /** Whether a test that failed is a reason for one. */
  tests: boolean
  /** Whether an error that dbt calls the user's is a reason for one. */
  userErrors: boolean
}

/** What became of a node in one run of dbt. */
export interface Result {
  /** dbt's word; see status.ts. */
  status: string
  message: string
  /** Whose the error is, where dbt says (v2). */
  errorType: ErrorType | undefined
  /** Milliseconds since the epoch. */
  startedAt: number | undefined
  finishedAt: number | undefined
  /** Seconds by dbt's own measure. */
  executionTime: number | undefined
  rowsAffected: number | undefined
  /** Rows that a test found. */
  failures: number | undefined
  /** Of a microbatch model, where dbt says. */
  failedBatches: FailedBatches | undefined
  /** unique_id of the node that caused a skip; empty where unknown. */
  cause: string
  /** The number of its invocation in this run, from 1; 0 where an earlier run ran it. */
  invocation: number
  /** Where an earlier attempt of the job ran it, or another workflow run, which; empty for this one. */
  origin: string
  /** dbt's name of the thread that ran it; empty where it has none. */
  thread: string
}

/** A node that dbt named in its stream or in run_results.json. */
export interface Node extends Result {
  uniqueId: string
  resourceType: string
  name: string
  /** Whether NodeFinished or the file said so, which beats what was read from other events. */
  settled: boolean
  materialized: string
  relation: string
  /** unique_id of the node that caused a skip, where dbt says (v2). */
  namedCause: string
  /** Whether an error kept a test from running (v2). */
  erred: boolean
  /** Batches of a microbatch model that have ended. */
  batches: number
  /** Batches that have ended, whose NodeFinished is still to come. */
  openBatches: number
  /** What became of it before, the oldest first. */
  earlier: Result[]
  /** What runs it again, by the earlier run that left it; in place of the manifest, until that was read. */
  saved?: { selector: string; microbatch: boolean | undefined }
}

/** @param startedAt milliseconds since the epoch */
export function begin(startedAt: number, projectName = ''): Run {
  return {
    projectName,
    nodes: new Map(),
    graph: new Map(),
    tests: new Map(),
    commands: [],
    invocations: [],
    earlierWarnings: [],
    continues: false,
    retries: { most: 0, tests: false, userErrors: false },
    startedAt,
    finishedAt: undefined,
    exitCode: undefined,
    stoppedAt: undefined,
  }
}

/** The invocation that runs, or ran last. */
export function currentInvocation(run: Run): Invocation | undefined {
  return run.invocations.at(-1)
}

/** The invocations whose result stands: a retry takes the place of the one before it. */
export function lastingInvocations({ invocations }: Run): Invocation[] {
  return invocations.filter((_, i) => invocations[i + 1]?.command.purpose !== 'retry')
}

/** Which retry an invocation was, from 1; 0 for the command itself. @param number as in `Result` */
export function retryOf({ invocations }: Run, number: number): number {
  const first = invocations.findLastIndex((one, i) => i < number && one.command.purpose !== 'retry')
  return Math.max(0, number - 1 - Math.max(0, first))
}

/** The engine and version that ran, as far as an invocation said so. */
export function engineOf({ invocations }: Run): Pick<Invocation, 'engine' | 'product' | 'version'> {
  return invocations.findLast(({ engine }) => engine !== '') ?? { engine: '', product: '', version: '' }
}

/** The adapter that ran, as far as an invocation said so. */
export function adapterOf({ invocations }: Run): string {
  return invocations.findLast(({ adapter }) => adapter !== '')?.adapter ?? ''
}

/** The result of a node that has not run. */
export function unseen(invocation: number): Result {
  return {
    status: STARTED,
    message: '',
    errorType: undefined,
    startedAt: undefined,
    finishedAt: undefined,
    executionTime: undefined,
    rowsAffected: undefined,
    failures: undefined,
    failedBatches: undefined,
    cause: '',
    invocation,
    origin: '',
    thread: '',
  }
}

/** The node of this id, made where it is not known yet. */
export function nodeOf(run: Run, uniqueId: string): Node {
  const known = run.nodes.get(uniqueId)
  if (known) return known
  const graph = run.graph.get(uniqueId)
  // Fusion names a run-operation by its bare name, Core as macro.<package>.<name>.
  const parts = uniqueId.split('.')
  const resourceType = parts.length > 1 ? (parts[0] ?? '') : 'macro'
  const node: Node = {
    ...unseen(run.invocations.length),
    // The manifest's own text: equal texts of 100,000 nodes are megabytes.
    uniqueId: graph?.uniqueId ?? uniqueId,
    resourceType: graph?.resourceType ?? resourceType,
    name: graph?.name || parts.slice(2).join('.') || uniqueId,
    settled: false,
    materialized: graph?.materialized ?? '',
    relation: '',
    namedCause: '',
    erred: false,
    batches: 0,
    openBatches: 0,
    earlier: [],
  }
  run.nodes.set(node.uniqueId, node)
  return node
}

/** The order of unique_ids, for `sort`. */
export function byUniqueId(a: Node, b: Node): number {
  return a.uniqueId < b.uniqueId ? -1 : 1
}
