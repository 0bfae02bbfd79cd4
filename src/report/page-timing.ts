import type { Run } from '../run/run.ts'
import { advise } from '../run/threads.ts'
import { longestTiming, timingsOf } from '../run/timing.ts'
import type { PageTiming } from './page-data.ts'
import type { IndexOf } from './page-nodes.ts'

/** Critical path, use of the threads and forecasts; undefined if no node ran. */
export function pageTiming(run: Run, indexOf: IndexOf): PageTiming | undefined {
  const timings = timingsOf(run)
  const main = longestTiming(timings)
  if (!main) return undefined
  const advice = advise(timings)
  return {
    criticalPath: indexes(
      main.path.works.flatMap(({ ids }) => ids.at(-1) ?? []),
      indexOf,
    ),
    criticalSeconds: main.path.milliseconds / 1000,
    threads: main.threads,
    // dbt v2 counts the wait for a thread as time of the node.
    ...(main.exact ? { busy: main.utilisation } : {}),
    ...(advice
      ? {
          advisor: advice.forecasts.map(({ threads, milliseconds }) => ({
            threads,
            seconds: milliseconds / 1000,
          })),
          enough: advice.enough,
        }
      : {}),
  }
}

function indexes(uniqueIds: string[], indexOf: IndexOf): number[] {
  return uniqueIds.flatMap((id) => indexOf(id) ?? [])
}
