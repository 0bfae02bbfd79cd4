import { busy } from './schedule.ts'
import type { Work } from './work.ts'

/** A way through the works. */
export interface Path {
  /** From the first to the last; only works that ran. */
  works: Work[]
  milliseconds: number
}

/**
 * The works that take longest one after the other: no number of threads makes the run shorter than that.
 * @param pause milliseconds that a thread needs between two nodes
 */
export function criticalPath(works: Work[], pause = 0): Path {
  const ends: number[] = []
  const before: (number | undefined)[] = []
  let last: number | undefined
  for (const [place, work] of works.entries()) {
    const latest = work.parents.reduce<number | undefined>(
      (most, parent) => (most === undefined || (ends[parent] ?? 0) > (ends[most] ?? 0) ? parent : most),
      undefined,
    )
    before.push(latest)
    ends.push((latest === undefined ? 0 : (ends[latest] ?? 0)) + busy(work, pause))
    if (last === undefined || (ends[place] ?? 0) > (ends[last] ?? 0)) last = place
  }
  const path: Work[] = []
  for (let place = last; place !== undefined; place = before[place]) {
    const work = works[place]
    if (work?.ids.length) path.unshift(work)
  }
  return { works: path, milliseconds: last === undefined ? 0 : (ends[last] ?? 0) }
}
