import type { Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import { advise, type ThreadAdvice } from '../run/threads.ts'
import { longestTiming, type Timing, timingsOf, type Wait, waitsOf } from '../run/timing.ts'
import { duration, plural } from './figures.ts'
import { titleName } from './names.ts'
import { code } from './text.ts'

/** Nodes of the critical path that are named. */
const MOST_NODES = 4
/** A shorter wait is not worth a line, in milliseconds. */
const SHORT = 1000

/**
 * "Where the time went" in at most five lines of Markdown: the run and how busy its threads were, the critical path, the
 * longest waits for a thread and for parents, and what other numbers of threads would give. Empty where no node ran.
 */
export function timeLines(run: Run): string[] {
  const timings = timingsOf(run)
  const main = longestTiming(timings)
  if (!main) return []
  const waits = waitsOf(main)
  return [
    total(timings, main),
    path(run, main),
    main.exact ? waiting(run, waits, 'thread') : '',
    waiting(run, waits, 'parents'),
    threads(advise(timings)),
  ].filter(Boolean)
}

function total(timings: Timing[], main: Timing): string {
  const nodes = timings.reduce((sum, timing) => sum + span(timing), 0)
  const rest = timings.reduce((sum, { around }) => sum + around, 0)
  const busy = main.exact ? `, ${plural(main.threads, 'thread')} busy ${percent(main.utilisation)}` : ''
  return `Nodes ran for ${time(nodes)}${busy}; parsing, hooks and the rest took ${time(rest)}.`
}

function path(run: Run, { path, startedAt, finishedAt, exact }: Timing): string {
  const ids = path.works.flatMap((work) => work.ids.at(-1) ?? [])
  if (ids.length < 2) return ''
  const times = new Map(path.works.map((work) => [work.ids.at(-1) ?? '', work.milliseconds]))
  const slowest = new Set(
    [...ids].sort((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0)).slice(0, MOST_NODES),
  )
  const named = ids
    .filter((id) => slowest.has(id))
    .map((id) => `${name(run, id)} ${time(times.get(id) ?? 0)}`)
  const more = ids.length > named.length ? ` and ${ids.length - named.length} more` : ''
  const share = exact ? ` (${percent(path.milliseconds / Math.max(1, finishedAt - startedAt))})` : ''
  return `Critical path ${time(path.milliseconds)}${share}: ${named.join(' → ')}${more}.`
}

function waiting(run: Run, waits: ReadonlyMap<string, Wait>, reason: 'thread' | 'parents'): string {
  let [longestId, most, sum] = ['', 0, 0]
  const ran = [...waits].filter(([id]) => outcome(run.nodes.get(id)?.status ?? '') !== 'skipped')
  for (const [id, wait] of ran) {
    sum += wait[reason]
    if (wait[reason] > most) [longestId, most] = [id, wait[reason]]
  }
  if (most < SHORT) return ''
  const mean = sum / ran.length
  const last = reason === 'parents' ? waits.get(longestId)?.last : undefined
  const after = last ? `, last for ${name(run, last)}` : ''
  const what = reason === 'thread' ? 'a free thread' : 'parents and their tests'
  return `Waiting for ${what}: ${time(mean)} a node, longest ${name(run, longestId)} ${time(most)}${after}.`
}

/** A table would be more than a line: `1: 26 s · 2: 14 s · **4: 7.1 s** · 8: 4.2 s`. */
function threads(advice: ThreadAdvice | undefined): string {
  if (!advice) return ''
  const shown = advice.forecasts.filter(
    ({ threads }) => threads <= Math.max(2 * advice.enough, advice.threads),
  )
  const forecasts = shown.map(({ threads, milliseconds }) => {
    const text = `${threads}: ${time(milliseconds)}`
    return threads === advice.threads ? `**${text}**` : text
  })
  return `Threads, estimated: ${forecasts.join(' · ')}; more than ${advice.enough} save less than 5 %.`
}

function span({ startedAt, finishedAt }: Timing): number {
  return finishedAt - startedAt
}

function name(run: Run, id: string): string {
  const node = run.nodes.get(id)
  return code(node ? titleName(run, node) : id)
}

function time(milliseconds: number): string {
  return duration(milliseconds / 1000)
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`
}
