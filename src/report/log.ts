import type { DbtEvent } from '../dbt/event.ts'
import type { Place } from '../project/place.ts'
import { DEPS_RETRIES } from '../run/commands.ts'
import { failedNodes, ownErrors } from '../run/counts.ts'
import { isFlaky } from '../run/retry.ts'
import { type Invocation, type Node, type Run, retryOf } from '../run/run.ts'
import { secondsOf } from '../run/seconds.ts'
import { outcome } from '../run/status.ts'
import { verdict } from '../run/verdict.ts'
import { adviceFor } from './advice.ts'
import type { Evidence } from './annotation.ts'
import { type Blocked, blockedByFailure, blockedCount } from './blocks.ts'
import { duration, plural } from './figures.ts'
import { messageOf, moreErrors } from './message.ts'
import { titleName } from './names.ts'
import { retryText } from './node-title.ts'
import { sentenceOf } from './sentence.ts'
import type { Subject } from './subject.ts'
import { inert, middleCut, trimLines } from './text.ts'
import { rollUpTitle } from './title.ts'

const RANK = { debug: 0, info: 1, warn: 2, error: 3, none: 4 }

/**
 * An event as dbt itself would print it: time and message, at info level and above. undefined where it is not
 * for people.
 */
export function eventLine(event: DbtEvent, level: keyof typeof RANK): string | undefined {
  if (RANK[event.level] < RANK[level]) return undefined
  // Empty lines that dbt puts between sections.
  if (event.msg.trim() === '') return undefined
  const time = new Date(event.at).toISOString().slice(11, 19)
  const [first = '', ...rest] = inert(trimLines(label(event) + event.msg)).split('\n')
  return [`${time}  ${first}`, ...rest.map((line) => `          ${line}`)].join('\n')
}

/** `[warning] [JinjaWarn (dbt1071)]: `, as v2 prints it: people search for the code. */
function label({ level, code }: DbtEvent): string {
  return code ? `[${level === 'warn' ? 'warning' : level}] [${code}]: ` : ''
}

/** dbt Core's own recap at the end of a run, but for its last line; ours has all of it, with places. */
const RECAP =
  /^(RunResult(Failure|Error|ErrorNoMessage|Warning|WarningMessage)|SQLCompiledPath|CheckNodeTestFailure|EndOfRunSummary)$/

/** Whether the recap at the end shows what this event says, so that the log would have it twice. */
export function isRecapped(run: Run, { name, level, msg, node }: DbtEvent): boolean {
  if (RECAP.test(name)) return true
  if (level !== 'error' || name.startsWith('Log')) return false
  const message = node ? run.nodes.get(node.uniqueId)?.message : ''
  if (message && msg.includes(message)) return true
  const errors = run.invocations.at(-1)?.errors ?? []
  return errors.some((error) => msg.includes(error))
}

/** A line that is no event: a warning of Python's, an address to log in at. Shown as it is. */
export function textLine(line: string): string {
  return inert(line)
}

/** What the log says as a retry begins. */
export function retryLine(run: Run, { command }: Invocation): string {
  const delay = command.delay > 0 ? ` in ${duration(command.delay / 1000)}` : ''
  if (!command.selection) {
    const tries = `try ${retryOf(run, run.invocations.length) + 1} of ${DEPS_RETRIES + 1}`
    return `dbt deps again${delay}, ${tries}: the network failed.`
  }
  const count = command.selection?.ids?.length ?? 0
  const retry = retryText(run, retryOf(run, run.invocations.length))
  return `${retry}: ${plural(count, 'node runs', 'nodes run')} again${delay}.`
}

/** In characters. */
const LONGEST_MESSAGE = 20_000
const MOST_ERRORS = 20

const RED = '31'
const YELLOW = '33'

function colour(text: string, code: string): string {
  return `\u001b[${code}m${text}\u001b[0m`
}

/** How a place is shown, as text that is inert. */
export type PlaceText = (place: Place) => string

/** `path:line`, which terminals and editors make a link. */
const placeLine: PlaceText = ({ path, line }) => inert(`${path}:${line}`.replaceAll('\n', ' '))

/** What went wrong, each message once, the worst last: a person reads a log from its end. Empty where all is well. */
export function recap(
  run: Run,
  evidence: ReadonlyMap<string, Evidence>,
  where: PlaceText = placeLine,
): string {
  const nodes = [...run.nodes.values()]
  const warned = nodes.filter((node) => outcome(node.status) === 'warn')
  const errors = ownErrors(run)
  const known = { evidence, blocked: blockedByFailure(run), where }
  const parts = [
    ...nodes
      .filter(isFlaky)
      .map((node) => inert(`${titleName(run, node)}  ${node.status} after it failed: flaky`)),
    ...warned.map((node) => nodeBlock(run, node, known, YELLOW)),
    ...failedNodes(run).map((node) => nodeBlock(run, node, known, RED)),
    ...errors.slice(0, MOST_ERRORS).map((error) => block(colour('dbt failed', RED), error)),
    ...(moreErrors(run, MOST_ERRORS) ? [moreErrors(run, MOST_ERRORS)] : []),
  ]
  return parts.join('\n\n')
}

interface Recapped {
  evidence: ReadonlyMap<string, Evidence>
  blocked: ReadonlyMap<string, Blocked>
  where: PlaceText
}

function nodeBlock(run: Run, node: Node, { evidence, blocked, where }: Recapped, sgr: string): string {
  const location = evidence.get(node.uniqueId)?.location
  const seconds = secondsOf(node)
  const facts = [
    inert(seconds === undefined ? node.status : `${node.status} in ${duration(seconds)}`),
    location ? where(location) : '',
    blockedCount(blocked.get(node.uniqueId)),
  ]
  const head = inert(titleName(run, node).replaceAll('\n', ' '))
  const rest = facts.filter(Boolean).join('  ')
  const sentence = sentenceOf(run, node)
  const message = messageOf(node)
  // What dbt prints of a failed test is less than the sentence; a unit test's difference is more.
  const isMore = message.includes('\n') || message.includes(sentence)
  const text =
    message.includes(sentence) || !isMore ? (isMore ? message : sentence) : `${sentence}\n${message}`
  return block(`${colour(head, sgr)}  ${rest}`, text)
}

/** @param head already inert */
function block(head: string, message: string): string {
  const lines = trimLines(inert(middleCut(message, LONGEST_MESSAGE))).split('\n')
  return [head, ...lines.map((line) => `  ${line}`)].join('\n')
}

/** The last line of the log and the error of the step: what it came to, and what to do where dbt could not start. */
export function verdictText(run: Run, subject: Subject): string {
  const title = rollUpTitle(run, subject) + warnedText(run, subject)
  const [error] = failedNodes(run).length > 0 ? [] : ownErrors(run)
  const wayOut = error === undefined ? '' : (adviceFor(error, subject)?.wayOut ?? '')
  const projects = wayOut.includes('project-dir') ? projectsText(subject) : ''
  return [title, wayOut, projects].filter(Boolean).join('\n')
}

/** Why a run is red in which nothing failed; empty where it is not red for that. */
function warnedText(run: Run, { failOn }: Subject): string {
  const byWarnings = verdict(run, failOn) === 'failure' && verdict(run, 'error') === 'success'
  return byWarnings ? ` (fail-on: ${failOn})` : ''
}

const MOST_PROJECTS = 10

/** Where the projects are, for one who gave no folder or the wrong one. */
function projectsText({ projects = [] }: Subject): string {
  const shown = projects.slice(0, MOST_PROJECTS).join(', ')
  return projects.length > 0 ? `Folders with a dbt_project.yml: ${shown}.` : ''
}
