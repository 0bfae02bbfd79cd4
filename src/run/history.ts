/** What is different from an earlier run. */
import { counts } from './counts.ts'
import type { Node, Run } from './run.ts'
import type { SavedRun } from './saved.ts'
import { secondsOf } from './seconds.ts'
import { hasSucceeded, outcome } from './status.ts'

/** What changed since another run, usually the last good one of the base branch. unique_ids are sorted. */
export interface Comparison {
  /** Failed here and not there, also those that are new or were skipped there. */
  newFailures: string[]
  /** Failed here and there. */
  stillFailing: string[]
  /** Failed there and is good here. */
  fixed: string[]
  /** By how much, the greatest first. */
  slower: TimeChange[]
  faster: TimeChange[]
  /** How long the nodes that ran in both took here, as a multiple of there; undefined where too few can be compared. */
  pace: number | undefined
}

/** The time of a node, in seconds. */
export interface TimeChange {
  uniqueId: string
  before: number
  now: number
}

type SavedNode = SavedRun['nodes'][number]

/** A shorter difference is noise whatever its share of the time, in seconds. */
const LEAST_SECONDS = 1
/** So is a smaller factor, in both directions. */
const LEAST_FACTOR = 1.3
/** Standard deviations of the nodes' own scatter. */
const LEAST_DEVIATIONS = 3
/** Of a shorter node dbt's own work is most, in seconds: it says nothing about the pace of the warehouse. */
const SHORTEST = 0.2
/** With fewer nodes there is no telling how fast the other run was. */
const FEWEST_NODES = 5

/**
 * Compares a run with a saved one.
 *
 * A node is slower or faster by more than noise if its time changed by a second or more, and by a factor that is 1.3 or
 * more, and is three standard deviations away from what the other nodes' times changed by. So a runner or a warehouse
 * that is slow today changes the pace and makes no node slower; the deviation is that of the median, which a few nodes
 * that did change leave as it is.
 */
export function compare(run: Run, base: SavedRun): Comparison {
  const before = new Map(base.nodes.map((node) => [node.uniqueId, node]))
  const failed: string[] = []
  const fixed: string[] = []
  const ratios: { change: TimeChange; log: number }[] = []
  for (const node of run.nodes.values()) {
    if (!counts(node)) continue
    const old = before.get(node.uniqueId)
    const result = outcome(node.status)
    if (result === 'failed') failed.push(node.uniqueId)
    if (old && outcome(old.status) === 'failed' && hasSucceeded(node.status)) fixed.push(node.uniqueId)
    const change = old && changeOf(node, old)
    if (change) ratios.push({ change, log: Math.log(change.now / change.before) })
  }
  const failedBefore = (id: string) => outcome(before.get(id)?.status ?? '') === 'failed'
  const { pace, limit } = noiseOf(ratios.map(({ log }) => log))
  const changed = ratios.filter(({ change: { now, before }, log }) => {
    return Math.abs(now - before) >= LEAST_SECONDS && Math.abs(log - pace) >= limit && log * (log - pace) > 0
  })
  const by = (sign: number) =>
    changed
      .filter(({ log }) => Math.sign(log) === sign)
      .map(({ change }) => change)
      .sort(
        (a, b) => Math.abs(b.now - b.before) - Math.abs(a.now - a.before) || order(a.uniqueId, b.uniqueId),
      )
  return {
    newFailures: failed.filter((id) => !failedBefore(id)).sort(order),
    stillFailing: failed.filter(failedBefore).sort(order),
    fixed: fixed.sort(order),
    slower: by(1),
    faster: by(-1),
    pace: ratios.length < FEWEST_NODES ? undefined : Math.exp(pace),
  }
}

/** Undefined where one of the two did not end well, or took no time worth comparing. */
function changeOf(node: Node, old: SavedNode): TimeChange | undefined {
  if (!hasTime(node.status) || !hasTime(old.status)) return undefined
  const [now, before] = [secondsOf(node), secondsOf(old)]
  if (now === undefined || before === undefined || Math.max(now, before) < SHORTEST) return undefined
  return { uniqueId: node.uniqueId, before: Math.max(before, 0.001), now: Math.max(now, 0.001) }
}

/** A failure comes early or late, and says nothing about the time of the node. */
function hasTime(status: string): boolean {
  return hasSucceeded(status) && outcome(status) !== 'skipped'
}

/** Median and least difference from it that is no noise, of natural logarithms of ratios. */
function noiseOf(logs: number[]): { pace: number; limit: number } {
  const least = Math.log(LEAST_FACTOR)
  if (logs.length < FEWEST_NODES) return { pace: 0, limit: least }
  const pace = median(logs)
  // Scaled as for a normal distribution: https://en.wikipedia.org/wiki/Median_absolute_deviation
  const deviation = 1.4826 * median(logs.map((log) => Math.abs(log - pace)))
  return { pace, limit: Math.max(least, LEAST_DEVIATIONS * deviation) }
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
