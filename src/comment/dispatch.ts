import { isCommit } from '../github/context.ts'
import { fields, number, text } from '../json.ts'
import { type Started, startedBody } from '../report/comment.ts'
import { link, literal } from '../report/text.ts'
import type { Request } from './commands.ts'
import { call, type Desk, get, isOurs, type No, said } from './desk.ts'
import { commitOfNewest, runsOn, seen } from './earlier-runs.ts'

/** `ignored` is answered by nothing at all; `failed` is broken wiring, such as a missing permission. */
export type Dispatched = { kind: 'started' | 'refused' | 'ignored' | 'failed'; why: string }

interface Plan {
  inputs: Record<string, string>
  started: Started
  continues?: { id: string; url: string }
}

/** Carries out what a comment asks for, and answers it. Nothing that GitHub does makes it throw. */
export async function obey(request: Request, desk: Desk): Promise<Dispatched> {
  const { author } = request
  const role = await get(desk, 'collaborators/{author}/permission', { author })
  if ('failure' in role)
    return { kind: 'failed', why: `The permission of ${author} cannot be read: ${said(role)}` }
  // `maintain` reads as write and `triage` as read: https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
  if (!['admin', 'maintain', 'write'].includes(text(role.data.permission))) {
    return { kind: 'ignored', why: `${author} may not write to this repository.` }
  }
  const plan = await planOf(request, desk)
  const made = 'no' in plan ? plan : await dispatch(plan, desk)
  if ('no' in plan || 'no' in made) {
    const { no, failed, see } = 'no' in plan ? plan : (made as No)
    const page = see ? ` See ${link(see.text, see.url)}.` : ''
    const trouble = await answer(request, desk, 'confused', `Not started: ${literal(no)}${page}`)
    return { kind: failed ? 'failed' : 'refused', why: `${no}${trouble}` }
  }
  const { name, select } = request.command
  const what = `/dbt ${name} ${select}`.trim()
  const { url, runId } = made
  const { started, continues } = plan
  const trouble = await answer(
    request,
    desk,
    'rocket',
    startedBody({ ...started, runId }, { what, url, continues }),
  )
  return { kind: 'started', why: `${what}: started ${url}${trouble}` }
}

/** What to dispatch. The pull request's head is read once here; everything after goes by that. */
async function planOf({ command, pull: pull_number }: Request, desk: Desk): Promise<Plan | No> {
  const pull = await get(desk, 'pulls/{pull_number}', { pull_number })
  if ('failure' in pull) return { no: `The pull request cannot be read: ${said(pull)}`, failed: true }
  const { data } = pull
  if (data.state !== 'open') return { no: 'The pull request is not open.' }
  if (!isOurs(fields(data.head).repo, desk))
    return { no: 'The pull request comes from a fork, whose code gets no secrets.' }
  const head = text(fields(data.head).sha)
  if (!isCommit(head)) return { no: 'GitHub does not tell the head of the pull request.', failed: true }
  const runs = await runsOn(head, pull_number, desk)
  if ('no' in runs) return runs
  const busy = runs.find((run) => !run.completed)
  if (busy) return { no: `Run ${busy.id} on ${head.slice(0, 7)} is still in progress.`, see: seen(busy) }
  const { name, select } = command
  const chosen: Record<string, string> = select ? { select } : {}
  if (name !== 'rerun') {
    return {
      inputs: { command: name, commit: head, ...chosen },
      started: { head, commit: head, rerun: false },
    }
  }
  const continued = await commitOfNewest(runs, text(data.merge_commit_sha), head, desk)
  if ('no' in continued) return continued
  const { run, commit } = continued
  return {
    inputs: { 'rerun-of': run.id, commit, ...chosen },
    started: { head, commit, rerun: true },
    continues: { id: run.id, url: run.url },
  }
}

/** Starts the workflow. https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event */
async function dispatch(
  { inputs }: Plan,
  desk: Desk,
): Promise<{ runId: string | undefined; url: string } | No> {
  const { workflow, defaultBranch: ref, serverUrl, client } = desk
  const page = `${serverUrl}/${client.owner}/${client.repo}/actions/workflows/${workflow}`
  const made = await call(desk, 'POST', 'actions/workflows/{workflow}/dispatches', {
    workflow,
    ref,
    inputs,
    return_run_details: true,
  })
  if (!('failure' in made)) {
    const id = number(made.data.workflow_run_id)
    // GitHub Enterprise Server may answer with nothing.
    return { runId: id === undefined ? undefined : String(id), url: text(made.data.html_url) || page }
  }
  const { kind } = made.failure
  const maybe =
    kind === 'lost' ? 'GitHub did not say whether the run was started' : `GitHub does not start ${workflow}`
  const hint =
    kind === 'forbidden'
      ? ' It needs "permissions: actions: write" and the workflow on the default branch.'
      : ''
  return { no: `${maybe}: ${said(made)}${hint}`, failed: true, see: { text: workflow, url: page } }
}

/** @returns what went wrong, which changes nothing of what was done */
async function answer(request: Request, desk: Desk, content: string, body: string): Promise<string> {
  const { commentId: comment_id, pull: issue_number } = request
  const reacted = await call(desk, 'POST', 'issues/comments/{comment_id}/reactions', { comment_id, content })
  const answered = await call(desk, 'POST', 'issues/{issue_number}/comments', { issue_number, body })
  const failed = [reacted, answered].find((result) => 'failure' in result)
  return failed && 'failure' in failed ? ` It could not be answered: ${said(failed)}` : ''
}
