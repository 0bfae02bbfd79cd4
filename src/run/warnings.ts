/** Warnings of dbt itself: unused configuration, properties of nodes that do not exist, deprecations. */
import { type DbtEvent, LONGEST_TEXT } from '../dbt/event.ts'
import { withoutEscapes } from '../escapes.ts'
import { fields, number, text } from '../json.ts'
import type { Invocation, Run } from './run.ts'

/** All warnings of one kind. */
export interface DbtWarning {
  /** dbt's word for the kind, such as `UnusedResourceConfigPath`. */
  kind: string
  /** How many there were, as far as dbt reported. */
  count: number
  /** What they say, each once, in dbt's order; of a flood the first. */
  messages: string[]
}

/** A message of a flood of deprecations is the last that is kept. */
const MOST_MESSAGES = 100
const MOST_KINDS = 100
/** Of a message, in characters. */
const LONGEST_MESSAGE = 4_000

/**
 * What is at level warn and no warning of dbt itself: what became of a node, which both engines report on the node
 * too, and v2's account of a stale source.
 */
const RESULTS = /^(Node(?:Start|Compiling|Executing|Finished)$|Log\w+Result$|RunResult)/

/** That a selection took no node. */
const NOTHING = new Set(['NothingToDo', 'NoNodesSelected', 'NoNodesForSelectionCriteria'])

/** Takes note of a warning of dbt itself. */
export function readWarning(invocation: Invocation, event: DbtEvent): void {
  if (event.level !== 'warn') return
  const kind = event.code?.split(' ')[0] || event.name
  if (RESULTS.test(event.name) || kind === 'StaleSource' || isOfLog(event)) return
  if (invocation.command.idle && NOTHING.has(kind)) return
  if (kind === 'DeprecationsSummary') {
    readSummary(invocation, event.data.summaries)
    return
  }
  const message = messageOf(event)
  const warning = warningOf(invocation, kind)
  if (!warning || warning.messages.includes(message)) return
  warning.count++
  if (warning.messages.length < MOST_MESSAGES) warning.messages.push(message)
}

/** Core's JSON log, which is ours to choose, cannot write an event: `.nan` or `.inf` in `meta`. */
function isOfLog({ name, msg }: DbtEvent): boolean {
  return name === 'Note' && /^type \w+ is not serializable\b/.test(msg)
}

/** dbt Core prints the first deprecation of each kind, and at the end how many there were. */
function readSummary(invocation: Invocation, summaries: unknown): void {
  for (const summary of Array.isArray(summaries) ? summaries.map(fields) : []) {
    const warning = warningOf(invocation, text(summary.event_name))
    if (warning) warning.count = Math.max(warning.count, number(summary.occurrences) ?? 0)
  }
}

function warningOf({ warnings }: Invocation, kind: string): DbtWarning | undefined {
  const known = warnings.find((warning) => warning.kind === kind)
  if (known || kind === '' || warnings.length >= MOST_KINDS) return known
  const warning = { kind, count: 0, messages: [] }
  warnings.push(warning)
  return warning
}

/** Core: `[WARNING][SomeDeprecation]: Deprecated\nfunctionality\n` and a text that is wrapped at 80 columns. */
const HEADLINE = /^\[WARNING\](?:\[\w+\])?:\s*(Deprecated\s+functionality\s+)?/

function messageOf({ msg, place }: DbtEvent): string {
  const whole = withoutEscapes(msg.slice(0, LONGEST_TEXT)).trim()
  const wrapped = HEADLINE.exec(whole)?.[1] !== undefined
  const bare = whole.replace(HEADLINE, '').slice(0, LONGEST_MESSAGE)
  const message = wrapped ? bare.replace(/\s*\n\s*/g, ' ') : bare
  if (!place || message.includes(place.path)) return message
  const at = [place.path, place.line, place.column].filter((part) => part !== undefined)
  return `${message}\n  --> ${at.join(':')}`
}

/**
 * The warnings of all invocations and of the run that is continued, each kind once: one that did not parse the project
 * again, or ran other nodes, repeats nothing, and one that did repeats all.
 */
export function ownWarnings({ invocations, earlierWarnings }: Run): DbtWarning[] {
  const kinds = new Map<string, DbtWarning>()
  const warnings = [...earlierWarnings, ...invocations.flatMap(({ warnings }) => warnings)]
  for (const { kind, count, messages } of warnings) {
    const known = kinds.get(kind)
    const all = [...new Set([...(known?.messages ?? []), ...messages])]
    kinds.set(kind, { kind, count: Math.max(known?.count ?? 0, count, all.length), messages: all })
  }
  return [...kinds.values()]
}
