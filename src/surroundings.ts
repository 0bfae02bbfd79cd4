import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Environment } from './dbt/environment.ts'
import { checkoutOf } from './git.ts'
import { headOf } from './github/commit.ts'
import { type Context, contextOf, ghRepository, readEvent } from './github/context.ts'
import { dispatchInputs } from './github/workflow-inputs.ts'
import { workflowFile } from './github/workflow-run.ts'
import type { Inputs } from './inputs.ts'
import { fields } from './json.ts'
import type { Dispatch } from './report/subject.ts'

/** Where a run takes place: folders, checkout and, in the Action, GitHub. */
export interface Surroundings {
  /** Where relative paths of inputs start. */
  workspace: string
  /** The root of the repository; paths in annotations are relative to it. */
  repository: string
  /** The commit that is checked out; empty where git does not say. */
  commit: string
  /** For files that only this job needs. */
  temp: string
  /** Undefined outside GitHub. */
  context: Context | undefined
  /** A sentence on the commit that gets the checks, where a user may expect another; else empty. */
  commitNotice: string
  /** The event of the workflow run; undefined outside GitHub. */
  event: unknown
  /** The workflow's file, such as `.github/workflows/dbt.yml`; empty where it is not known. */
  workflow: string
  /** The workflow's name; of a file without one that is its path. */
  workflowName: string
  /** The inputs of the workflow's workflow_dispatch; undefined where it has none, or its file is not there. */
  dispatchInputs?: string[] | undefined
  /** The job's id; empty outside GitHub. */
  job: string
  /** GITHUB_SHA, which is the same in all attempts of a run. */
  eventSha: string
}

/** What the runner's variables and the checkout say. */
export async function surroundingsOf(inputs: Inputs, env: Environment): Promise<Surroundings> {
  const workspace = env.GITHUB_WORKSPACE || process.cwd()
  const event = readEvent(env.GITHUB_EVENT_PATH)
  const { root, commit } = await checkoutOf(join(workspace, inputs['project-dir']), workspace)
  const eventSha = env.GITHUB_SHA ?? ''
  const workflow = workflowFileOf(env)
  return {
    workspace,
    repository: root || workspace,
    commit: commit || eventSha,
    temp: env.RUNNER_TEMP || tmpdir(),
    context: contextOf(env, event, inputs.sha),
    commitNotice: inputs.sha || inputs.checks === 'none' ? '' : headOf(env, fields(event)).notice,
    event,
    workflow,
    dispatchInputs: dispatchInputs(root || workspace, workflow),
    workflowName: env.GITHUB_WORKFLOW ?? '',
    job: env.GITHUB_JOB ?? '',
    eventSha,
  }
}

function workflowFileOf({ GITHUB_WORKFLOW_REF = '' }: Environment): string {
  // acme/shop/.github/workflows/dbt.yml@refs/heads/main
  return workflowFile(GITHUB_WORKFLOW_REF.split('/').slice(2).join('/'))
}

/** The workflow that a run by hand starts; undefined outside GitHub, or where it is not known. */
export function dispatchOf({
  context,
  workflow,
  workflowName,
  dispatchInputs,
  commit,
}: Surroundings): Dispatch | undefined {
  // gh takes a workflow's name as well.
  const name = basename(workflow) || workflowName
  const repository = context && ghRepository(context)
  return context && repository && name
    ? { workflow: name, repository, runId: context.runId, commit, inputs: dispatchInputs }
    : undefined
}
