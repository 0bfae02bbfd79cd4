/** https://docs.github.com/rest/actions/workflows#create-a-workflow-dispatch-event */
import { notFound, problem } from './failures.ts'
import type { SeenRequest } from './request.ts'
import type { Answer } from './rest.ts'
import type { WorkflowRuns } from './workflow-runs.ts'

/** "The maximum number of top-level properties for inputs is 25", "The maximum payload for inputs is 65,535
 * characters". https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#providing-inputs */
const LIMIT = { inputs: 25, characters: 65_535 }

const KEYS = ['ref', 'inputs', 'return_run_details']

export function answerDispatch(
  { body }: SeenRequest,
  workflow: string,
  runs: WorkflowRuns,
  origin: string,
): Answer {
  const path = runs.pathOf(workflow)
  if (path === undefined) return notFound()
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return problem(400, 'Problems parsing JSON')
  const { ref, inputs = {}, return_run_details = false } = body as Record<string, unknown>
  const wrong = refuse(body, ref, inputs, return_run_details)
  if (wrong !== undefined) return problem(422, `Invalid request.\n\n${wrong}`)
  const sha = runs.commitOf(`${ref}`)
  if (sha === undefined) return problem(422, `No ref found for: ${ref}`)
  const declared = runs.declared.workflows?.[path.split('/').at(-1) ?? '']
  if (declared === null) return problem(422, "Workflow does not have 'workflow_dispatch' trigger")
  const given = inputs as Record<string, string>
  const unknown = Object.keys(given).filter((name) => !(declared?.includes(name) ?? true))
  if (unknown.length > 0) return problem(422, `Unexpected inputs provided: ${JSON.stringify(unknown)}`)
  if (JSON.stringify(given).length > LIMIT.characters) return problem(422, 'inputs are too large.')

  const branch = `${ref}`.replace(/^refs\/(heads|tags)\//, '')
  const { id, html_url } = runs.add({
    ...{ path, event: 'workflow_dispatch', status: 'queued', head_branch: branch, head_sha: sha },
  })
  runs.dispatches.push({ workflow, ref: `${ref}`, inputs: { ...given }, runId: id })
  if (return_run_details !== true) return { status: 204, body: '' }
  const run_url = `${origin}/repos/${runs.find(id)?.repository.full_name}/actions/runs/${id}`
  return { status: 200, body: { workflow_run_id: id, run_url, html_url } }
}

/** What the schema of the request would refuse. */
function refuse(body: object, ref: unknown, inputs: unknown, details: unknown): string | undefined {
  const unknown = Object.keys(body).filter((key) => !KEYS.includes(key))
  if (unknown.length > 0) return `"${unknown.join('", "')}" is not a permitted key.`
  if (ref === undefined) return '"ref" wasn\'t supplied.'
  if (typeof ref !== 'string') return `For 'properties/ref', ${JSON.stringify(ref)} is not a string.`
  if (typeof details !== 'boolean') return "For 'properties/return_run_details', it is not a boolean."
  if (typeof inputs !== 'object' || inputs === null || Array.isArray(inputs)) {
    return `For 'properties/inputs', ${JSON.stringify(inputs)} is not an object.`
  }
  const odd = Object.entries(inputs).find(([, value]) => typeof value !== 'string')
  if (odd !== undefined) return `For 'properties/${odd[0]}', ${JSON.stringify(odd[1])} is not a string.`
  const count = Object.keys(inputs).length
  if (count > LIMIT.inputs)
    return `No more than ${LIMIT.inputs} properties are allowed; ${count} were supplied.`
  return undefined
}
