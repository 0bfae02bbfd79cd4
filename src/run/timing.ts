/** Where the time of one invocation went. */
import type { ManifestNode } from '../dbt/manifest.ts'
import { isHookId } from './counts.ts'
import { criticalPath, type Path } from './critical-path.ts'
import type { Invocation, Run } from './run.ts'
import { lanesOf, type Span, spansOf } from './spans.ts'
import { outcome } from './status.ts'
import { type Work, worksOf } from './work.ts'

/** Times in milliseconds; those that end in At since the epoch. */
export interface Timing {
  /** The number of the invocation in the run, from 1. */
  invocation: number
  /** From the first node's start to the last one's end. */
  startedAt: number
  finishedAt: number
  /**
   * What the invocation took besides: loading and parsing before the first node, hooks and files after the last. 0 for a
   * recorded stream.
   */
  around: number
  /** As dbt says, else the greatest number of nodes that ran at a time. */
  threads: number
  /**
   * Whether a node's start is when its thread began with it. dbt v2 reports a node as started when its parents have
   * ended, so the wait for a thread is part of its time.
   */
  exact: boolean
  works: Work[]
  /** What a thread needs between two nodes. */
  pause: number
  /** How long the processor worked for dbt while its nodes ran; undefined where that is not known. */
  processorTime: number | undefined
  path: Path
  /** Part of the threads' time in which they ran nodes, from 0 to 1. */
  utilisation: number
}

/** Why a node did not start with the first one, in milliseconds. */
export interface Wait {
  /** Until all that it waits for had ended. */
  parents: number
  /** From then on until a thread was free. */
  thread: number
  /** unique_id of what ended last of all that it waits for; empty where it waits for nothing. */
  last: string
}

/** What is known of an invocation besides its nodes. */
export interface TimingFrame extends Pick<Invocation, 'engine' | 'startedAt' | 'threads' | 'processorTime'> {
  /** In the run, from 1. */
  number: number
  finishedAt: number
}

/** Undefined where no node ran. @param spans those of this invocation */
export function timingOf(
  graph: ReadonlyMap<string, ManifestNode>,
  spans: Span[],
  frame: TimingFrame,
): Timing | undefined {
  const nodes = spans.filter(({ uniqueId }) => !isNoNode(uniqueId))
  if (nodes.length === 0) return undefined
  const startedAt = nodes.reduce((least, span) => Math.min(least, span.startedAt), Number.POSITIVE_INFINITY)
  const finishedAt = nodes.reduce((most, span) => Math.max(most, span.finishedAt), 0)
  const works = worksOf(graph, nodes)
  const threads = frame.threads ?? mostAtATime(nodes)
  const spent = works.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  // Of a recorded stream the nodes ran long before.
  const live = frame.startedAt <= startedAt && finishedAt <= frame.finishedAt
  const around = live ? startedAt - frame.startedAt + (frame.finishedAt - finishedAt) : 0
  return {
    invocation: frame.number,
    startedAt,
    finishedAt,
    around,
    processorTime: frame.processorTime,
    threads,
    exact: frame.engine !== 'v2',
    works,
    pause: pauseOf(nodes, waitsOf({ works, startedAt })),
    path: criticalPath(works),
    utilisation: Math.min(1, spent / (threads * Math.max(1, finishedAt - startedAt))),
  }
}

/** Hooks run before and after the nodes, on the main thread; an operation runs alone. */
function isNoNode(id: string): boolean {
  return isHookId(id) || id.startsWith('macro.')
}

/** By unique_id. Not kept with the timing: for 100,000 nodes they are 10 MB. */
export function waitsOf({ works, startedAt: begin }: Pick<Timing, 'works' | 'startedAt'>): Map<string, Wait> {
  const waits = new Map<string, Wait>()
  // When all that a work waits for has ended, and what of it ended last.
  const ready: { at: number; last: string }[] = []
  const none = { at: begin, last: '' }
  for (const { ids, startedAt, parents } of works) {
    const own = parents.reduce((latest, parent) => {
      const [work, before] = [works[parent], ready[parent] ?? none]
      const id = work?.ids.at(-1)
      const end = work && id !== undefined ? { at: work.finishedAt, last: id } : before
      return end.at > latest.at || latest.last === '' ? end : latest
    }, none)
    ready.push(own)
    const wait = {
      parents: Math.max(0, own.at - begin),
      thread: Math.max(0, startedAt - Math.max(begin, own.at)),
      last: own.last,
    }
    for (const id of ids) waits.set(id, wait)
  }
  return waits
}

function mostAtATime(spans: Span[]): number {
  const changes = spans.flatMap(({ startedAt, finishedAt }) => [
    { at: startedAt, by: 1 },
    { at: finishedAt, by: -1 },
  ])
  changes.sort((a, b) => a.at - b.at || a.by - b.by)
  let [now, most] = [0, 1]
  for (const { by } of changes) {
    now += by
    most = Math.max(most, now)
  }
  return most
}

/** The median time between two nodes of a thread, of those that were ready before the thread was. */
function pauseOf(spans: Span[], waits: ReadonlyMap<string, Wait>): number {
  const pauses = lanesOf(spans).flatMap((lane) =>
    lane.spans.flatMap((span, i) => {
      const free = lane.spans[i - 1]?.finishedAt
      if (free === undefined) return []
      const pause = span.startedAt - free
      return (waits.get(span.uniqueId)?.thread ?? 0) > pause ? [pause] : []
    }),
  )
  return pauses.sort((a, b) => a - b)[pauses.length >> 1] ?? 0
}

/** Of each invocation of the run in which a node ran. */
export function timingsOf(run: Run): Timing[] {
  // dbt tells a time of what it skipped, too, but that did not run.
  const spans = spansOf(run).filter(({ status }) => outcome(status) !== 'skipped')
  return run.invocations.flatMap((invocation, i) => {
    const own = spans.filter((span) => span.invocation === i + 1)
    const finishedAt = invocation.finishedAt ?? run.finishedAt ?? invocation.startedAt
    return timingOf(run.graph, own, { ...invocation, number: i + 1, finishedAt }) ?? []
  })
}

/** Of several invocations the one whose nodes took longest: retries and separate tests are short beside it. */
export function longestTiming(timings: Timing[]): Timing | undefined {
  const span = ({ startedAt, finishedAt }: Timing) => finishedAt - startedAt
  return timings.toSorted((a, b) => span(b) - span(a))[0]
}
