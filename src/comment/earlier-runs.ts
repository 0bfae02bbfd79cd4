import { ownComments } from '../github/comment.ts'
import { isCommit } from '../github/context.ts'
import { workflowFile } from '../github/workflow-run.ts'
import { type Fields, fields, number, text } from '../json.ts'
import { readStarted } from '../report/comment.ts'
import { type Desk, get, isOurs, type No, said } from './desk.ts'

/** A run of the workflow on the pull request's head. */
export interface PullRun {
  id: string
  url: string
  event: string
  completed: boolean
  /** Whether a rerun can continue it. */
  continuable: boolean
  /** Milliseconds since the epoch, of the last attempt. */
  startedAt: number
  /** What it checked out, where we know. */
  commit?: string
}

/** The runs of the workflow for this commit, the newest first: those GitHub lists, and those that we dispatched. */
export async function runsOn(head: string, pull: number, desk: Desk): Promise<PullRun[] | No> {
  const { workflow, client } = desk
  const listed = await get(desk, 'actions/workflows/{workflow}/runs', {
    workflow,
    head_sha: head,
    per_page: 100,
  })
  if ('failure' in listed)
    return { no: `The runs of ${workflow} cannot be read: ${said(listed)}`, failed: true }
  const list = Array.isArray(listed.data.workflow_runs) ? listed.data.workflow_runs.map(fields) : []
  const own = list
    .filter((run) => isRunOf(run, desk) && run.head_sha === head && isOfPull(run, pull))
    .map(runOf)
  // A dispatched run is listed under the default branch's commit; only our answers know what it checked out.
  const comments = await ownComments(client, pull)
  if ('failure' in comments) return { no: `The comments cannot be read: ${said(comments)}`, failed: true }
  const answers = comments.map(({ body }) => readStarted(body)).filter((started) => started?.head === head)
  for (const started of answers.slice(-MOST_STARTED)) {
    const run = started && (await get(desk, 'actions/runs/{run_id}', { run_id: started.runId }))
    if (!run || 'failure' in run || !isRunOf(run.data, desk)) continue
    const { commit, rerun } = started
    const known = runOf(run.data)
    own.push({ ...known, commit, continuable: known.continuable && rerun })
  }
  return own.sort((a, b) => b.startedAt - a.startedAt)
}

/** Of the runs that we dispatched for one commit, as many are looked at. */
const MOST_STARTED = 10

/** The newest run that a rerun can continue, and the commit that it checked out. */
export async function commitOfNewest(
  runs: PullRun[],
  mergeCommit: string,
  head: string,
  { workflow, commitOf }: Desk,
): Promise<{ run: PullRun; commit: string } | No> {
  for (const run of runs.filter(({ continuable }) => continuable)) {
    const guess = run.commit ?? (run.event === 'pull_request' ? mergeCommit : head)
    const commit = commitOf ? await commitOf(run.id) : guess
    if (commit !== undefined && isCommit(commit)) return { run, commit }
    // Without states it cannot be known that the run before it fits better.
    if (!commitOf)
      return { no: `What run ${run.id} checked out is not known: the pull request has no merge commit now.` }
  }
  return { no: `No run of ${workflow} on ${head.slice(0, 7)} has ended that could be continued.` }
}

function isRunOf(run: Fields, desk: Desk): boolean {
  const path = workflowFile(text(run.path))
  const events = ['pull_request', 'push', 'workflow_dispatch']
  return (
    path === `.github/workflows/${desk.workflow}` &&
    events.includes(text(run.event)) &&
    isOurs(run.head_repository, desk)
  )
}

/** Of two pull requests with one head each has its own merge commit. */
function isOfPull(run: Fields, pull: number): boolean {
  const pulls = Array.isArray(run.pull_requests) ? run.pull_requests.map(fields) : []
  return run.event !== 'pull_request' || pulls.length === 0 || pulls.some((one) => one.number === pull)
}

function runOf(run: Fields): PullRun {
  const completed = run.status === 'completed'
  return {
    id: String(number(run.id) ?? 0),
    url: text(run.html_url),
    event: text(run.event),
    completed,
    // In the others no job has run.
    continuable:
      completed && ['success', 'failure', 'cancelled', 'timed_out', 'neutral'].includes(text(run.conclusion)),
    startedAt: Date.parse(text(run.run_started_at) || text(run.created_at)) || 0,
  }
}

/** The page of a run, for the answer to a command. */
export function seen({ id, url }: PullRun) {
  return url ? { text: `run ${id}`, url } : undefined
}
