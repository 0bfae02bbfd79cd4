import { commandLabel } from '../dbt/command-label.ts'
import { isOnlyCompiled } from '../run/compiled-only.ts'
import { type Counts, countNodes, counts, expectedNodes, failedNodes } from '../run/counts.ts'
import { isFlaky } from '../run/retry.ts'
import type { Node, Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import type { Advised } from './advice.ts'
import type { BaseRun } from './base-run.ts'
import { endingText } from './ending.ts'
import { duration, figure, some } from './figures.ts'
import { oneLine } from './text.ts'
import { warningsText } from './warnings.ts'

/** What the run is compared with, where that is known. */
type Base = Pick<BaseRun, 'label' | 'seconds' | 'failed'> | undefined

/** What a title depends on beside the run. */
export interface Titled extends Advised {
  base?: Base
}

/** `1 failed · 41 of 184 · 3 running`, and once the run is over `2 failed · 8 blocked · 19 passed in 15 s`. */
export function rollUpTitle(run: Run, subject: Titled): string {
  const { base } = subject
  const totals = countNodes(run)
  if (run.exitCode === undefined) return progressTitle(run, totals, base)
  const ended = endingText(run, subject)
  const { success, total } = totals
  const compiled = compiledNodes(run).length
  const parts = [
    ...badParts(run, totals, base),
    some(totals.skipped - blockedNodes(run).length, 'skipped'),
    some(flakyNodes(run).length, 'flaky'),
    some(success - compiled, 'passed'),
    some(compiled, 'compiled'),
  ].filter(Boolean)
  if (total === 0 && ended === '') parts.push(`${commandsText(run)} succeeded`)
  const time = total === 0 ? '' : timeText(run, base)
  return oneLine([ended, ...parts].filter(Boolean).join(' · ') + time)
}

function progressTitle(run: Run, totals: Counts, base: Base): string {
  const { total, running, waiting } = totals
  if (total === 0) return 'dbt is starting'
  const done = `${figure(total - running - waiting)} of ${expected(run, total)}`
  const open = [some(running, 'running'), some(waiting, 'waiting')]
  return [...badParts(run, totals, base), done, ...open].filter(Boolean).join(' · ')
}

/** What a person looks for first. */
function badParts(run: Run, totals: Counts, base: Base): string[] {
  const { failed, warn, cancelled } = totals
  const fresh = base ? newFailures(run, base).length : 0
  return [
    some(failed, fresh > 0 ? `failed (${figure(fresh)} new)` : 'failed'),
    some(blockedNodes(run).length, 'blocked'),
    some(warn, 'warned'),
    warningsText(run),
    some(cancelled, 'cancelled'),
  ]
}

/** dbt's own number where it gives one; without it, what is known grows while it runs. */
function expected(run: Run, seen: number): string {
  const count = expectedNodes(run)
  return count === undefined ? `${figure(seen)}+` : figure(Math.max(count, seen))
}

function timeText(run: Run, base: Base): string {
  if (run.finishedAt === undefined) return ''
  const before = base?.seconds === undefined ? '' : ` (${base.label}: ${duration(base.seconds)})`
  return ` in ${duration((run.finishedAt - run.startedAt) / 1000)}${before}`
}

/** Nodes that were skipped because of a failure. */
export function blockedNodes(run: Run): Node[] {
  return [...run.nodes.values()].filter((node) => {
    return node.cause !== '' && outcome(node.status) === 'skipped' && counts(node)
  })
}

/** Failures that the base branch's last run did not have. */
export function newFailures(run: Run, { failed }: Pick<BaseRun, 'failed'>): Node[] {
  return failedNodes(run).filter((node) => counts(node) && !failed.has(node.uniqueId))
}

function flakyNodes(run: Run): Node[] {
  return [...run.nodes.values()].filter((node) => counts(node) && isFlaky(node))
}

/** What succeeded, but was neither built nor tested. */
function compiledNodes(run: Run): Node[] {
  return [...run.nodes.values()].filter((node) => {
    return outcome(node.status) === 'success' && counts(node) && isOnlyCompiled(run, node)
  })
}

/** `dbt deps, dbt parse`. */
function commandsText({ invocations }: Run): string {
  return [...new Set(invocations.map(({ command }) => commandLabel(command.words)))].join(', ') || 'dbt'
}
