import { countNodes, counts, expectedNodes, type Run } from '../run/run.ts'
import { outcome, WAITING } from '../run/status.ts'
import { ICONS } from './icons.ts'
import { titleName } from './names.ts'
import { duration, figure, oneLine } from './text.ts'
import { rollUpTitle } from './title.ts'

const BAR = 24
const MOST_RUNNING = 8

/**
 * The footer of a terminal while dbt runs: what runs now and for how long, and how far it is.
 * @param now milliseconds since the epoch
 * @param columns of the terminal; no line is longer
 */
export function footer(run: Run, now: number, columns: number): string[] {
  const running = [...run.nodes.values()]
    .filter((node) => counts(node) && outcome(node.status) === undefined && node.status !== WAITING)
    .sort((a, b) => (a.startedAt ?? now) - (b.startedAt ?? now))
  const lines = running.slice(0, MOST_RUNNING).map((node) => {
    const seconds = Math.floor(Math.max(0, now - (node.startedAt ?? now)) / 1000)
    return `  ${ICONS.running} ${titleName(run, node)}${seconds > 0 ? `  ${wholeSeconds(seconds)}` : ''}`
  })
  if (running.length > MOST_RUNNING) lines.push(`  and ${figure(running.length - MOST_RUNNING)} more`)
  lines.push(`${bar(run)}${rollUpTitle(run)}  ${wholeSeconds((now - run.startedAt) / 1000)}`)
  return lines.map((line) => oneLine(line, Math.max(20, columns - 2)))
}

/** Tenths that flicker say nothing. */
function wholeSeconds(seconds: number): string {
  return seconds < 10 ? `${Math.floor(seconds)} s` : duration(seconds)
}

/** Only where dbt tells how many nodes there are; a bar of guesses would go backwards. */
function bar(run: Run): string {
  const { total, running, waiting } = countNodes(run)
  const expected = expectedNodes(run)
  if (!expected) return ''
  const filled = Math.min(BAR, Math.round((BAR * (total - running - waiting)) / expected))
  return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} `
}
