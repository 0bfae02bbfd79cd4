/** What the page has of earlier runs. */
import { isFlaky } from '../run/retry.ts'
import type { Run } from '../run/run.ts'
import type { SavedRun } from '../run/saved.ts'
import { secondsOf } from '../run/seconds.ts'
import { outcome } from '../run/status.ts'
import { type BaseRun, type Compared, compared, type EarlierRun, flakyText } from './base-run.ts'
import type { PageFlaky, PageHistory, PageNode, PagePastRun } from './page-data.ts'
import type { IndexOf } from './page-nodes.ts'
import { isHttp, plain } from './text.ts'

/** What is different from the base run, and what is flaky. */
export function pageHistory(
  run: Run,
  base: BaseRun | undefined,
  indexOf: IndexOf,
): { history?: PageHistory; flaky?: PageFlaky[] } {
  const found = base && compared(run, base)
  const flaky = pageFlaky(run, base, found, indexOf)
  return {
    ...(base && found ? { history: historyOf(base, found, indexOf) } : {}),
    ...(flaky.length > 0 ? { flaky } : {}),
  }
}

function historyOf(base: BaseRun, found: Compared, indexOf: IndexOf): PageHistory {
  const { newFailures, fixed, slower, faster } = found
  const indexes = (ids: string[]) => ids.flatMap((id) => indexOf(id) ?? [])
  const ids = (changes: { uniqueId: string }[]) => changes.map(({ uniqueId }) => uniqueId)
  return {
    label: plain(base.label),
    ...linkOf(base),
    ...(base.seconds === undefined ? {} : { seconds: base.seconds }),
    newFailures: indexes(newFailures),
    fixed: indexes(fixed),
    slower: indexes(ids(slower)),
    faster: indexes(ids(faster)),
    runs: runsOf(base).map(pastRun),
  }
}

function runsOf(base: BaseRun): EarlierRun[] {
  return [base, ...base.earlier]
}

function pastRun(one: EarlierRun): PagePastRun {
  const { startedAt, about } = one.saved
  const day = startedAt === undefined ? '' : new Date(startedAt).toISOString().slice(0, 10)
  const label = [plain(one.label), plain(about.commit || about.sha).slice(0, 7), day].filter(Boolean)
  return { label: label.join(' '), ...linkOf(one) }
}

function linkOf({ url }: EarlierRun): { url?: string } {
  return isHttp(url) ? { url } : {}
}

/** Of this run, then of those before it. */
function pageFlaky(
  run: Run,
  base: BaseRun | undefined,
  found: Compared | undefined,
  indexOf: IndexOf,
): PageFlaky[] {
  const now = [...run.nodes.values()].filter(isFlaky).map(({ uniqueId }) => uniqueId)
  const here = now.map((id) => [id, 'failed at first in this run'] as const)
  const before = (found?.flaky ?? [])
    .filter(({ uniqueId }) => !now.includes(uniqueId))
    .map((one) => [one.uniqueId, flakyText(one, base?.label ?? '')] as const)
  return [...here, ...before].flatMap(([id, reason]) => {
    const node = indexOf(id)
    return node === undefined ? [] : [{ node, reason: plain(reason) }]
  })
}

/** What became of each node in the earlier runs: nothing for a node that none of them had. */
export function pastResults(base: BaseRun | undefined): (uniqueId: string) => PageNode['past'] | undefined {
  if (!base) return () => undefined
  const runs = runsOf(base).map(({ saved }) => new Map(saved.nodes.map((node) => [node.uniqueId, node])))
  return (id) => {
    const past = runs.map((nodes) => pastResult(nodes.get(id)))
    return past.some((result) => result !== null) ? past : undefined
  }
}

function pastResult(node: SavedRun['nodes'][number] | undefined): number | string | null {
  // What an earlier attempt did is a result of that run too.
  if (!node || outcome(node.status) === undefined) return null
  const seconds = secondsOf(node)
  const isTimed = outcome(node.status) === 'success' && seconds !== undefined
  return isTimed ? Math.round(seconds * 1000) / 1000 : plain(node.status)
}
