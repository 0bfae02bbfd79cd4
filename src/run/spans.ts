/** When each node ran, and in which thread of dbt. */
import { byNumber } from './by-number.ts'
import type { Result, Run } from './run.ts'
import { outcome } from './status.ts'

/** One time that dbt ran a node. */
export interface Span {
  uniqueId: string
  /** The number of its invocation in the run, from 1. */
  invocation: number
  /** As dbt names it; empty where it does not. */
  thread: string
  /** Milliseconds since the epoch. */
  startedAt: number
  finishedAt: number
  status: string
}

/** What ran in this run: nothing of earlier attempts of the job, and nothing that has not ended. */
export function spansOf(run: Run): Span[] {
  const spans: Span[] = []
  for (const node of run.nodes.values()) {
    for (const result of [...node.earlier, node]) {
      const span = spanOf(node.uniqueId, result)
      if (span) spans.push(span)
    }
  }
  return spans.sort((a, b) => a.startedAt - b.startedAt || a.finishedAt - b.finishedAt)
}

function spanOf(uniqueId: string, result: Result): Span | undefined {
  const { startedAt, finishedAt, thread, invocation, status, origin } = result
  if (origin !== '' || startedAt === undefined || finishedAt === undefined) return undefined
  if (outcome(status) === undefined || finishedAt < startedAt) return undefined
  return { uniqueId, invocation, thread, startedAt, finishedAt, status }
}

/** Spans that do not overlap. */
export interface Lane {
  name: string
  spans: Span[]
}

/**
 * One lane for each thread of dbt, and one more where spans of a thread overlap: the batches of a microbatch model run
 * in several threads, and dbt v2 names none. Sorted as people count: Thread-2 before Thread-10.
 */
export function lanesOf(spans: Span[]): Lane[] {
  const threads = new Map<string, Lane[]>()
  for (const span of spans.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const name = threadName(span.thread)
    const lanes = threads.get(name) ?? []
    threads.set(name, lanes)
    const free = lanes.find((lane) => (lane.spans.at(-1)?.finishedAt ?? 0) <= span.startedAt)
    if (free) free.spans.push(span)
    else lanes.push({ name: lanes.length === 0 ? name : `${name} (${lanes.length + 1})`, spans: [span] })
  }
  return [...threads.values()].flat().sort((a, b) => byNumber(a.name, b.name))
}

/** `Thread-1 (worker)` is `Thread-1`; all threads of dbt v2 have the name of its runtime. */
function threadName(thread: string): string {
  const name = thread.replace(/ \(worker\)$/, '')
  return name === '' || name === 'tokio-rt-worker' ? 'dbt' : name
}
