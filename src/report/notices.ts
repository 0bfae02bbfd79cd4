/** What a run has to say that is no result, as sentences. */

import { commandLabel } from '../dbt/command-label.ts'
import { neverBegun } from '../run/commands.ts'
import { counts } from '../run/counts.ts'
import { lostBatches } from '../run/microbatch.ts'
import { orphans } from '../run/retry.ts'
import { currentInvocation, type Run } from '../run/run.ts'
import { plural } from './figures.ts'
import { titleName } from './names.ts'
import { retryNotice } from './retry-notice.ts'
import { sayTo } from './say.ts'
import type { Caller, Subject } from './subject.ts'
import { listed } from './text.ts'

/** What needs attention; empty where nothing does. */
export function runNotices(run: Run, subject: Pick<Subject, 'caller' | 'commands'>): string[] {
  const { caller } = subject
  const notices = [
    commandsNotice(run, subject),
    orphanNotice(run, caller),
    batchNotice(run),
    retryNotice(run, caller),
  ]
  return [...notices, ...unreadNotices(run)].filter(Boolean)
}

/** All that a view says above the nodes: what is known beside the run, what needs attention, and what is not of it. */
export function viewNotices(run: Run, subject: Subject, known: string[]): string[] {
  return [...known, ...runNotices(run, subject), continuedNotice(run)].filter(Boolean)
}

/** Which commands never began; empty where all did. */
function commandsNotice(run: Run, { commands }: Pick<Subject, 'commands'>): string {
  const count = neverBegun(run)
  const last = currentInvocation(run)
  if (count === 0 || !last) return ''
  const names = commands.slice(-count).map((words) => commandLabel([...words]))
  const why =
    run.stoppedAt === undefined ? `${commandLabel(last.command.words)} failed` : 'the run was stopped'
  return `${listed(names)} did not run, since ${why}.`
}

/** What went wrong because an earlier run is continued; empty where nothing did. */
export function orphanNotice(run: Run, caller: Caller): string {
  const [first] = orphans(run)
  if (!first) return ''
  const [node, parent] = first
  return (
    `${titleName(run, node)} does not find what ${titleName(run, parent)} built in ${parent.origin}. ` +
    sayTo(caller)(
      'If the database is thrown away with the runner, set input rerun to never.',
      'If the database was thrown away since, give the whole command again instead of "rerun".',
    )
  )
}

/** Which models may lack batches that failed before, where dbt does not say; empty where none does. */
function batchNotice(run: Run): string {
  const [first, ...others] = lostBatches(run)
  if (!first) return ''
  const which = titleName(run, first) + (others.length > 0 ? ` and ${plural(others.length, 'other')}` : '')
  return (
    `Batches of ${which} that failed before may be missing: dbt v2 does not say which they were, and runs only the ` +
    'newest again. Run it with --event-time-start and --event-time-end, or with --full-refresh.'
  )
}

/** How much of it an earlier run did; empty where it ran alone. */
function continuedNotice(run: Run): string {
  const nodes = [...run.nodes.values()].filter(counts)
  const kept = nodes.filter(({ origin }) => origin !== '')
  const origins = [...new Set(kept.map(({ origin }) => origin))].sort()
  if (kept.length === 0) return ''
  return `${nodes.length - kept.length} of ${plural(nodes.length, 'node')} ran here; the results of the others are from ${origins.join(', ')}.`
}

/** Artifacts that could not be read, and what is missing without them. */
function unreadNotices({ invocations }: Run): string[] {
  return [...new Set(invocations.flatMap(({ unread }) => unread))].map((sentence) => {
    const missing = sentence.startsWith('manifest.json')
      ? 'Places in files, retries and reruns are missing'
      : 'Messages and times may be missing'
    return `${sentence}. ${missing}.`
  })
}
