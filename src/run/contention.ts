/** What nodes cost each other: those that run at a time share dbt's interpreter and the processor. */
import { busy, scheduler } from './schedule.ts'
import type { Timing } from './timing.ts'

/** Steps towards a schedule that fits to what its nodes cost each other, and a change of the factor that is none. */
const STEPS = 8
const LEAST_CHANGE = 0.01

/**
 * By how much twice as many nodes at a time make dbt's own work longer, since its threads hand over the interpreter and
 * the caches of the processor: 0.08 to 0.17 with 200 nodes on 1 to 32 threads (docs/adr/0016).
 */
const HANDING_OVER = 0.12

/** How long the works of an invocation take, in milliseconds, with another number of threads. */
export type Forecaster = (threads: number) => number

/**
 * Forecasts from what was measured.
 *
 * dbt Core runs Python in one thread at a time, so its own work for a node (compiling, logging, writing results) takes
 * the longer the more nodes run, while waiting for a warehouse does not. The processor time of dbt's process says how
 * much there is of the first. It is spread evenly over the works, as dbt's own work is, but no work has more than it
 * took. How much the threads then stretch each other's own work follows from queueing theory (`stretch`): that is taken
 * out of what was measured, and put back for the other number of threads.
 *
 * Without processor time each work takes as long as it took.
 */
export function forecaster(timing: Timing): Forecaster {
  const { works, pause, processorTime, startedAt, finishedAt } = timing
  const took = works.map((work) => busy(work, pause))
  const schedule = scheduler(works)
  if (!processorTime) return (threads) => schedule(took, threads)
  const wall = Math.max(1, finishedAt - startedAt)
  const ran = works.filter(({ ids }) => ids.length > 0).length
  const running = sum(took) / wall
  // More than one processor was busy: with the queries of an embedded database, which use all of them anyway.
  const exclusive = Math.min(processorTime, wall)
  const before = measuredStretch(exclusive / ran, sum(took) / ran, running)
  const limits = took.map((time) => time / before)
  const own = spread(limits, exclusive)
  const total = sum(own)
  const waiting = took.map((time, i) => time - before * (own[i] ?? 0))
  return (threads) => {
    let [time, factor, growth] = [0, 1, 1]
    for (let step = 0; step < STEPS; step++) {
      const times = waiting.map((wait, i) => wait + factor * growth * (own[i] ?? 0))
      time = schedule(times, threads)
      const nodes = sum(times) / Math.max(1, time)
      const larger = grown(nodes) / grown(running) - growth
      growth += larger
      // Half way, or it would swing.
      const change = (stretch((growth * total) / ran, sum(waiting) / ran, nodes) - factor) / 2
      factor += change
      if (Math.abs(change) + Math.abs(larger) < LEAST_CHANGE) break
    }
    // Never less than the processor has to do.
    return Math.max(time, growth * total)
  }
}

/** dbt's own work with so many nodes at a time, as a multiple of that with one. */
function grown(nodes: number): number {
  return 1 + HANDING_OVER * Math.log2(Math.max(1, nodes))
}

/**
 * How much longer than alone a node's own part takes, where several nodes go back and forth between a part that only
 * one can do at a time and one that all can: mean value analysis of a closed network of a queue and a delay.
 * https://en.wikipedia.org/wiki/Mean_value_analysis
 * @param own of a node, in milliseconds
 * @param waiting of a node, in milliseconds
 * @param nodes that run at a time, on average
 */
function stretch(own: number, waiting: number, nodes: number): number {
  if (own <= 0) return 1
  let [queue, time] = [0, own]
  for (let number = 1; number <= nodes; number++) {
    time = own * (1 + queue)
    queue = (number * time) / (time + waiting)
  }
  // Between two whole numbers of nodes.
  const part = nodes - Math.floor(nodes)
  return (time + part * (own * (1 + queue) - time)) / own
}

/** The stretch that fits to how long nodes took with it. @param took a node on average, in milliseconds */
function measuredStretch(own: number, took: number, nodes: number): number {
  let [low, high] = [1, Math.max(1, took / own)]
  for (let step = 0; step < 30; step++) {
    const middle = (low + high) / 2
    if (stretch(own, Math.max(0, took - middle * own), nodes) > middle) low = middle
    else high = middle
  }
  return low
}

/** Parts of a total, as even as their limits allow; all of them where the total is more. */
function spread(limits: number[], total: number): number[] {
  const sorted = limits.filter((limit) => limit > 0).sort((a, b) => a - b)
  let left = total
  let share = Number.POSITIVE_INFINITY
  for (const [i, limit] of sorted.entries()) {
    const even = left / (sorted.length - i)
    if (limit >= even) {
      share = even
      break
    }
    left -= limit
  }
  return limits.map((limit) => Math.min(limit, share))
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
