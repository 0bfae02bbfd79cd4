/** How long a run will still take. */
import { counts, expectedNodes } from './counts.ts'
import { currentInvocation, type Node, type Run } from './run.ts'
import type { SavedRun } from './saved.ts'
import { outcome, WAITING } from './status.ts'

/** How long nodes took in an earlier run, in milliseconds, by unique_id. */
export type Durations = ReadonlyMap<string, number>

/** Of the nodes that ran in it; a skipped or cancelled node took no time that says anything. */
export function durationsOf({ nodes }: Pick<SavedRun, 'nodes'>): Durations {
  return new Map(
    nodes.flatMap((node): [string, number][] => {
      const took = ranFor(node)
      return took === undefined ? [] : [[node.uniqueId, took]]
    }),
  )
}

type Timed = Pick<Node, 'status'> & Partial<Pick<Node, 'startedAt' | 'finishedAt' | 'executionTime'>>

function ranFor({ status, startedAt, finishedAt, executionTime }: Timed): number | undefined {
  const result = outcome(status)
  if (result === undefined || result === 'skipped' || result === 'cancelled') return undefined
  if (startedAt !== undefined && finishedAt !== undefined) return Math.max(0, finishedAt - startedAt)
  return executionTime === undefined ? undefined : executionTime * 1000
}

/** How far a run is: its own nodes, without those that an earlier run left. */
export interface Progress {
  ended: Node[]
  running: Node[]
  /** How many are to come, with those that wait to run again; undefined where dbt does not say (v2's JSON log). */
  toCome: number | undefined
}

/** Sorts the nodes of a run by whether they have ended, run, or are still to come. */
export function progressOf(run: Run): Progress {
  const ended: Node[] = []
  const running: Node[] = []
  let waiting = 0
  for (const node of run.nodes.values()) {
    if (!counts(node) || node.origin !== '') continue
    if (outcome(node.status) !== undefined) ended.push(node)
    else if (node.status === WAITING) waiting++
    else running.push(node)
  }
  const expected = expectedNodes(run)
  const seen = ended.length + running.length + waiting
  return { ended, running, toCome: expected && Math.max(0, expected - seen) + waiting }
}

/** Without an earlier run, so many nodes must have ended before their average says anything. */
const FEWEST_ENDED = 3

/**
 * The work that is left, divided by the number of nodes that have run at a time so far. A node takes as long as it did
 * before, at the pace of this run; one that is not known takes the average of the known nodes that have not started
 * yet, else of those of this run. In milliseconds; undefined where that is not known, or no estimate is left.
 *
 * @param before an earlier run of the same project; may be empty
 * @param now milliseconds since the epoch
 */
export function timeLeft(
  run: Run,
  before: Durations,
  now: number,
  { ended, running, toCome } = progressOf(run),
): number | undefined {
  if (toCome === undefined || run.exitCode !== undefined) return undefined
  const took = tookOf(ended)
  const runs = running.map((node) => ({ id: node.uniqueId, ms: now - (node.startedAt ?? now) }))
  const pace = paceOf([...took, ...runs.filter(({ id, ms }) => ms > (before.get(id) ?? ms))], before)
  const unstarted = averageToCome(run, before)
  const each = unstarted === undefined ? averageOf(took, runs) : unstarted * pace
  if (each === undefined && toCome > 0) return undefined
  const rests = runs.map(({ id, ms }) => {
    const known = before.get(id)
    return Math.max(0, (known === undefined ? (each ?? 0) : known * pace) - ms)
  })
  const lanes = lanesSoFar(run, sum(took.map(({ ms }) => ms)) + sum(runs.map(({ ms }) => ms)), now)
  return Math.max(0, ...rests, (sum(rests) + toCome * (each ?? 0)) / lanes) || undefined
}

/** What a node took, or takes so far. */
interface Took {
  id: string
  ms: number
}

function tookOf(nodes: Node[]): Took[] {
  const took: Took[] = []
  for (const node of nodes) {
    const ms = ranFor(node)
    if (ms !== undefined) took.push({ id: node.uniqueId, ms })
  }
  return took
}

/** What the known nodes that have not started in this run took before. */
function averageToCome({ nodes }: Run, before: Durations): number | undefined {
  let count = 0
  let total = 0
  for (const [id, ms] of before) {
    if (nodes.get(id)?.origin === '') continue
    count++
    total += ms
  }
  return count > 0 ? total / count : undefined
}

/** How long nodes take now, as a multiple of before: a warehouse can be slow today. */
function paceOf(nodes: Took[], before: Durations): number {
  const known = nodes.filter(({ id }) => before.has(id))
  const then = sum(known.map(({ id }) => before.get(id) ?? 0))
  return then > 0 ? sum(known.map(({ ms }) => ms)) / then : 1
}

/** Of the nodes of this run, those too that run for longer than the others took. */
function averageOf(took: Took[], runs: Took[]): number | undefined {
  if (took.length < FEWEST_ENDED) return undefined
  const average = mean(took.map(({ ms }) => ms))
  return mean([...took, ...runs.filter(({ ms }) => ms > average)].map(({ ms }) => ms))
}

/** How many nodes have run at a time, on average. @param busy what they took, in milliseconds */
function lanesSoFar(run: Run, busy: number, now: number): number {
  let first = now
  for (const { origin, startedAt = now } of run.nodes.values()) {
    if (origin === '' && startedAt < first) first = startedAt
  }
  const since = now - first
  const most = currentInvocation(run)?.threads ?? Number.POSITIVE_INFINITY
  return since > 0 ? Math.max(1, Math.min(most, busy / since)) : 1
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function mean(values: number[]): number {
  return sum(values) / values.length
}
