import { artifactPrefix } from '../github/artifacts.ts'
import { type Client, clientOf } from '../github/client.ts'
import { type Context, repositoryName } from '../github/context.ts'
import { goodRuns, readWorkflowRun } from '../github/workflow-run.ts'
import { checkNameOf } from '../inputs.ts'
import type { BaseOptions } from './base-state.ts'
import { downloadState, type State } from './store.ts'

/** How long the state of a run may take, in milliseconds; a manifest can have tens of MB. */
const FINDING = 60_000
/** Runs that are looked at: artifacts of those before them may have expired. */
const MOST_RUNS = 3

/** What the newest good run of this workflow on a branch left as an artifact. Never rejects. */
export async function newestGoodRun(
  { inputs, surroundings }: Pick<BaseOptions, 'inputs' | 'surroundings'>,
  context: Context,
  branch: string,
): Promise<State | { missing: string }> {
  const { workflow, temp } = surroundings
  const token = inputs['github-token']
  const { owner, repo } = context
  if (!token) return { missing: 'there is no github-token' }
  const client = clientOf(token, context)
  const runs = await goodRuns(client, workflow || (await ownWorkflow(client, context)), branch)
  if ('missing' in runs) {
    return {
      missing: `its runs cannot be read (${runs.missing}); the job needs "permissions: actions: read"`,
    }
  }
  const checkName = checkNameOf(inputs)
  let missing = 'this workflow has no good run on it'
  for (const runId of runs.slice(0, MOST_RUNS)) {
    const from = { token, owner, repo, runId, own: false, below: Number.MAX_SAFE_INTEGER }
    const state = await downloadState({ ...from, prefix: artifactPrefix(checkName) }, temp, FINDING)
    if ('missing' in state) missing = `the state of run ${runId} cannot be read (${state.missing})`
    else if (isOfProject(state, checkName, repositoryName(context), inputs['project-dir'])) return state
    else missing = `the state of run ${runId} is of another project`
  }
  return { missing }
}

/** The id of this workflow, where the runner does not say its file; empty where GitHub does not either. */
async function ownWorkflow(client: Client, { runId }: Context): Promise<string> {
  const own = await readWorkflowRun(client, runId)
  return 'missing' in own ? '' : String(own.workflowId ?? own.path)
}

function isOfProject({ saved }: State, checkName: string, repository: string, projectDir: string): boolean {
  const { about } = saved
  return (
    about.checkName === checkName &&
    about.repository === repository &&
    about.projectDir === projectDir &&
    about.verdict === 'success'
  )
}
