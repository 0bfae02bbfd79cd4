/** What a terminal shows below the log while dbt runs. */
import { failedNodes } from '../run/counts.ts'
import type { Node, Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import { type Durations, type Progress, progressOf, timeLeft } from '../run/time-left.ts'
import { duration, figure, some } from './figures.ts'
import { titleName } from './names.ts'
import { type Cell, type Colour, cut, type FileLine, row, type Style, width } from './row.ts'
import { sentenceOf } from './sentence.ts'
import { plain } from './text.ts'

export interface FooterInput {
  run: Run
  /** Milliseconds since the epoch. */
  now: number
  /** Of the terminal; no line is wider, and there are never more than rows. */
  columns: number
  rows: number
  /** The last run; may be empty. */
  before: Durations
  /** Where failed nodes are written, as far as known, by unique_id. */
  places: ReadonlyMap<string, FileLine>
  style: Style
}

const MOST_RUNNING = 8
const MOST_FAILED = 6
const BAR = 30
const SHORTEST_BAR = 8

/** Failures that have ended, what runs now and for how long, and how far the run is. */
export function footer(input: FooterInput): string[] {
  const { run, columns, rows, style } = input
  const progress = progressOf(run)
  // A line that the terminal has no room for could not be wiped.
  const room = Math.max(0, rows - 3)
  const running = runningRows(input, progress.running, Math.min(MOST_RUNNING, Math.ceil(room / 2)))
  const failed = failedRows(input, Math.min(MOST_FAILED, room - running.length))
  const lines = [...failed, ...running, statusRow(input, progress)]
  // The last column makes some terminals wrap.
  return lines.map((cells) => row(cells, columns - 1, style))
}

/** The newest last; the end of the log has all of them with their messages. */
function failedRows({ run, places }: FooterInput, most: number): Cell[][] {
  const failed = failedNodes(run)
    .filter(({ origin }) => origin === '')
    .sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0))
  const shown = most < failed.length ? failed.slice(failed.length - Math.max(0, most - 1)) : failed
  const rows = shown.map((node): Cell[] => {
    const place = places.get(node.uniqueId)
    return [
      { text: '✗ ', colour: 'red' },
      { text: titleName(run, node) },
      ...(place
        ? [{ text: '  ' }, { text: `${place.path}:${place.line}`, colour: 'cyan', place } as const]
        : []),
      { text: `  ${sentenceOf(run, node)}`, colour: 'dim' },
    ]
  })
  const others = failed.length - shown.length
  if (others > 0 && most > 0) rows.unshift([{ text: `✗ ${figure(others)} more failed`, colour: 'red' }])
  return rows
}

/** The longest running first. */
function runningRows({ run, now, before, columns }: FooterInput, nodes: Node[], most: number): Cell[][] {
  const sorted = nodes.toSorted((a, b) => (a.startedAt ?? now) - (b.startedAt ?? now))
  const shown = most < sorted.length ? sorted.slice(0, Math.max(0, most - 1)) : sorted
  const names = shown.map((node) => plain(titleName(run, node)))
  const widest = Math.min(Math.max(0, ...names.map(width)), Math.max(20, columns - 30))
  const rows = shown.map((node, i): Cell[] => {
    const name = cut(names[i] ?? '', widest)
    const last = before.get(node.uniqueId)
    const elapsed = clock(now - (node.startedAt ?? now))
    return [
      { text: '▸ ', colour: 'cyan' },
      { text: `${name}${' '.repeat(widest - width(name))}  ${elapsed.padStart(6)}` },
      { text: last === undefined || last < 1000 ? '' : `  last run ${clock(last)}`, colour: 'dim' },
    ]
  })
  const others = nodes.length - shown.length
  if (others > 0 && most > 0) rows.push([{ text: `  and ${figure(others)} more`, colour: 'dim' }])
  return rows
}

function statusRow(input: FooterInput, progress: Progress): Cell[] {
  const { run, now, before, columns } = input
  const left = run.stoppedAt === undefined ? timeLeft(run, before, now, progress) : undefined
  const time = clock(now - run.startedAt)
  const estimate = left !== undefined && left >= 1000 ? `, about ${roughly(left)} left` : ''
  const text: Cell[] = [
    ...counted(run, progress),
    { text: `  ${time}`, colour: 'bold' },
    { text: estimate, colour: 'dim' },
  ]
  const free = columns - 2 - text.reduce((sum, cell) => sum + width(cell.text), 0)
  return [...bar(progress, Math.min(BAR, free)), ...text]
}

/** `2 failed · 1 warned · 18 of 30 · 3 running`: what a person looks for stands first. */
function counted(run: Run, { ended, running, toCome }: Progress): Cell[] {
  const number = { failed: 0, warn: 0, blocked: 0 }
  for (const { status, cause } of ended) {
    const result = outcome(status)
    if (result === 'failed' || result === 'warn') number[result]++
    if (result === 'skipped' && cause !== '') number.blocked++
  }
  const total = ended.length + running.length + (toCome ?? 0)
  const parts: [text: string, colour?: Colour][] = [
    run.stoppedAt === undefined ? [''] : ['stopping (Ctrl-C again to force it)', 'yellow'],
    [some(number.failed, 'failed'), 'red'],
    [some(number.blocked, 'blocked'), 'yellow'],
    [some(number.warn, 'warned'), 'yellow'],
    total === 0
      ? ['dbt is starting']
      : [`${figure(ended.length)} of ${figure(total)}${toCome === undefined ? '+' : ''}`],
    [some(running.length, 'running')],
  ]
  const shown = parts.filter(([text]) => text !== '')
  return shown.flatMap(([text, colour], i): Cell[] => [
    { text: i > 0 ? ' · ' : '', colour: 'dim' },
    { text, colour },
  ])
}

/** Only where dbt says how many nodes there are; a bar of guesses would go backwards. */
function bar({ ended, running, toCome }: Progress, columns: number): Cell[] {
  if (toCome === undefined || columns < SHORTEST_BAR) return []
  const filled = Math.floor((columns * ended.length) / Math.max(1, ended.length + running.length + toCome))
  const colour = ended.some(({ status }) => outcome(status) === 'failed') ? 'red' : 'green'
  return [
    { text: '━'.repeat(filled), colour },
    { text: '─'.repeat(columns - filled), colour: 'dim' },
    { text: ' ' },
  ]
}

/** Whole seconds: tenths would flicker. @param ms milliseconds */
function clock(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  return seconds < 10 ? `${Math.floor(seconds)} s` : duration(seconds)
}

/** As exact as an estimate can be. @param ms milliseconds */
function roughly(ms: number): string {
  if (ms < 10_000) return clock(ms)
  if (ms < 57_500) return `${5 * Math.round(ms / 5000)} s`
  const minutes = Math.max(1, Math.round(ms / 60_000))
  return minutes < 60 ? `${minutes} min` : duration(minutes * 60)
}
