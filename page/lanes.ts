import type { Item } from './model.ts'

/** One run of a node on the timeline: a retried node has several. Times in milliseconds since the start. */
export interface Span {
  item: Item
  start: number
  end: number
  outcome: Item['outcome']
  /** Number of the retry that it was, from 0; the last is what counts. */
  last: boolean
  /** 0 where it is not known. */
  thread: number
}

/** A row of the timeline. */
export interface Lane {
  /** Thread or folder; empty for a further row of the one above. */
  label: string
  spans: Span[]
}

export function spansOf(items: Item[]): Span[] {
  const spans = items.flatMap((item) => {
    const runs = [...item.earlier, item]
    return runs.flatMap((result, index): Span[] => {
      const { start, outcome, origin } = result
      const end = result.end ?? (start === undefined ? undefined : start + (result.seconds ?? 0) * 1000)
      if (start === undefined || end === undefined || origin || outcome === 'skipped') return []
      const last = index === runs.length - 1
      return [
        { item, start, end: Math.max(start, end), outcome, last, thread: last ? (item.thread ?? 0) : 0 },
      ]
    })
  })
  return spans.sort((a, b) => a.start - b.start || a.end - b.end)
}

/**
 * A lane for each thread. dbt Core numbers its threads, v2 does not, and of an earlier try the thread is not kept: such
 * spans go to the first lane that is free.
 */
export function byThread(spans: Span[]): Lane[] {
  const names = new Map<number, Span[]>()
  for (const span of spans) {
    const list = names.get(span.thread)
    if (list) list.push(span)
    else names.set(span.thread, [span])
  }
  names.delete(0)
  const named = [...names].filter(([, list]) => !overlaps(list))
  const sure = new Set(named.flatMap(([, list]) => list))
  const lanes = named.sort(([a], [b]) => a - b).map(([, list]): Lane => ({ label: '', spans: list }))
  place(
    lanes,
    spans.filter((span) => !sure.has(span)),
  )
  lanes.forEach((lane, index) => {
    lane.label = String(index + 1)
  })
  return lanes
}

/** For each folder as many lanes as nodes of it ran at once. */
export function byFolder(spans: Span[]): Lane[] {
  const folders = new Map<string, Span[]>()
  for (const span of spans) {
    const folder = span.item.folder || '(none)'
    const list = folders.get(folder)
    if (list) list.push(span)
    else folders.set(folder, [span])
  }
  return [...folders].flatMap(([folder, list]) => {
    const lanes: Lane[] = []
    place(lanes, list)
    if (lanes[0]) lanes[0].label = folder
    return lanes
  })
}

/** Puts each span into the first lane that is free, or into a new one. */
function place(lanes: Lane[], spans: Span[]): void {
  const ends = new Map(lanes.map((lane) => [lane, busyUntil(lane)]))
  for (const span of spans) {
    let lane = lanes.find((lane) => (ends.get(lane) ?? 0) <= span.start || isFree(lane, span))
    if (!lane) {
      lane = { label: '', spans: [] }
      lanes.push(lane)
    }
    lane.spans.push(span)
    ends.set(lane, Math.max(ends.get(lane) ?? 0, span.end))
  }
}

function busyUntil({ spans }: Lane): number {
  return spans.reduce((end, span) => Math.max(end, span.end), 0)
}

/** For the few lanes of named threads, which have gaps before their end. */
function isFree({ spans }: Lane, { start, end }: Span): boolean {
  return spans.every((span) => span.end <= start || span.start >= end)
}

function overlaps(spans: Span[]): boolean {
  return spans.some((span, index) => index > 0 && span.start < (spans[index - 1]?.end ?? 0) - TOLERANCE)
}
/** Times of the log are rounded, and taken at different moments. */
const TOLERANCE = 5

/** Even steps for the axis, about `wanted` of them. */
export function ticks(from: number, to: number, wanted: number): number[] {
  const raw = (to - from) / Math.max(1, wanted)
  if (!(raw > 0)) return []
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = ([1, 2, 5, 10].find((n) => n * power >= raw) ?? 10) * power
  const first = Math.ceil(from / step)
  const last = Math.floor(to / step)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step)
}
