import type { Client } from '../github/client.ts'
import { failingStatuses, writeStatuses } from '../github/statuses.ts'
import { commitStatuses } from '../report/commit-status.ts'
import type { Published } from '../report/published.ts'
import type { Subject } from '../report/subject.ts'
import type { Reporter } from './reporter.ts'

export interface CommitStatusesOptions {
  client: Client
  subject: Subject
  /** The most nodes that get one. */
  most: number
  /** What became of the check runs; how many statuses there are is filled in here. */
  published: Published
}

/** Commit statuses on servers without check runs, such as Gitea and Forgejo; it finishes after those. */
export function statusesInstead({ client, subject, most, published }: CommitStatusesOptions): Reporter {
  return {
    name: 'commit statuses',
    finish: async (run) => {
      if (!published.unshown.absent) return
      const failing = await failingStatuses(client, subject.sha)
      // The address does not exist here either: a repository that is hidden from this token.
      if ('failure' in failing) return
      const statuses = commitStatuses(run, subject, most, failing)
      const failure = await writeStatuses(client, subject.sha, subject.runUrl, statuses)
      if (failure) published.unshown.reason = failure.message
      else published.statuses = statuses.length
    },
  }
}
