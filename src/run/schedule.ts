import { childrenOf, type Edges } from './graph.ts'
import type { Work } from './work.ts'

/**
 * How long some works take, in milliseconds.
 * @param times how long each of them keeps a thread; one that did not run keeps none
 */
export type Scheduler = (times: number[], threads: number) => number

/**
 * Starts works as dbt Core does (dbt/graph/queue.py, dbt/task/runnable.py of 1.11): whatever is ready is handed to the
 * pool of threads at once, in the order in which it became ready, of several the lower level first, then by unique_id.
 */
export function scheduler(works: Work[]): Scheduler {
  const children = childrenOf(works.map(({ parents }) => parents))
  const ranks = ranksOf(works)
  return (times, threads) => {
    const open = works.map(({ parents }) => parents.length)
    const queue: number[] = []
    const release = (places: number[]) => {
      const ready: number[] = []
      const found = [...places]
      for (let place = found.pop(); place !== undefined; place = found.pop()) {
        if (works[place]?.ids.length) ready.push(place)
        // It takes neither time nor a thread: what waits for it alone is ready too.
        else found.push(...unblock(children, open, place))
      }
      queue.push(...ready.sort((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0)))
    }
    release([...works.keys()].filter((place) => open[place] === 0))
    let running: { end: number; place: number }[] = []
    let now = 0
    for (let next = 0; next < queue.length || running.length > 0; ) {
      for (; next < queue.length && running.length < threads; next++) {
        const place = queue[next] ?? 0
        running.push({ end: now + (times[place] ?? 0), place })
      }
      now = running.reduce((least, { end }) => Math.min(least, end), Number.POSITIVE_INFINITY)
      const done = running.filter(({ end }) => end <= now)
      running = running.filter(({ end }) => end > now)
      release(done.flatMap(({ place }) => unblock(children, open, place)))
    }
    return now
  }
}

/** How long a work keeps a thread, in milliseconds. @param pause that a thread needs between two nodes */
export function busy(work: Work, pause: number): number {
  return work.milliseconds + pause * work.ids.length
}

/** What is ready now that a work has ended. */
function unblock(children: Edges, open: number[], place: number): number[] {
  return (children[place] ?? []).filter((child) => {
    open[child] = (open[child] ?? 0) - 1
    return open[child] === 0
  })
}

/** The place of each work in dbt's order of those that are ready at a time. */
function ranksOf(works: Work[]): number[] {
  const id = (place: number) => works[place]?.ids.at(-1) ?? ''
  const level = (place: number) => works[place]?.level ?? 0
  const order = [...works.keys()].sort((a, b) => level(a) - level(b) || (id(a) < id(b) ? -1 : 1))
  const ranks: number[] = []
  for (const [rank, place] of order.entries()) ranks[place] = rank
  return ranks
}
