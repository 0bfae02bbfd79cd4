/** What a run continues: nothing, an earlier attempt of its own job, or another workflow run. */
import { isDeepStrictEqual } from 'node:util'
import { commandName } from '../dbt/command.ts'
import type { Hide } from '../dbt/redact.ts'
import { isRerunnable, pathOptions, type Selection, takesSelection } from '../dbt/selection.ts'
import { isExact } from '../dbt/selector.ts'
import { withTests } from '../dbt/test-behavior.ts'
import { type Context, isCommit, repositoryName } from '../github/context.ts'
import type { WorkflowRun } from '../github/workflow-run.ts'
import { checkNameOf, type Inputs } from '../inputs.ts'
import { type About, type SavedRun, selectionOfRest, whyNotInParts } from '../run/saved.ts'

/** A run that was saved, laid under the one that begins. */
export interface Earlier {
  saved: SavedRun
  /** What it is called, such as `attempt 1`. */
  origin: string
  /** Its run_results.json, attempts merged; empty where there is none. */
  runResults: string
}

/** A dbt command that a run is to start. */
export interface PlannedCommand {
  words: string[]
  /** What it is to run, where that is not what the words say. */
  selection: Selection | undefined
  /** As of `Command`. */
  idle?: string | undefined
}

export interface Plan {
  commands: PlannedCommand[]
  /** The index of the command that the run begins with: those before it succeeded in an earlier run. */
  first: number
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
  const commands = inputs.command.flatMap((given) =>
    withTests(given, inputs['test-behavior']).map((words, i) => {
      // Nodes without a test are no reason to complain of the command that is ours.
      return { words, selection: undefined, ...(i > 0 && { idle: 'no test selected' }) }
    }),
  )
  const plan = { commands, first: 0, earlier: undefined, sha: '', notices: [], refused: [] }
  return withSelect(plan, inputs)
}

/** With the selection of input select for each command that takes one; where none does, setUp refuses it. */
function withSelect(plan: Plan, { select }: Inputs): Plan {
  if (select.length === 0) return plan
  const selection = { selectors: select, exact: isExact(select) }
  const none = !plan.commands.some(({ words }) => takesSelection(commandName(words)))
  const commands = plan.commands.map(({ words, ...rest }) => ({
    ...rest,
    words,
    selection: none || takesSelection(commandName(words)) ? selection : undefined,
  }))
  return { ...plan, commands }
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
  if (!alone.commands.some(isRerunnableCommand)) return alone
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
  const { commands, select } = about
  const same = isDeepStrictEqual({ commands, select }, asked(alone.commands, inputs.select, options.hide))
  if (!same) return all(`attempt ${attempt} ran another command`)
  if (!saved.finished)
    return all(`dbt did not finish in attempt ${attempt}, so it is unknown which nodes are left`)
  const rest = continued(alone, saved)
  if (!rest) return all(`attempt ${attempt} left no node to run again`)
  if ('missing' in rest) return all(rest.missing)
  return { ...rest, earlier: { saved, origin: `attempt ${attempt}`, runResults } }
}

/**
 * The plan without what has succeeded: of the command that failed what it left, as a whole where it cannot run in
 * parts, and the commands after it, which never ran. Undefined where nothing is left.
 */
export function continued(plan: Plan, saved: SavedRun): Plan | undefined | { missing: string } {
  const first = saved.reached
  const failed = plan.commands[first]
  // A run that had nothing to do is beyond the last one.
  if (!failed) return first < 0 ? { missing: 'no command of it began' } : undefined
  if (!isRerunnableCommand(failed)) return { ...plan, first }
  const left = selectionOfRest(saved)
  if (!left) return { missing: 'not all that is left can be selected exactly' }
  if (left.ids.length === 0) return undefined
  return { ...plan, first, commands: plan.commands.with(first, { ...failed, selection: left }) }
}

function isRerunnableCommand({ words }: PlannedCommand): boolean {
  return isRerunnable(commandName(words))
}

/** What dbt is asked for, as it is saved and compared. */
export function asked(
  commands: PlannedCommand[],
  select: string[],
  hide: Hide,
): Pick<About, 'commands' | 'select'> {
  return { commands: commands.map(({ words }) => words.map(hide)), select: hide(select.join(' ')) }
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
  const { commands, sha } = saved.about
  const refused = whyNotRunnable(commands, asked(alone.commands, [], hide).commands)
  if (refused) return refuse(refused)
  if (!isCommit(sha)) return refuse('its state names no commit')
  const again = { ...alone, commands: commands.map((words) => ({ words, selection: undefined })), sha }
  const plan = withSelect(again, inputs)
  if (inputs.select.length > 0) {
    // In its own re-run, what this part has left.
    const part = own && saved.finished ? continued(plan, saved) : undefined
    return { ...(part && !('missing' in part) ? part : plan), earlier: { saved, origin, runResults } }
  }
  const silent = !own && attempt < run.runAttempt
  if (!saved.finished || silent) {
    const why = silent ? `attempt ${run.runAttempt} of it saved no state` : 'dbt did not finish in it'
    return { ...plan, notices: [`Everything runs, although rerun-of is set: ${why}.`] }
  }
  const rest = continued(plan, saved) ?? nothingLeft(plan, saved, origin)
  if ('missing' in rest) return refuse(rest.missing)
  return { ...rest, earlier: { saved, origin, runResults } }
}

/** Of a run that succeeded: another job or step of the same workflow may have failed, and is continued beside it. */
function nothingLeft(plan: Plan, { about }: SavedRun, origin: string): Plan | { missing: string } {
  if (about.verdict !== 'success') return { missing: 'it left nothing to run again' }
  return {
    ...plan,
    first: plan.commands.length,
    notices: [`Nothing runs: ${origin} left nothing to run again.`],
  }
}

/**
 * Why commands of a state may not run, which comes as a file that anyone may have made: only what builds nodes may, or
 * what stands in the workflow itself.
 */
function whyNotRunnable(commands: string[][], ours: string[][]): string | undefined {
  const isOurs = (command: string[]) => ours.some((own) => isDeepStrictEqual(own, command))
  for (const command of commands) {
    const why = whyNotInParts(command)
    if (why && (commands.length === 1 || !isOurs(command))) return why
    if (command.some((word) => word.includes('***'))) return 'its command holds a secret, which is not stored'
  }
  const paths = (all: string[][]) => all.flatMap(pathOptions).sort().join(', ')
  // A path could lead anywhere, so it must stand in the workflow itself.
  if (paths(ours) === paths(commands)) return undefined
  return `its command has ${paths(commands) || 'no paths'}, where input command has ${paths(ours) || 'none'}`
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
