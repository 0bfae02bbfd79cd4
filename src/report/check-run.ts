import { commandName } from '../dbt/command.ts'
import type { ManifestNode } from '../dbt/manifest.ts'
import { selectorOf, shellQuote } from '../dbt/selector.ts'
import { isFlaky, isHeld, isUndone } from '../run/retry.ts'
import { countNodes, counts, expectedNodes, isTest, type Node, type Run, retryOf } from '../run/run.ts'
import { runsInParts } from '../run/saved.ts'
import { isGood, outcome, WAITING } from '../run/status.ts'
import { type FailOn, matchesNothing, verdict, whatFailed } from '../run/verdict.ts'
import { type Annotation, annotationOf, type Evidence } from './annotation.ts'
import { endingText } from './ending.ts'
import { failureLine } from './message.ts'
import { displayName, titleName } from './names.ts'
import type { Subject } from './subject.ts'
import { bytes, code, cutBytes, duration, fence, link, middleCut, oneLine, plain, plural } from './text.ts'
import { warningsText } from './warnings.ts'

/** The addresses of check runs that were made, by unique_id or `rollup`, and of the `report` page. */
export type Links = ReadonlyMap<string, string>

/** A check run as it should be; https://docs.github.com/en/rest/checks/runs has the words. */
export interface CheckRun {
  /** A unique_id, or `rollup`; the last part of external_id. */
  key: string
  name: string
  conclusion: Conclusion | undefined
  startedAt: number | undefined
  completedAt: number | undefined
  title: string
  summary: string
  text: string
  annotations: Annotation[]
  /** The key of the check run that this one links to; it is sent first. */
  after?: string
}

export type Conclusion = 'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped'

export const ROLLUP = 'rollup'
/** The key of the report page in `Links`. */
export const REPORT = 'report'

/** How much of a message is shown, in characters: a page of text says what is wrong. */
const LONGEST_MESSAGE = 12_000
/** In bytes: GitHub cuts `text` behind 65,535, in the middle of a fence. */
const LONGEST_SQL = 60_000
/** Of an attempt that is over, in characters. */
const EARLIER_MESSAGE = 2_000
const MOST_EARLIER = 5
/** More tests than these are named by their number. */
const MOST_TESTS = 50

/** https://docs.github.com/en/rest/checks/runs#create-a-check-run: a warning is neutral and passes. */
const CONCLUSIONS = {
  success: 'success',
  warn: 'neutral',
  failed: 'failure',
  skipped: 'skipped',
  cancelled: 'cancelled',
} as const

export const ICONS = {
  success: '✅',
  warn: '⚠️',
  failed: '❌',
  skipped: '⏭️',
  cancelled: '⏹️',
  running: '⏳',
} as const

/** What a view may look up about other checks and the files of a node; both are filled in while it runs. */
export interface Around {
  subject: Subject
  evidence: Evidence
  /** The addresses of check runs, by key. */
  links: Links
}

/** The check run of one node. */
export function nodeCheck(run: Run, node: Node, around: Around): CheckRun {
  const result = outcome(node.status)
  // GitHub only ever appends annotations, so one is sent when its message is known and not before.
  const known = node.settled || run.exitCode !== undefined
  const held = isHeld(run, node)
  const annotated = known && !held && around.subject.annotations && (result === 'failed' || result === 'warn')
  const { location } = around.evidence
  return {
    key: node.uniqueId,
    name: checkNameOfNode(run, node, around.subject.checkName),
    conclusion: held ? undefined : result && CONCLUSIONS[result],
    ...timesOf(run, node, held),
    title: nodeTitle(run, node),
    summary: nodeSummary(run, node, around),
    text: around.evidence.sql ? `Compiled SQL\n\n${fence(cutSql(around.evidence.sql), 'sql')}` : '',
    annotations: annotated && location ? [annotationOf(run, node, location)] : [],
    ...(node.cause ? { after: node.cause } : {}),
  }
}

/** `<check-name> / <resource type> <name>`. */
export function checkNameOfNode(run: Run, node: Node, checkName: string): string {
  // The name of a check run has no documented limit; a longer one could not be read anyway.
  return oneLine(`${checkName} / ${titleName(run, node)}`, 250)
}

function cutSql(sql: string): string {
  const cut = cutBytes(plain(sql), LONGEST_SQL)
  return cut.length < sql.length && bytes(sql) > LONGEST_SQL ? `${cut}\n-- the rest is left out` : cut
}

/** GitHub takes "now" for a start that is not told, which would be after the end. */
function timesOf(run: Run, node: Node, held: boolean): Pick<CheckRun, 'startedAt' | 'completedAt'> {
  // Over several attempts a check run spans them all.
  const began = node.earlier.find(({ origin }) => origin === node.origin)?.startedAt ?? node.startedAt
  if (held || outcome(node.status) === undefined) return { startedAt: began, completedAt: undefined }
  const end = node.finishedAt ?? run.finishedAt ?? run.startedAt
  const start = began ?? end - (node.executionTime ?? 0) * 1000
  return { startedAt: Math.min(start, end), completedAt: end }
}

/** The least that a check run says of a node that ended: what post needs to close it. */
export function brief(run: Run, node: Node): { conclusion: Conclusion; title: string } | undefined {
  const result = outcome(node.status)
  return result && { conclusion: CONCLUSIONS[result], title: nodeTitle(run, node) }
}

/** `error in 3.2 s: Binder Error: …`: what a list of checks shows beside the name. */
function nodeTitle(run: Run, node: Node): string {
  const result = outcome(node.status)
  const before = node.earlier.at(-1)
  if (node.status === WAITING && before !== undefined) {
    if (before.origin) return oneLine(`waiting to run again: ${before.status} in ${before.origin}`)
    return resultTitle(run, { ...node, ...before }, tryOf(run, before.invocation))
  }
  if (result !== undefined) return resultTitle(run, node, placeOf(run, node))
  const batches = node.batches > 0 ? `, ${plural(node.batches, 'batch')} done` : ''
  return `running${batches}${node.invocation > 1 ? tryOf(run, node.invocation) : ''}`
}

/** In which attempt a node ended, where that is not plain. */
function placeOf(run: Run, node: Node): string {
  if (node.origin) return ` in ${node.origin}`
  if (isFlaky(node)) return ` after it failed${node.invocation > 1 ? tryOf(run, node.invocation) : ''}: flaky`
  return isHeld(run, node) || node.invocation > 1 ? tryOf(run, node.invocation) : ''
}

function tryOf(run: Run, number: number): string {
  return `, ${retryText(run, number)}`
}

/** @param number of the invocation */
export function retryText(run: Run, number: number): string {
  return `try ${retryOf(run, number) + 1} of ${run.retries.most + 1}`
}

/** @param place comes before the message: `, try 1 of 3` */
function resultTitle(run: Run, node: Node, place: string): string {
  const seconds = secondsOf(node)
  const time = seconds === undefined ? '' : ` in ${duration(seconds)}`
  switch (outcome(node.status)) {
    case 'failed':
      // One word for all statuses: the message tells more.
      if (place.startsWith(', try')) return oneLine(`failed${place}: ${failureLine(node)}`)
      return oneLine(`${node.status}${time}${place}: ${failureLine(node)}`)
    case 'warn':
      return oneLine(`${node.status}${time}${place}: ${failureLine(node)}`)
    case 'skipped': {
      const why = node.cause ? `skipped because of ${causeName(run, node)}` : skipReason(node)
      return oneLine(`${why}${place}`)
    }
    case 'cancelled': {
      const why = run.stoppedAt === undefined ? 'never seen to finish' : `cancelled${time}`
      return `${node.origin ? 'cancelled' : why}${place}`
    }
    default: {
      // Fusion says 0 for what it created, too.
      const rows = node.rowsAffected ? `, ${plural(node.rowsAffected, 'row')}` : ''
      return `${node.status}${time}${rows}${place}`
    }
  }
}

function causeName(run: Run, node: Node): string {
  const cause = run.nodes.get(node.cause)
  return cause ? titleName(run, cause) : node.cause
}

function skipReason(node: Node): string {
  if (node.status === 'no-op') return 'no-op: dbt has nothing to do for it'
  if (node.materialized === 'ephemeral') return 'ephemeral: compiled into the models that use it'
  return node.message ? `skipped: ${failureLine(node)}` : 'skipped'
}

/** Seconds by dbt's measure where it gave one, else by the stream's times. */
export function secondsOf(node: Node): number | undefined {
  if (node.executionTime !== undefined) return node.executionTime
  if (node.startedAt === undefined || node.finishedAt === undefined) return undefined
  return Math.max(0, node.finishedAt - node.startedAt) / 1000
}

function nodeSummary(run: Run, node: Node, around: Around): string {
  const known = run.graph.get(node.uniqueId)
  const parts = [
    factsOf(node, known, around),
    node.status === 'skipped' ? causeText(run, node, around) : '',
    node.message && !isSuccess(node) ? fence(middleCut(node.message, LONGEST_MESSAGE)) : '',
    earlierText(run, node),
    testsText(run, node, around),
    known && node.resourceType !== 'operation' ? rerunText(run, node, known, around.subject) : '',
  ]
  return parts.filter(Boolean).join('\n\n')
}

/** Then the message is the adapter's "OK" or "INSERT 2". */
function isSuccess(node: Node): boolean {
  return outcome(node.status) === 'success'
}

function factsOf(node: Node, known: ManifestNode | undefined, around: Around): string {
  const { location } = around.evidence
  const seconds = secondsOf(node)
  const tested = known?.test?.attachedNode || (isTest(node) ? known?.dependsOn[0] : undefined)
  const rows: [string, string | false | undefined][] = [
    ['status', `${ICONS[outcome(node.status) ?? 'running']} ${code(node.status)}`],
    ['resource type', code(node.resourceType)],
    ['materialization', !isTest(node) && code(node.materialized)],
    // Of a test that stores its failures: where they are.
    [isTest(node) ? 'stored failures' : 'relation', code(node.relation)],
    ['tested node', tested && code(tested)],
    ['time', node.status !== 'skipped' && seconds !== undefined && duration(seconds)],
    ['rows affected', node.rowsAffected ? node.rowsAffected.toLocaleString('en-US') : ''],
    ['failing rows', isTest(node) && node.failures?.toLocaleString('en-US')],
    ['file', location && link(`${location.path}:${location.line}`, fileUrl(around.subject, location))],
    ['unique_id', code(node.uniqueId)],
  ]
  const lines = rows.filter(([, value]) => value).map(([name, value]) => `| ${name} | ${value} |`)
  return ['| | |', '|---|---|', ...lines].join('\n')
}

/** The file on the commit, at the line. */
export function fileUrl(subject: Subject, location: { path: string; line: number }): string | undefined {
  if (!subject.repositoryUrl || !subject.sha) return undefined
  const path = location.path.split('/').map(encodeURIComponent).join('/')
  return `${subject.repositoryUrl}/blob/${subject.sha}/${path}#L${location.line}`
}

function causeText(run: Run, node: Node, around: Around): string {
  if (!node.cause) return node.message ? '' : 'dbt skipped it and does not say why.'
  return `Skipped because of ${link(causeName(run, node), around.links.get(node.cause))}.`
}

/** What became of it before; of many attempts the latest. */
function earlierText(run: Run, node: Node): string {
  const parts = node.earlier.slice(-MOST_EARLIER).map((result) => {
    const { origin, invocation, message, status } = result
    const where = origin || retryText(run, invocation)
    const seconds = outcome(status) === 'skipped' ? undefined : secondsOf({ ...node, ...result })
    const time = seconds === undefined ? '' : ` in ${duration(seconds)}`
    const icon = ICONS[outcome(status) ?? 'running']
    const said =
      outcome(status) === 'failed' && message ? `\n\n${fence(middleCut(message, EARLIER_MESSAGE))}` : ''
    return `${icon} ${where}: ${code(status)}${time}${said}`
  })
  return parts.length === 0 ? '' : ['**Before**', ...parts].join('\n\n')
}

/** The tests of a node with their state: a model is as good as they are. */
function testsText(run: Run, node: Node, around: Around): string {
  const tests = (run.tests.get(node.uniqueId) ?? [])
    .map((id) => run.nodes.get(id))
    .filter((test) => test !== undefined)
  if (tests.length === 0) return ''
  const items = tests.slice(0, MOST_TESTS).map((test) => {
    const result = outcome(test.status) ?? 'running'
    return `- ${ICONS[result]} ${link(displayName(run, test), around.links.get(test.uniqueId))} ${code(test.status)}`
  })
  const more = tests.length > MOST_TESTS ? [`- and ${tests.length - MOST_TESTS} more`] : []
  return ['**Tests**', '', ...items, ...more].join('\n')
}

function rerunText(run: Run, node: Node, known: ManifestNode, subject: Subject): string {
  const verb = isTest(node) ? 'test' : 'build'
  const selector = selectorOf(known)
  const command = `dbt ${verb} --select ${shellQuote(selector)} --indirect-selection empty`
  const where = subject.projectDir && subject.projectDir !== '.' ? `, in ${code(subject.projectDir)}` : ''
  const here = `To run just this node${where}:\n\n${fence(command, 'sh')}`
  const there =
    isGood(node.status) || outcome(node.status) === undefined || !runsInParts(run)
      ? ''
      : dispatchCommand(subject, [selector])
  return there ? `${here}\n\nOr on GitHub:\n\n${fence(there, 'sh')}` : here
}

/**
 * The command that continues this workflow run by hand; empty outside GitHub. The workflow must have the inputs
 * that README, "Reruns", lists.
 * @param selectors what to run; empty for all that is not good yet
 */
export function dispatchCommand({ dispatch }: Subject, selectors: string[]): string {
  if (!dispatch) return ''
  const { workflow, repository, runId, commit } = dispatch
  const select = selectors.length > 0 ? ` -f ${shellQuote(`select=${selectors.join(' ')}`)}` : ''
  const run = `gh workflow run ${shellQuote(workflow)} --repo ${shellQuote(repository)}`
  return `${run} -f rerun-of=${runId} -f commit=${commit}${select}`
}

/** `41 of 184 · 3 running · 1 failed`, and once dbt has ended what it came to. */
export function rollUpTitle(run: Run): string {
  const { total, running, waiting, failed, warn, skipped, cancelled, success } = countNodes(run)
  const flaky = [...run.nodes.values()].filter((node) => counts(node) && isFlaky(node)).length
  const states = [
    failed > 0 ? `${failed} failed` : '',
    warn > 0 ? `${warn} warned` : '',
    skipped > 0 ? `${skipped} skipped` : '',
    cancelled > 0 ? `${cancelled} cancelled` : '',
    flaky > 0 ? `${flaky} flaky` : '',
  ]
  if (run.exitCode === undefined) {
    if (total === 0) return 'dbt is starting'
    const done = `${total - running - waiting} of ${expected(run, total)}`
    const open = [running > 0 ? `${running} running` : '', waiting > 0 ? `${waiting} waiting` : '']
    return [done, ...open, ...states].filter(Boolean).join(' · ')
  }
  const ending = endingText(run) || (total === 0 ? `${commandsText(run)} succeeded` : '')
  const succeeded = success > 0 ? `${plural(success, 'node')} succeeded` : ''
  return oneLine([ending, succeeded, ...states, warningsText(run)].filter(Boolean).join(' · '))
}

/** `dbt deps`; of a command that has no name, such as `dbt --version`, its words. */
function commandsText({ invocations }: Run): string {
  const names = invocations.map(({ command: { words } }) => {
    const given = words[0] === 'dbt' ? words.slice(1) : words
    return `dbt ${commandName(words) || given.join(' ')}`.trim()
  })
  return [...new Set(names)].join(', ') || 'dbt'
}

/** dbt's own number where it tells one; Fusion does not, so what is known grows while it runs. */
function expected(run: Run, seen: number): string {
  const count = expectedNodes(run)
  return count === undefined ? `${seen}+` : String(Math.max(count, seen))
}

/** The check run of the whole command. */
export function rollUp(
  run: Run,
  subject: Subject,
  body: { summary: string; annotations: Annotation[] },
): CheckRun {
  return {
    key: ROLLUP,
    name: subject.checkName,
    conclusion: run.exitCode === undefined ? undefined : rollUpConclusion(run, subject.failOn),
    startedAt: run.startedAt,
    completedAt: run.finishedAt,
    title: rollUpTitle(run),
    summary: body.summary,
    text: '',
    annotations: body.annotations,
  }
}

/** The least that the roll-up says at the end: what post needs to close it. */
export function rollUpEnd(run: Run, failOn: FailOn): { conclusion: Conclusion; title: string } {
  return { conclusion: rollUpConclusion(run, failOn), title: rollUpTitle(run) }
}

/**
 * What happened, whatever fail-on makes of it for the step. Warnings of dbt itself, which many projects always have,
 * change it only where they make the step fail.
 */
export function rollUpConclusion(run: Run, failOn: FailOn): Conclusion {
  const { failed, warn, cancelled } = countNodes(run)
  if (run.stoppedAt !== undefined) return 'cancelled'
  if (failed > 0 || whatFailed(run) || isUndone(run)) return 'failure'
  const warned = warn > 0 || matchesNothing(run) || verdict(run, failOn) === 'failure'
  return warned || cancelled > 0 ? 'neutral' : 'success'
}
