import type { DbtEvent } from '../dbt/event.ts'
import { isFlaky } from '../run/retry.ts'
import { failedNodes, type Invocation, ownErrors, type Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import type { Evidence } from './annotation.ts'
import { retryText, rollUpTitle, secondsOf } from './check-run.ts'
import { failureLine, moreErrors } from './message.ts'
import { titleName } from './names.ts'
import { duration, inert, middleCut, plural, trimLines, wordCut } from './text.ts'

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

/** A line that is no event: a warning of Python's, an address to log in at. Shown as it is. */
export function textLine(line: string): string {
  return inert(line)
}

/** What the log says as a retry begins. */
export function retryLine(run: Run, { command }: Invocation): string {
  const delay = command.delay > 0 ? ` in ${duration(command.delay / 1000)}` : ''
  const count = command.selection?.ids?.length ?? 0
  return `${plural(count, 'node')} again${delay}, ${retryText(run, run.invocations.length)}.`
}

const LONGEST_MESSAGE = 20_000
const MOST_ERRORS = 20

/** The end of the log, where a person looks first: each failure with its error, then what it came to. */
export function recap(run: Run, evidence: ReadonlyMap<string, Evidence>): string {
  const parts: string[] = []
  for (const error of ownErrors(run).slice(0, MOST_ERRORS)) parts.push(block('dbt failed', error))
  const more = moreErrors(run, MOST_ERRORS)
  if (more) parts.push(more)
  const bad = failedNodes(run)
  const warned = [...run.nodes.values()].filter((node) => outcome(node.status) === 'warn')
  for (const node of [...run.nodes.values()].filter(isFlaky)) {
    parts.push(inert(`${titleName(run, node)}  ${node.status} after it failed: flaky`))
  }
  for (const node of [...warned, ...bad]) {
    const location = evidence.get(node.uniqueId)?.location
    const seconds = secondsOf(node)
    const facts = [
      node.status,
      seconds === undefined ? '' : `in ${duration(seconds)}`,
      location ? `${location.path}:${location.line}` : '',
    ]
    const head = `${titleName(run, node)}  ${facts.filter(Boolean).join('  ')}`
    parts.push(block(head, node.message || failureLine(node)))
  }
  parts.push(inert(rollUpTitle(run)))
  return parts.join('\n\n')
}

function block(head: string, message: string): string {
  const lines = trimLines(inert(middleCut(message, LONGEST_MESSAGE))).split('\n')
  return [inert(head.replaceAll('\n', ' ')), ...lines.map((line) => `  ${line}`)].join('\n')
}

/** In characters: the runner shows an error as an annotation, where no one reads more. */
const LONGEST_ERROR = 3_000

/** The error of the step: one sentence, and the whole errors where no node has them. */
export function failureText(run: Run): string {
  const title = rollUpTitle(run)
  const errors = failedNodes(run).length > 0 ? [] : ownErrors(run)
  const more = errors.length > 0 ? moreErrors(run, errors.length) : ''
  return wordCut(
    [title, ...errors.filter((error) => !title.includes(error)), more].filter(Boolean).join('\n'),
    LONGEST_ERROR,
  )
}
