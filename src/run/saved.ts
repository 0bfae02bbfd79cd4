/** A run as it is saved, for a later one to go on from. It comes back as a file that anyone may have made. */
import {
  array,
  boolean,
  literal,
  minLength,
  number,
  object,
  enum as oneOf,
  optional,
  type output,
  regex,
  string,
} from 'zod/mini'
import { commandName } from '../dbt/command.ts'
import { type ExactSelection, isRerunnable } from '../dbt/selection.ts'
import { isExact } from '../dbt/selector.ts'
import { counts, isHook } from './counts.ts'
import { selectionOfParts } from './microbatch.ts'
import { againOf, notSucceeded, resultOf, selectionOf } from './retry.ts'
import {
  currentInvocation,
  engineOf,
  lastingInvocations,
  type Node,
  nodeOf,
  type Result,
  type Run,
  unseen,
} from './run.ts'
import { hasSucceeded, outcome } from './status.ts'
import { ownWarnings } from './warnings.ts'

/** Of the format; a state of another version is not read. */
export const VERSION = 2

/** It becomes an option of dbt. */
const moment = regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)

/** The schemas are functions, since most runs read no earlier one, and each would pay for them at its start. */
const resultFields = () => ({
  status: string(),
  message: string(),
  errorType: optional(oneOf(['user', 'external', 'internal'])),
  startedAt: optional(number()),
  finishedAt: optional(number()),
  executionTime: optional(number()),
  rowsAffected: optional(number()),
  failures: optional(number()),
  failedBatches: optional(
    object({ failed: number(), total: number(), start: string().check(moment), end: string().check(moment) }),
  ),
  cause: string(),
  invocation: number(),
  origin: string(),
})

const nodeSchema = () =>
  object({
    ...resultFields(),
    uniqueId: string().check(minLength(1)),
    resourceType: string(),
    name: string(),
    materialized: string(),
    relation: string(),
    /** Where it is not good: what runs it again. */
    selector: string(),
    /** Where it is not good. */
    microbatch: optional(boolean()),
    earlier: array(object(resultFields())),
  })

/** Where and how it ran. */
const aboutSchema = () =>
  object({
    checkName: string(),
    /** Such as `acme/shop`; empty outside GitHub, as are those below. */
    repository: string(),
    /** The job's id in its workflow: two jobs that share a check-name by mistake share no state. */
    job: string(),
    /** The file of the workflow, such as `.github/workflows/dbt.yml`. */
    workflow: string(),
    runId: string(),
    runAttempt: number(),
    /** The commit that has the checks. */
    sha: string(),
    /** The commit that was checked out. */
    commit: string(),
    /** GITHUB_SHA. */
    eventSha: string(),
    projectDir: string(),
    /** The words of the dbt commands as the inputs gave them, secrets hidden. */
    commands: array(array(string())),
    /** The index of the command that the run began with: those before it had succeeded in an earlier run. */
    first: number(),
    /** Of the input of that name. */
    select: string(),
    /** Whether a person chose a part of an earlier run. */
    partial: boolean(),
    verdict: oneOf(['success', 'failure', 'cancelled']),
  })

const savedSchema = () =>
  object({
    version: literal(VERSION),
    about: aboutSchema(),
    /** Whether it is known what its last command left; those behind it never ran. */
    finished: boolean(),
    /** The index of the last command that began; -1 where none did. */
    reached: number(),
    /** When it ran, in milliseconds since the epoch; not in states of 0.1.0. */
    startedAt: optional(number()),
    finishedAt: optional(number()),
    engine: oneOf(['core', 'v2', '']),
    projectName: string(),
    /** Of dbt itself; not in states of 0.1.0. */
    warnings: optional(array(object({ kind: string(), count: number(), messages: array(string()) }))),
    nodes: array(nodeSchema()),
  })

export type About = output<ReturnType<typeof aboutSchema>>
export type SavedRun = output<ReturnType<typeof savedSchema>>

/** Of each kind of warning. */
const MOST_MESSAGES = 10

/** A message of an earlier run is cut to so many characters. */
const LONGEST_MESSAGE = 4_000

/** The JSON of the run so far, hooks left out: they run with any selection. In pieces, as it is large. */
export function* savedText(run: Run, about: About): Generator<string> {
  const { projectName, startedAt, finishedAt } = run
  const { engine } = engineOf(run)
  const begun = run.invocations.filter(({ command }) => command.purpose === 'command').length
  const reached = begun > 0 || run.continues ? about.first + Math.max(0, begun - 1) : -1
  const finished = isComplete(run)
  const warnings = ownWarnings(run).map(({ messages, ...kind }) => {
    return { ...kind, messages: messages.slice(0, MOST_MESSAGES) }
  })
  const times = { startedAt, finishedAt }
  const head = { version: VERSION, about, finished, reached, ...times, engine, projectName, warnings }
  let before = `${JSON.stringify(head).slice(0, -1)},"nodes":[`
  for (const node of run.nodes.values()) {
    if (isHook(node)) continue
    yield `${before}${JSON.stringify(savedNode(run, node))}`
    before = ','
  }
  yield before === ',' ? ']}' : `${before}]}`
}

/** Whether it is known what is left to do. A command that cannot run in parts would run as a whole anyway. */
export function isComplete(run: Run): boolean {
  if (beganNothing(run)) return true
  const invocations = lastingInvocations(run)
  return (
    invocations.length > 0 &&
    invocations.every(({ complete, command }) => complete || !isRerunnable(commandName(command.words)))
  )
}

/** Whether a run began nothing of what an earlier one left, as where the project does not parse: that is left still. */
export function beganNothing({ continues, invocations, nodes }: Run): boolean {
  const begun = invocations.filter(({ command }) => command.purpose === 'command').length
  return continues && begun < 2 && [...nodes.values()].every(({ invocation }) => invocation === 0)
}

function savedNode(run: Run, node: Node): SavedRun['nodes'][number] {
  const { uniqueId, resourceType, name, materialized, relation, earlier } = node
  const again = hasSucceeded(node.status) ? undefined : againOf(run, node)
  const result = cut(node)
  return {
    uniqueId,
    resourceType,
    name,
    materialized,
    relation,
    selector: again?.selector ?? '',
    ...(again?.microbatch && { microbatch: true }),
    ...result,
    earlier: earlier.map(cut),
  }
}

function cut(result: Result): Omit<Result, 'thread'> {
  // What succeeded has the adapter's "OK" to say.
  const message = outcome(result.status) === 'success' ? '' : result.message.slice(0, LONGEST_MESSAGE)
  const { thread: _, ...kept } = resultOf(result)
  return { ...kept, message }
}

/** @throws Error where the text is no saved run of this version. */
export function readSavedRun(json: string): SavedRun {
  return savedSchema().parse(JSON.parse(json))
}

/** Options that hold code or name a macro, which no command that builds nodes needs. */
const RUNS_CODE = /^--(inline|inline-direct|sql|args|macro)(=|$)/

/** Why a command cannot be run again in parts, by a rerun of another workflow run; undefined where it can. */
export function whyNotInParts(command: string[]): string | undefined {
  const name = commandName(command)
  if (!isRerunnable(name)) return `its command, ${name}, cannot be run in parts`
  const other = command.find((word) => RUNS_CODE.test(word))
  return other && `its command has ${other.split('=')[0]}, which can run anything`
}

/** Whether a rerun may run a part of the command that this run ended with; those before it succeeded. */
export function runsInParts(run: Run): boolean {
  const { command } = currentInvocation(run) ?? {}
  return command !== undefined && whyNotInParts(command.words) === undefined
}

/** Whether there is something left to run, and a rerun would not be refused. */
export function isContinuable(run: Run): boolean {
  const left = notSucceeded(run)
  if (left.length === 0 || !runsInParts(run)) return false
  return !isComplete(run) || selectionOf(run, left) !== undefined
}

/** The nodes that haven't succeeded, perhaps none; undefined where they cannot be selected. */
export function selectionOfRest({ nodes, about }: SavedRun): ExactSelection | undefined {
  const left = nodes.filter((node) => isLeft(node, about.partial))
  if (left.length > 0 && !isExact(left.map((node) => node.selector))) return undefined
  return selectionOfParts(left)
}

/** Of a part that a person chose, only that part. */
function isLeft(node: SavedRun['nodes'][number], partial: boolean): boolean {
  return counts(node) && !hasSucceeded(node.status) && !(partial && node.origin !== '')
}

/**
 * Takes a saved run as what came before one that is about to begin.
 * @param origin what the saved run is called, such as `attempt 1`
 */
export function resume(run: Run, saved: SavedRun, origin: string): void {
  run.projectName ||= saved.projectName
  // In a terminal the project may have been changed since, and no commit says so.
  if (saved.about.commit !== '') run.earlierWarnings = saved.warnings ?? []
  for (const entry of saved.nodes) {
    const { selector, microbatch, earlier, ...known } = entry
    const node = nodeOf(run, known.uniqueId)
    const aged = (result: Result) => ({ ...result, origin: result.origin || origin })
    const past = { ...unseen(0), ...known, invocation: 0, settled: true }
    Object.assign(node, aged(past), { earlier: earlier.map((result) => aged({ ...unseen(0), ...result })) })
    if (selector) node.saved = { selector, microbatch }
  }
}
