import type { ManifestNode } from '../dbt/manifest.ts'
import type { Outcome } from './status.ts'
import { outcome, STARTED, WAITING } from './status.ts'

/** The state of one dbt run: made by `begin`, changed in place by `reduce`, `describe` and `conclude`. */
export interface Run {
  /** dbt's invocation_id; empty until its first event. */
  id: string
  engine: 'core' | 'fusion' | ''
  version: string
  /** The dbt_project.yml's name, where known: nodes of other packages are named with theirs. */
  projectName: string
  /** How many nodes dbt selected; undefined where it does not say (Fusion). */
  nodeCount: number | undefined
  nodes: Map<string, Node>
  /** What the manifest tells of every node of the project, run or not; empty until it was read. */
  graph: ReadonlyMap<string, ManifestNode>
  /** For each node of the graph the tests and unit tests that depend on it. */
  tests: ReadonlyMap<string, string[]>
  /** Why dbt itself failed: parse errors, profile errors, as it printed them. */
  errors: string[]
  /** The last lines that were no events; where dbt ends before its log begins, they alone say why. */
  lastWords: string[]
  /** What CommandCompleted said; undefined where it never came. */
  succeeded: boolean | undefined
  /** unique_ids in the order in which dbt marked their children as skipped. */
  marked: string[]
  startedAt: number
  finishedAt: number | undefined
  /** Set once dbt has ended: its exit code, or 128 + n where signal n ended it. */
  exitCode: number | undefined
  /** Set when the run was told to stop, to the time of that. */
  stoppedAt: number | undefined
  /** Whether dbt told the end of all that it began: only then is it known what is left to do. */
  finished: boolean
  /** Which process of dbt this is, from 1; another one runs what the one before left undone. */
  attempt: number
  retries: Retries
  /** Whether the process that runs now has named a node yet. */
  heard: boolean
}

/** How often, and for what, dbt is started again. */
export interface Retries {
  /** How many processes there are at most. */
  most: number
  /** Whether a test that failed is a reason. */
  tests: boolean
}

/** What became of a node in one run of dbt. */
export interface Result {
  /** dbt's word; see status.ts. */
  status: string
  message: string
  /** Milliseconds since the epoch. */
  startedAt: number | undefined
  finishedAt: number | undefined
  /** Seconds by dbt's own measure. */
  executionTime: number | undefined
  rowsAffected: number | undefined
  /** Rows that a test found. */
  failures: number | undefined
  /** unique_id of the node that caused a skip; empty where unknown. */
  cause: string
  /** Which process of dbt it was, from 1. */
  attempt: number
  /** Where an earlier attempt of the job ran it, or another workflow run, which; empty for this one. */
  origin: string
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
  /** As dbt's stream wrote it, relative to who knows what; `graph` has the better one. */
  path: string
  thread: string
  /** Batches of a microbatch model that have ended. */
  batches: number
  /** Batches that have ended, whose NodeFinished is still to come. */
  openBatches: number
  /** What became of it before, the oldest first. */
  earlier: Result[]
}

/** @param startedAt milliseconds since the epoch */
export function begin(startedAt: number, projectName = ''): Run {
  return {
    id: '',
    engine: '',
    version: '',
    projectName,
    nodeCount: undefined,
    nodes: new Map(),
    graph: new Map(),
    tests: new Map(),
    errors: [],
    lastWords: [],
    succeeded: undefined,
    marked: [],
    startedAt,
    finishedAt: undefined,
    exitCode: undefined,
    stoppedAt: undefined,
    finished: false,
    attempt: 1,
    retries: { most: 1, tests: false },
    heard: false,
  }
}

/** The result of a node that has not run. */
export function unseen(attempt: number): Result {
  return {
    status: STARTED,
    message: '',
    startedAt: undefined,
    finishedAt: undefined,
    executionTime: undefined,
    rowsAffected: undefined,
    failures: undefined,
    cause: '',
    attempt,
    origin: '',
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
    ...unseen(run.attempt),
    uniqueId,
    resourceType: graph?.resourceType ?? resourceType,
    name: graph?.name || parts.slice(2).join('.') || uniqueId,
    settled: false,
    materialized: graph?.materialized ?? '',
    relation: '',
    path: '',
    thread: '',
    batches: 0,
    openBatches: 0,
    earlier: [],
  }
  run.nodes.set(uniqueId, node)
  return node
}

/** Tests are shown by `tests`, all else by `checks`. */
export function isTest(node: { resourceType: string }): boolean {
  return node.resourceType === 'test' || node.resourceType === 'unit_test'
}

/**
 * Whether the node counts: hooks are dbt's housekeeping and an ephemeral model is never built, and only one
 * of the two engines reports it. An ephemeral model that failed does count, or a failure would be hidden.
 */
export function counts(node: Pick<Node, 'resourceType' | 'materialized' | 'status'>): boolean {
  if (node.resourceType === 'operation') return false
  return node.materialized !== 'ephemeral' || outcome(node.status) === 'failed'
}

/** The nodes by what became of them; those that have not ended run, or wait to run again. Their sum is `total`. */
export type Counts = Record<Outcome | 'running' | 'waiting' | 'total', number>

export function countNodes(run: Run): Counts {
  const ended = { success: 0, warn: 0, failed: 0, skipped: 0, cancelled: 0 }
  const result: Counts = { total: 0, ...ended, running: 0, waiting: 0 }
  for (const node of run.nodes.values()) {
    if (!counts(node)) continue
    result[outcome(node.status) ?? (node.status === WAITING ? 'waiting' : 'running')]++
    result.total++
  }
  return result
}

/** Errors of dbt's that are no node's: Fusion says those of nodes too, without saying whose. */
export function ownErrors(run: Run): string[] {
  const failed = failedNodes(run)
  const isOf = (error: string) =>
    failed.some((node) => error.includes(node.uniqueId) || node.message.includes(error))
  return run.errors.filter((error) => !isOf(error))
}

/** All nodes that failed, hooks too: what makes dbt exit with 1. */
export function failedNodes(run: Run): Node[] {
  return [...run.nodes.values()].filter((node) => outcome(node.status) === 'failed')
}
