import type { Hide } from '../dbt/redact.ts'
import { artifactPrefix } from '../github/artifacts.ts'
import { readWorkflowRun } from '../github/workflow-run.ts'
import { checkNameOf, type Inputs } from '../inputs.ts'
import type { Surroundings } from '../surroundings.ts'
import { continues, type Plan, planAlone, planRerun } from './plan.ts'
import { downloadState } from './store.ts'

/** How long dbt waits for the state of an earlier run, in milliseconds. */
const FINDING = 30_000

/** What the Action runs. GitHub is asked only where the run continues another one. */
export async function findPlan(inputs: Inputs, surroundings: Surroundings, hide: Hide): Promise<Plan> {
  const { context, temp } = surroundings
  if (!context || !continues(inputs, context)) return planAlone(inputs)
  const { owner, repo } = context
  const token = inputs['github-token']
  // Loaded only here: a run that continues no other one starts dbt before it needs GitHub.
  const client = token ? (await import('../github/client.ts')).clientOf(token, context) : undefined
  const prefix = artifactPrefix(checkNameOf(inputs))
  return await planRerun({
    ...surroundings,
    inputs,
    context,
    hide,
    find: (runId, below) => {
      const own = runId === context.runId
      return downloadState({ token, owner, repo, runId, own, prefix, below }, temp, FINDING)
    },
    workflowRun: async (id) =>
      client ? await readWorkflowRun(client, id) : { missing: 'there is no github-token' },
  })
}
