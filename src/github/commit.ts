/** Which commit gets the checks. */
import type { Environment } from '../dbt/environment.ts'
import { type Fields, fields, text } from '../json.ts'

/** The commit that an event leads to. */
export interface Head {
  sha: string
  /** Where that may not be the commit that a user expects, a sentence on it; else empty. */
  notice: string
}

/**
 * The commit whose checks a person looks at. For all events of a pull request GITHUB_SHA is a merge commit or the
 * default branch, whose checks are not shown there; for workflow_run and others it is the default branch.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
 * @param payload the event
 */
export function headOf(env: Environment, payload: Fields): Head {
  const event = env.GITHUB_EVENT_NAME ?? ''
  const own = env.GITHUB_SHA ?? ''
  const head = text(fields(fields(payload.pull_request).head).sha)
  if (head !== '') return { sha: head, notice: '' }
  if (event === 'workflow_run') {
    return { sha: text(fields(payload.workflow_run).head_sha) || own, notice: '' }
  }
  return { sha: own, notice: own === '' ? '' : noticeOf(event, own) }
}

/** Events that are about another commit than the one that they run on, and what input sha has to be for that one. */
const ELSEWHERE: Record<string, string> = {
  issue_comment: 'what `gh pr view NUMBER --json headRefOid --jq .headRefOid` prints in a step before',
  check_run: 'github.event.check_run.head_sha',
  check_suite: 'github.event.check_suite.head_sha',
  repository_dispatch: 'a commit that the sender puts into client_payload',
}

function noticeOf(event: string, sha: string): string {
  const better = Object.hasOwn(ELSEWHERE, event) ? ELSEWHERE[event] : undefined
  if (better === undefined) return ''
  return (
    `The checks are on commit ${sha.slice(0, 7)}, the default branch's, since the event ${event} runs on it. ` +
    `To put them on another commit, set input sha to it: ${better}.`
  )
}
