import { advise } from '../run/advice.ts'
import { compare } from '../run/history.ts'
import type { Run } from '../run/run.ts'
import type { SavedRun } from '../run/saved.ts'
import { outcome } from '../run/status.ts'
import { type Timing, timingsOf } from '../run/timing.ts'
import type { PageHistory, PageTiming } from './page-data.ts'
import type { IndexOf } from './page-nodes.ts'
import { plain } from './text.ts'

/** Critical path, use of the threads and forecasts; undefined if no node ran. */
export function pageTiming(run: Run, indexOf: IndexOf): PageTiming | undefined {
  const timings = timingsOf(run)
  const main = longest(timings)
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

/** Of several invocations the one whose nodes took longest: retries and separate tests are short beside it. */
function longest(timings: Timing[]): Timing | undefined {
  const span = ({ startedAt, finishedAt }: Timing) => finishedAt - startedAt
  return timings.toSorted((a, b) => span(b) - span(a))[0]
}

/** An earlier run that this one is compared with. */
export interface BaseRun {
  /** Such as the name of the base branch. */
  label: string
  /** Of its workflow run; empty if unknown. */
  url: string
  saved: SavedRun
}

export function pageHistory(run: Run, { label, url, saved }: BaseRun, indexOf: IndexOf): PageHistory {
  const { newFailures, fixed, slower, faster } = compare(run, saved)
  const { startedAt, finishedAt } = saved
  const changed = (changes: { uniqueId: string }[]) =>
    indexes(
      changes.map(({ uniqueId }) => uniqueId),
      indexOf,
    )
  return {
    label: plain(label),
    ...(/^https?:\/\//.test(url) ? { url } : {}),
    ...(startedAt === undefined || finishedAt === undefined
      ? {}
      : { seconds: (finishedAt - startedAt) / 1000 }),
    newFailures: indexes(newFailures, indexOf),
    fixed: indexes(fixed, indexOf),
    slower: changed(slower),
    faster: changed(faster),
  }
}

function indexes(uniqueIds: string[], indexOf: IndexOf): number[] {
  return uniqueIds.flatMap((id) => indexOf(id) ?? [])
}

/** How long each node took in the other run, in seconds. */
export function baseSeconds({ saved }: BaseRun): ReadonlyMap<string, number> {
  const ran = saved.nodes.filter(({ status }) => outcome(status) !== 'skipped')
  return new Map(
    ran.flatMap(({ uniqueId, executionTime }) =>
      executionTime === undefined ? [] : [[uniqueId, executionTime]],
    ),
  )
}
