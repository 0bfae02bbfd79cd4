import { fields, number, text } from '../json.ts'
import type { Client } from './client.ts'

/** A workflow run, as far as a rerun must know it: https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run */
export interface WorkflowRun {
  id: string
  /** `completed`, or what it is doing. */
  status: string
  /** Such as `acme/shop`: whose code it ran. */
  headRepository: string
  /** The file of the workflow. */
  path: string
  workflowId: number | undefined
  /** Of its newest attempt. */
  runAttempt: number
}

/** Reads a run of this repository. Never rejects. */
export async function readWorkflowRun(
  client: Client,
  id: string,
): Promise<WorkflowRun | { missing: string }> {
  const answer = await client.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', {
    run_id: Number(id),
  })
  if ('failure' in answer) return { missing: answer.failure.message }
  const run = fields(answer.data)
  return {
    id: String(number(run.id) ?? ''),
    status: text(run.status),
    headRepository: text(fields(run.head_repository).full_name),
    path: workflowFile(text(run.path)),
    workflowId: number(run.workflow_id),
    runAttempt: number(run.run_attempt) ?? 1,
  }
}

/** Events whose runs are of the branch itself, started by somebody who may push to it. */
const OF_BRANCH = new Set(['push', 'schedule', 'workflow_dispatch'])

/** A workflow run of a branch. */
export interface BranchRun {
  id: string
  /** Whether it was started by hand or by a comment, perhaps for another commit than the branch's. */
  dispatched: boolean
}

/**
 * The newest good runs of a workflow on a branch of this repository. A fork may have a branch of that name, so its runs
 * are left out. https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow
 * @param workflow its file, such as `.github/workflows/dbt.yml`, or its id
 */
export async function goodRuns(
  client: Client,
  workflow: string,
  branch: string,
): Promise<BranchRun[] | { missing: string }> {
  const answer = await client.request(
    'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
    // Without pull requests the answer is a tenth of the size.
    {
      workflow_id: workflow.split('/').at(-1) ?? '',
      branch,
      status: 'success',
      per_page: 30,
      exclude_pull_requests: true,
    },
  )
  if ('failure' in answer) return { missing: answer.failure.message }
  const { workflow_runs: runs } = fields(answer.data)
  const ours = `${client.owner}/${client.repo}`.toLowerCase()
  return (Array.isArray(runs) ? runs : []).map(fields).flatMap((run) => {
    const repository = text(fields(run.head_repository).full_name).toLowerCase()
    const isGood = run.conclusion === 'success' && run.head_branch === branch && repository === ours
    const event = text(run.event)
    const id = String(number(run.id) ?? '')
    return isGood && OF_BRANCH.has(event) ? [{ id, dispatched: event === 'workflow_dispatch' }] : []
  })
}

/** `.github/workflows/dbt.yml` of that with `@refs/heads/main` behind it. */
export function workflowFile(path: string): string {
  return path.split('@')[0] ?? ''
}
