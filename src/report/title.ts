import { commandName } from '../dbt/command.ts'
import { isFlaky } from '../run/retry.ts'
import {
  type Counts,
  countNodes,
  counts,
  expectedNodes,
  failedNodes,
  type Node,
  type Run,
} from '../run/run.ts'
import { outcome } from '../run/status.ts'
import { endingText } from './ending.ts'
import { duration, figure, oneLine } from './text.ts'
import { warningsText } from './warnings.ts'

/** The last run of the base branch, as far as a title compares with it. */
export interface Baseline {
  /** Of the branch. */
  name: string
  /** How long it took; undefined where that is not known. */
  seconds: number | undefined
  /** unique_ids of what failed in it. */
  failed: ReadonlySet<string>
}

/** `1 failed · 41 of 184 · 3 running`, and once the run is over `2 failed · 8 blocked · 19 passed in 15 s`. */
export function rollUpTitle(run: Run, baseline?: Baseline): string {
  const totals = countNodes(run)
  if (run.exitCode === undefined) return progressTitle(run, totals, baseline)
  const ended = endingText(run)
  const { success, total } = totals
  const parts = [
    ...badParts(run, totals, baseline),
    some(totals.skipped - blockedNodes(run).length, 'skipped'),
    some(flakyNodes(run).length, 'flaky'),
    some(success, 'passed'),
  ].filter(Boolean)
  if (total === 0 && ended === '') parts.push(`${commandsText(run)} succeeded`)
  const time = total === 0 ? '' : timeText(run, baseline)
  return oneLine([ended, ...parts].filter(Boolean).join(' · ') + time)
}

function progressTitle(run: Run, totals: Counts, baseline: Baseline | undefined): string {
  const { total, running, waiting } = totals
  if (total === 0) return 'dbt is starting'
  const done = `${figure(total - running - waiting)} of ${expected(run, total)}`
  const open = [some(running, 'running'), some(waiting, 'waiting')]
  return [...badParts(run, totals, baseline), done, ...open].filter(Boolean).join(' · ')
}

/** What a person looks for first. */
function badParts(run: Run, totals: Counts, baseline: Baseline | undefined): string[] {
  const { failed, warn, cancelled } = totals
  const fresh = baseline ? newFailures(run, baseline).length : 0
  return [
    some(failed, fresh > 0 ? `failed (${figure(fresh)} new)` : 'failed'),
    some(blockedNodes(run).length, 'blocked'),
    some(warn, 'warned'),
    warningsText(run),
    some(cancelled, 'cancelled'),
  ]
}

function some(count: number, word: string): string {
  return count > 0 ? `${figure(count)} ${word}` : ''
}

/** dbt's own number where it gives one; without it, what is known grows while it runs. */
function expected(run: Run, seen: number): string {
  const count = expectedNodes(run)
  return count === undefined ? `${figure(seen)}+` : figure(Math.max(count, seen))
}

function timeText(run: Run, baseline: Baseline | undefined): string {
  if (run.finishedAt === undefined) return ''
  const before = baseline?.seconds === undefined ? '' : ` (${baseline.name}: ${duration(baseline.seconds)})`
  return ` in ${duration((run.finishedAt - run.startedAt) / 1000)}${before}`
}

/** Nodes that were skipped because of a failure. */
export function blockedNodes(run: Run): Node[] {
  return [...run.nodes.values()].filter((node) => {
    return node.cause !== '' && outcome(node.status) === 'skipped' && counts(node)
  })
}

/** Failures that the base branch's last run did not have. */
export function newFailures(run: Run, { failed }: Baseline): Node[] {
  return failedNodes(run).filter((node) => counts(node) && !failed.has(node.uniqueId))
}

function flakyNodes(run: Run): Node[] {
  return [...run.nodes.values()].filter((node) => counts(node) && isFlaky(node))
}

/** `dbt deps`; of a command that has no name, such as `dbt --version`, its words. */
function commandsText({ invocations }: Run): string {
  const names = invocations.map(({ command: { words } }) => {
    const given = words[0] === 'dbt' ? words.slice(1) : words
    return `dbt ${commandName(words) || given.join(' ')}`.trim()
  })
  return [...new Set(names)].join(', ') || 'dbt'
}
