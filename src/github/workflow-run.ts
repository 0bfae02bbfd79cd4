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

/** `.github/workflows/dbt.yml` of that with `@refs/heads/main` behind it. */
export function workflowFile(path: string): string {
  return path.split('@')[0] ?? ''
}
