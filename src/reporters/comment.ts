import type { Client } from '../github/client.ts'
import { keepComment } from '../github/comment.ts'
import { BODY_LIMIT, commentBody } from '../report/comment.ts'
import { shortSummary } from '../report/summary.ts'
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
}

/** The one comment on the pull request, kept up to date. */
export function pullRequestComment(options: CommentOptions): Reporter {
  const { client, pull, runId, subject, findings, links, notices, notice } = options
  return {
    name: 'comment',
    finish: async (run) => {
      const evidence = await findings.ofFailures()
      const text = shortSummary({ run, subject, evidence, links, notices: notices() }, BODY_LIMIT)
      const body = commentBody({ checkName: subject.checkName, runId, body: text })
      const kept = await keepComment(client, pull, subject.checkName, body)
      if (!('failure' in kept)) return
      notice(
        `No comment: GitHub says "${kept.failure.message}". The job needs "permissions: pull-requests: write".`,
      )
    },
  }
}
