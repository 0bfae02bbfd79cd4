import { forecaster } from './contention.ts'
import type { Timing } from './timing.ts'

/** How long the run would take with other numbers of threads. */
export interface ThreadAdvice {
  /** As it ran. */
  threads: number
  forecasts: Forecast[]
  /** The number of threads beyond which more save less than 5 %. */
  enough: number
}

export interface Forecast {
  threads: number
  /** Of the whole run, what comes before and after its nodes included. */
  milliseconds: number
}

const THREADS = [1, 2, 4, 8, 16, 32]
/** Less than this part of the time is no reason for another thread. */
const WORTHWHILE = 0.05
/** No more is looked at: dbt recommends 4, warehouses take some dozens. https://docs.getdbt.com/docs/running-a-dbt-project/using-threads */
const MOST = 64

/**
 * What other numbers of threads would give, by starting the nodes again in dbt's order, each as long as it took but for
 * what nodes cost each other (contention.ts). Undefined where no node ran, or it is not known when a node waited for a
 * thread (dbt v2).
 */
export function advise(timings: Timing[]): ThreadAdvice | undefined {
  const [first] = timings
  if (!first || timings.some(({ exact }) => !exact)) return undefined
  const parts = timings.map((timing) => ({ around: timing.around, forecast: forecaster(timing) }))
  const time = (threads: number) =>
    parts.reduce((sum, { around, forecast }) => sum + around + forecast(threads), 0)
  const forecasts = THREADS.map((threads) => ({ threads, milliseconds: time(threads) }))
  const least = Math.min(time(MOST), ...forecasts.map(({ milliseconds }) => milliseconds))
  return {
    threads: first.threads,
    forecasts,
    enough: leastThat((threads) => time(threads) * (1 - WORTHWHILE) <= least),
  }
}

/** The least number of threads that will do; more need not, since threads also cost each other time. */
function leastThat(suits: (threads: number) => boolean): number {
  let high = THREADS.find(suits) ?? MOST
  // Of the powers of two, the one before does not.
  let low = (high >> 1) + 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (suits(middle)) high = middle
    else low = middle + 1
  }
  return low
}
