import type { Work } from './work.ts'

/**
 * How long some works take with so many threads, in milliseconds.
 *
 * As dbt Core starts them (dbt/graph/queue.py, dbt/task/runnable.py of 1.11): whatever is ready is handed to the pool
 * of threads at once, in the order in which it became ready, of several the lower level first, then by unique_id.
 * @param pause milliseconds that a thread needs between two nodes
 */
export function scheduled(works: Work[], threads: number, pause: number): number {
  const open = works.map(({ parents }) => parents.length)
  const children = childrenOf(works)
  const queue: number[] = []
  const running: { end: number; place: number }[] = []
  let now = 0
  const release = (places: number[]) => {
    const ready: number[] = []
    const found = [...places]
    for (let place = found.pop(); place !== undefined; place = found.pop()) {
      if (works[place]?.ids.length) ready.push(place)
      // It takes neither time nor a thread: what waits for it alone is ready too.
      else found.push(...unblock(place))
    }
    queue.push(...ready.sort((a, b) => before(works, a, b)))
  }
  const unblock = (place: number) =>
    (children[place] ?? []).filter((child) => {
      open[child] = (open[child] ?? 0) - 1
      return open[child] === 0
    })
  release([...works.keys()].filter((place) => open[place] === 0))
  for (let next = 0; next < queue.length || running.length > 0; ) {
    for (; next < queue.length && running.length < threads; next++) {
      const place = queue[next] ?? 0
      running.push({ end: now + busy(works[place], pause), place })
    }
    const first = running.reduce((least, { end }) => Math.min(least, end), Number.POSITIVE_INFINITY)
    now = first
    const done = running.filter(({ end }) => end <= now)
    for (const entry of done) running.splice(running.indexOf(entry), 1)
    release(done.flatMap(({ place }) => unblock(place)))
  }
  return now
}

/** How long a work keeps a thread, in milliseconds. */
export function busy(work: Work | undefined, pause: number): number {
  return work ? work.milliseconds + pause * work.ids.length : 0
}

function childrenOf(works: Work[]): number[][] {
  const children: number[][] = works.map(() => [])
  for (const [place, { parents }] of works.entries()) {
    for (const parent of parents) children[parent]?.push(place)
  }
  return children
}

function before(works: Work[], a: number, b: number): number {
  const [one, other] = [works[a], works[b]]
  const level = (one?.level ?? 0) - (other?.level ?? 0)
  return level || ((one?.ids.at(-1) ?? '') < (other?.ids.at(-1) ?? '') ? -1 : 1)
}
