/** What a run continues: nothing, an earlier attempt of its own job, or another workflow run. */
import { isDeepStrictEqual } from 'node:util'
import { commandName } from '../dbt/command.ts'
import type { Hide } from '../dbt/redact.ts'
import { isRerunnable, pathOptions, type Selection } from '../dbt/selection.ts'
import { isExact } from '../dbt/selector.ts'
import { type Context, isCommit, repositoryName } from '../github/context.ts'
import type { WorkflowRun } from '../github/workflow-run.ts'
import { checkNameOf, type Inputs } from '../inputs.ts'
import { type About, type SavedRun, whatIsLeft, whyNotInParts } from '../run/saved.ts'

/** A run that was saved, laid under the one that begins. */
export interface Earlier {
  saved: SavedRun
  /** What it is called, such as `attempt 1`. */
  origin: string
  /** Its run_results.json, attempts merged; empty where there is none. */
  runResults: string
}

export interface Plan {
  /** The words of the dbt command; its own selection is replaced where there is another. */
  command: string[]
  selection: Selection | undefined
  earlier: Earlier | undefined
  /** The commit that gets the checks, where it is the earlier run's. */
  sha: string
  notices: string[]
  /** Why it may not run; then nothing does. */
  refused: string[]
}

/** A saved run as it was found. */
type Found = Pick<Earlier, 'saved' | 'runResults'> & { attempt: number }

export interface PlanOptions {
  inputs: Inputs
  context: Context
  /** The workflow's file. */
  workflow: string
  /** The job's id. */
  job: string
  /** GITHUB_SHA, which is the same in all attempts of a run. */
  eventSha: string
  hide: Hide
  /** The commit that is checked out. */
  commit: string
  /** The newest saved run of a workflow run before an attempt. */
  find(runId: string, below: number): Promise<Found | { missing: string }>
  workflowRun(id: string): Promise<WorkflowRun | { missing: string }>
}

/** A run of its own: what the inputs say. */
export function planAlone(inputs: Inputs): Plan {
  const { command, select } = inputs
  const selection = select.length > 0 ? { selectors: select, exact: isExact(select) } : undefined
  return { command, selection, earlier: undefined, sha: '', notices: [], refused: [] }
}

/** Whether anything must be asked before dbt can start. */
export function continues(inputs: Inputs, context: Context): boolean {
  return inputs['rerun-of'] !== '' || (Number(context.runAttempt) > 1 && inputs.rerun === 'auto')
}

/** Finds what the run continues. Where that cannot be, everything runs and a notice says why. */
export async function planRerun(options: PlanOptions): Promise<Plan> {
  const { inputs, context } = options
  if (inputs['rerun-of'] !== '') return await continueRun(options)
  const alone = planAlone(inputs)
  if (!isRerunnable(commandName(inputs.command))) return alone
  const before = Number(context.runAttempt) - 1
  const found = await options.find(context.runId, before + 1)
  const all = (why: string): Plan => ({ ...alone, notices: [`Everything runs: ${why}.`] })
  if ('missing' in found) return all(`the state of attempt ${before} cannot be read (${found.missing})`)
  const { saved, attempt, runResults } = found
  // The job did not end well for another reason than this step.
  if (saved.about.verdict === 'success') return alone
  if (attempt !== before) return all(`attempt ${before} of this job saved no state`)
  const foreign = whyForeign(saved, options)
  if (foreign) return all(foreign)
  const { about } = saved
  if (about.eventSha !== options.eventSha) return all(`the state of attempt ${attempt} is of another commit`)
  if (about.job !== options.job) return all(`the state of attempt ${attempt} is of the job ${about.job}`)
  const { command, select } = about
  const same = isDeepStrictEqual({ command, select }, asked(inputs.command, inputs.select, options.hide))
  if (!same) return all(`attempt ${attempt} ran another command`)
  if (!saved.finished)
    return all(`dbt did not finish in attempt ${attempt}, and nobody knows what it left out`)
  const left = whatIsLeft(saved)
  if (!left) return all('not all that is left can be selected exactly')
  if (left.ids.length === 0) return all(`attempt ${attempt} left no node undone; dbt itself had failed`)
  const earlier = { saved, origin: `attempt ${attempt}`, runResults }
  return { ...alone, selection: left, earlier }
}

/** What dbt is asked for, as it is saved and compared. */
export function asked(command: string[], select: string[], hide: Hide): Pick<About, 'command' | 'select'> {
  return { command: command.map(hide), select: hide(select.join(' ')) }
}

async function continueRun(options: PlanOptions): Promise<Plan> {
  const { inputs, hide } = options
  const id = inputs['rerun-of']
  const alone = planAlone(inputs)
  const refuse = (why: string): Plan => ({ ...alone, refused: [`Input rerun-of "${id}": ${why}.`] })
  const run = id === options.context.runId ? undefined : await options.workflowRun(id)
  if (!run) return refuse('that is this run itself; a run is continued by its next attempt')
  if ('missing' in run) {
    return refuse(`GitHub does not show it (${run.missing}); the job needs "permissions: actions: read"`)
  }
  const notOurs = await whyNotOurs(run, options)
  if (notOurs) return refuse(notOurs)
  const found = await newest(options)
  if ('missing' in found) return refuse(`its state cannot be read (${found.missing})`)
  const { saved, attempt, origin, own, runResults } = found
  const foreign = whyForeign(saved, options)
  if (foreign) return refuse(foreign)
  const { command, sha } = saved.about
  const whole = whyNotInParts(command)
  if (whole) return refuse(whole)
  if (command.some((word) => word.includes('***'))) {
    return refuse('its command holds a secret, which is not stored')
  }
  const ours = pathOptions(inputs.command).map(hide).sort().join(', ')
  const theirs = pathOptions(command).sort().join(', ')
  // A path could lead anywhere, so it must stand in the workflow itself.
  if (ours !== theirs) {
    return refuse(`its command has ${theirs || 'no paths'}, where input command has ${ours || 'none'}`)
  }
  if (!isCommit(sha)) return refuse('its state names no commit')
  const plan = { ...alone, command, sha }
  if (alone.selection) return { ...plan, earlier: { saved, origin, runResults } }
  const silent = !own && attempt < run.runAttempt
  if (!saved.finished || silent) {
    const why = silent ? `attempt ${run.runAttempt} of it saved no state` : 'dbt did not finish in it'
    return { ...plan, notices: [`Everything runs, although rerun-of is set: ${why}.`] }
  }
  const left = whatIsLeft(saved)
  if (!left) return refuse('not all that it left can be selected exactly')
  if (left.ids.length === 0) return refuse('it left nothing to run again')
  return { ...plan, selection: left, earlier: { saved, origin, runResults } }
}

/** An earlier attempt of this rerun knows more than the run that it continues, unless it left nothing to do. */
async function newest(
  options: PlanOptions,
): Promise<(Found & { origin: string; own: boolean }) | { missing: string }> {
  const { inputs, context } = options
  const attempt = Number(context.runAttempt)
  if (attempt > 1 && inputs.rerun === 'auto') {
    const own = await options.find(context.runId, attempt)
    if ('saved' in own && own.saved.about.verdict !== 'success')
      return { ...own, origin: `attempt ${own.attempt}`, own: true }
  }
  const id = inputs['rerun-of']
  const found = await options.find(id, Number.MAX_SAFE_INTEGER)
  return 'missing' in found ? found : { ...found, origin: `run ${id}`, own: false }
}

/** An artifact of a run that somebody else triggered may hold anything. */
async function whyNotOurs(run: WorkflowRun, options: PlanOptions): Promise<string | undefined> {
  const { context } = options
  if (run.status !== 'completed')
    return `it is still in progress (${run.status}), and two would build the same nodes`
  const repository = repositoryName(context)
  if (run.headRepository.toLowerCase() !== repository.toLowerCase()) {
    return `its code came from ${run.headRepository || 'a repository that is gone'}, not from ${repository}`
  }
  return (await isOfWorkflow(run, options)) ? undefined : `it is of another workflow, ${run.path}`
}

/** By the workflow's file; where the runner does not tell ours, GitHub does. */
async function isOfWorkflow(run: WorkflowRun, options: PlanOptions): Promise<boolean> {
  const { context, workflow, workflowRun } = options
  if (workflow !== '') return run.path === workflow
  const own = await workflowRun(context.runId)
  if ('missing' in own) return false
  return own.workflowId === undefined
    ? own.path !== '' && own.path === run.path
    : own.workflowId === run.workflowId
}

/** A state must be of this code and this project; undefined where it is. */
function whyForeign({ about }: SavedRun, options: PlanOptions): string | undefined {
  const { inputs, context, commit } = options
  const repository = repositoryName(context)
  if (about.repository !== repository || about.checkName !== checkNameOf(inputs)) {
    return `its state is of ${about.repository}, ${about.checkName}`
  }
  if (about.commit !== commit) return `its state is of commit ${about.commit}, and ${commit} is checked out`
  if (about.projectDir !== inputs['project-dir']) return `its state is of the project ${about.projectDir}`
  return undefined
}
