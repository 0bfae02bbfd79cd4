/** What nodes cost each other: those that run at a time share dbt's interpreter and the processor. */
import { busy, scheduler } from './schedule.ts'
import type { Timing } from './timing.ts'

/** Steps towards a schedule that fits to what its nodes cost each other, and a change that is none. */
const STEPS = 8
const LEAST_CHANGE = 0.01

/** How long the works of an invocation take, in milliseconds, with another number of threads. */
export type Forecaster = (threads: number) => number

/**
 * Forecasts from what was measured.
 *
 * dbt Core runs Python in one thread at a time, so its own work for a node (compiling, logging, writing results) takes
 * the longer the more nodes run, while waiting for a warehouse does not. The processor time of dbt's process says how
 * much there is of the first. It is spread evenly over the works, as dbt's own work is, but no work has more than it
 * took. While a share of the time is the processor's, a node meets that share of the other threads there, and its own part
 * takes so much longer; that is taken out of what was measured, and put back for the other number of threads.
 *
 * Without processor time each work takes as long as it took.
 */
export function forecaster(timing: Timing): Forecaster {
  const { works, pause, processorTime, startedAt, finishedAt } = timing
  const took = works.map((work) => busy(work, pause))
  const schedule = scheduler(works)
  if (!processorTime) return (threads) => schedule(took, threads)
  const wall = Math.max(1, finishedAt - startedAt)
  // More than one processor was busy: with the queries of an embedded database, which use all of them anyway.
  const exclusive = Math.min(processorTime, wall)
  const before = stretch(exclusive, wall, sum(took))
  const own = spread(
    took.map((time) => time / before),
    exclusive,
  )
  const waiting = took.map((time, i) => time - before * (own[i] ?? 0))
  const total = sum(own)
  return (threads) => {
    let [time, factor] = [0, 1]
    for (let step = 0; step < STEPS; step++) {
      const times = waiting.map((wait, i) => wait + factor * (own[i] ?? 0))
      time = schedule(times, threads)
      // Half way, or it would swing.
      const change = (stretch(total, time, sum(times)) - factor) / 2
      factor += change
      if (Math.abs(change) < LEAST_CHANGE) break
    }
    // Never less than the processor has to do.
    return Math.max(time, total)
  }
}

/**
 * How much longer than alone a node's own part takes.
 * @param own what the processor has to do in all
 * @param wall in what time
 * @param all what all threads were busy for
 */
function stretch(own: number, wall: number, all: number): number {
  if (wall <= 0) return 1
  return 1 + Math.min(1, own / wall) * Math.max(0, all / wall - 1)
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
