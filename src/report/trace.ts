import { commandLabel } from '../dbt/command-label.ts'
import { type Run, retryOf } from '../run/run.ts'
import { lanesOf, type Span, spansOf } from '../run/spans.ts'
import { outcome } from '../run/status.ts'
import { titleName } from './names.ts'
import type { FileInput } from './source-file.ts'
import { oneLine } from './text.ts'

/** https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU: "Complete" and "Metadata" events. */
type TraceEvent =
  | { ph: 'M'; pid: number; tid: number; name: 'process_name' | 'thread_name'; args: { name: string } }
  | { ph: 'M'; pid: number; tid: number; name: 'thread_sort_index'; args: { sort_index: number } }
  | {
      ph: 'X'
      pid: number
      tid: number
      name: string
      cat: string
      /** Microseconds from the start of the run. */
      ts: number
      dur: number
      cname?: string
      args: Record<string, string | number>
    }

const PID = 1

/** Names of the colours that the format has; Perfetto takes its own. */
const COLOURS = {
  success: 'good',
  warn: 'bad',
  failed: 'terrible',
  skipped: 'grey',
  cancelled: 'grey',
} as const

/**
 * The run as a Chrome trace, for https://ui.perfetto.dev, https://www.speedscope.app and chrome://tracing: one track for
 * the invocations of dbt, and one for each of its threads, on which retries follow the first try.
 */
export function trace({ run, subject }: Pick<FileInput, 'run' | 'subject'>): string {
  const spans = spansOf(run)
  const lanes = lanesOf(spans)
  // The nodes of a recorded stream ran long before.
  const begin = Math.min(run.startedAt, spans[0]?.startedAt ?? run.startedAt)
  const events: TraceEvent[] = [
    { ph: 'M', pid: PID, tid: 0, name: 'process_name', args: { name: oneLine(subject.command) } },
    ...thread(0, 'invocations'),
    ...invocations(run, begin),
    ...lanes.flatMap((lane, i) => [
      ...thread(i + 1, lane.name),
      ...lane.spans.map((span) => nodeEvent(run, span, { tid: i + 1, begin })),
    ]),
  ]
  // One event a line: it can be read, and searched by grep, at no more bytes.
  const lines = events.map((event) => JSON.stringify(event)).join(',\n')
  return `{"displayTimeUnit":"ms","traceEvents":[\n${lines}\n]}\n`
}

function thread(tid: number, name: string): TraceEvent[] {
  return [
    { ph: 'M', pid: PID, tid, name: 'thread_name', args: { name: oneLine(name) } },
    { ph: 'M', pid: PID, tid, name: 'thread_sort_index', args: { sort_index: tid } },
  ]
}

function invocations(run: Run, begin: number): TraceEvent[] {
  return run.invocations.map(({ command, id, startedAt, finishedAt, version }, i) => {
    const retry = retryOf(run, i + 1)
    // Only the name: the words may hold secrets.
    const name = `${commandLabel(command.words)}${retry > 0 ? `, retry ${retry}` : ''}`
    const end = finishedAt ?? run.finishedAt ?? startedAt
    return {
      ph: 'X',
      pid: PID,
      tid: 0,
      name: oneLine(name),
      cat: 'invocation',
      ts: (startedAt - begin) * 1000,
      dur: Math.max(0, end - startedAt) * 1000,
      args: { invocation_id: id, dbt_version: version },
    }
  })
}

function nodeEvent(run: Run, span: Span, { tid, begin }: { tid: number; begin: number }): TraceEvent {
  const { uniqueId, startedAt, finishedAt, status, invocation } = span
  const node = run.nodes.get(uniqueId)
  const colour = outcome(status)
  return {
    ph: 'X',
    pid: PID,
    tid,
    name: node ? titleName(run, node) : uniqueId,
    cat: node?.resourceType ?? '',
    ts: (startedAt - begin) * 1000,
    dur: (finishedAt - startedAt) * 1000,
    ...(colour ? { cname: COLOURS[colour] } : {}),
    args: { unique_id: uniqueId, status, invocation },
  }
}
