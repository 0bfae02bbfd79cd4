import { artifactPrefix } from '../github/artifacts.ts'
import { type Client, clientOf } from '../github/client.ts'
import { type Context, repositoryName } from '../github/context.ts'
import { type BranchRun, goodRuns, readWorkflowRun } from '../github/workflow-run.ts'
import { checkNameOf } from '../inputs.ts'
import type { SavedRun } from '../run/saved.ts'
import type { BaseOptions } from './base-state.ts'
import { downloadSaved, downloadState, type State } from './store.ts'

/** How long the state of a run may take, in milliseconds; a manifest can have tens of MB. */
const FINDING = 60_000
/** Runs that are looked at: artifacts of those before them may have expired. */
const MOST_RUNS = 3
/** As many with those that turn out to be of another commit. */
const MOST_FOUND = 10

/** Runs before that one, in which flaky nodes are looked for. */
const MOST_EARLIER = 4

export interface GoodRuns {
  newest: State
  /** Looks up what the runs before it left, the newest first. Never rejects. */
  earlier(): Promise<SavedRun[]>
}

/** What the newest good runs of this workflow on a branch left as artifacts. Never rejects. */
export async function newestGoodRuns(
  { inputs, surroundings }: Pick<BaseOptions, 'inputs' | 'surroundings'>,
  context: Context,
  branch: string,
): Promise<GoodRuns | { missing: string }> {
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
  const from = { token, owner, repo, own: false, below: Number.MAX_SAFE_INTEGER }
  const of = (runId: string) => ({ ...from, runId, prefix: artifactPrefix(checkName) })
  const isOurs = (saved: SavedRun) =>
    isOfProject(saved, checkName, repositoryName(context), inputs['project-dir'])
  let looked = 0
  for (const [index, run] of runs.slice(0, MOST_FOUND).entries()) {
    if (looked === MOST_RUNS) break
    const state = await downloadState(of(run.id), temp, FINDING)
    if ('saved' in state && isOfOtherCommit(run, state.saved)) continue
    looked++
    if ('missing' in state) missing = `the state of run ${run.id} cannot be read (${state.missing})`
    else if (!isOurs(state.saved)) missing = `the state of run ${run.id} is of another project`
    else {
      const others = runs.slice(index + 1, index + 1 + MOST_EARLIER)
      // One after another: dbt runs meanwhile.
      const earlier = async () => {
        const found: SavedRun[] = []
        for (const other of others) {
          const saved = await downloadSaved(of(other.id), temp, FINDING)
          if (saved && isOurs(saved) && !isOfOtherCommit(other, saved)) found.push(saved)
        }
        return found
      }
      return { newest: state, earlier }
    }
  }
  return { missing }
}

/** Whether it ran on the branch, as GitHub lists it, but for a pull request: a rerun or a command of a comment. */
function isOfOtherCommit({ dispatched }: BranchRun, { about }: SavedRun): boolean {
  return dispatched && about.commit !== about.eventSha
}

/** The id of this workflow, where the runner does not say its file; empty where GitHub does not either. */
async function ownWorkflow(client: Client, { runId }: Context): Promise<string> {
  const own = await readWorkflowRun(client, runId)
  return 'missing' in own ? '' : String(own.workflowId ?? own.path)
}

function isOfProject(
  { about }: SavedRun,
  checkName: string,
  repository: string,
  projectDir: string,
): boolean {
  return (
    about.checkName === checkName &&
    about.repository === repository &&
    about.projectDir === projectDir &&
    about.verdict === 'success'
  )
}
