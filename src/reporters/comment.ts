import type { Client } from '../github/client.ts'
import { keepComment } from '../github/comment.ts'
import { BODY_LIMIT, commentBody } from '../report/comment.ts'
import { canBeContinued, dispatchCommand } from '../report/dispatch.ts'
import { shortSummary } from '../report/summary.ts'
import type { Sleep } from '../sleep.ts'
import type { SummaryOptions } from './job-summary.ts'
import type { Reporter } from './reporter.ts'

export interface CommentOptions extends SummaryOptions {
  client: Client
  /** Number of the pull request. */
  pull: number
  /** Id of the workflow run. */
  runId: string
  /** Is given a sentence where GitHub refuses the comment. */
  notice(sentence: string): void
  now(): number
  sleep: Sleep
}

/** GitHub's bad moments are tried again after so long, no more than twice, and not once so much time is over; in milliseconds. */
const PAUSES = [1_000, 4_000]
const PATIENCE = 12_000

/** The one comment on the pull request, kept up to date. */
export function pullRequestComment(options: CommentOptions): Reporter {
  const { pull, runId, subject, findings, links, notices, notice } = options
  return {
    name: 'comment',
    finish: async (run) => {
      const evidence = await findings.ofFailures()
      const text = shortSummary({ run, subject, evidence, links, notices: notices() }, BODY_LIMIT)
      // It starts the workflow, as the command of the summary does.
      const box = canBeContinued(run, subject) && dispatchCommand(subject) !== ''
      const body = commentBody({ checkName: subject.checkName, runId, body: text, box })
      const failure = await keep(options, body)
      if (!failure) return
      const advice = failure.kind === 'forbidden' ? ' The job needs "permissions: pull-requests: write".' : ''
      notice(`No comment on pull request ${pull}: GitHub says "${failure.message}".${advice}`)
    },
  }
}

/** Where an answer was lost, the comment is there the next time, and changed. */
async function keep({ client, pull, subject, now, sleep }: CommentOptions, body: string) {
  const until = now() + PATIENCE
  for (const pause of [...PAUSES, Number.POSITIVE_INFINITY]) {
    const kept = await keepComment(client, pull, subject.checkName, body)
    if (!('failure' in kept)) return undefined
    const { kind } = kept.failure
    if ((kind !== 'lost' && kind !== 'unsent') || now() + pause > until) return kept.failure
    await sleep(pause).done
  }
  return undefined
}
