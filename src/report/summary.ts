import { isFlaky } from '../run/retry.ts'
import { countNodes, counts, engineOf, isTest, type Node, ownErrors, type Run, retryOf } from '../run/run.ts'
import { isContinuable } from '../run/saved.ts'
import { type Outcome, outcome, WAITING } from '../run/status.ts'
import { matchesNothing, verdict } from '../run/verdict.ts'
import type { Evidence } from './annotation.ts'
import {
  dispatchCommand,
  fileUrl,
  ICONS,
  type Links,
  REPORT,
  ROLLUP,
  rollUpTitle,
  secondsOf,
} from './check-run.ts'
import { failureLine, messageOf, moreErrors } from './message.ts'
import { displayName, titleName } from './names.ts'
import { runNotices } from './notices.ts'
import type { Subject } from './subject.ts'
import {
  bytes,
  code,
  cutBytes,
  duration,
  fence,
  html,
  link,
  literal,
  middleCut,
  plain,
  plural,
} from './text.ts'
import { warningsFold } from './warnings.ts'

export interface SummaryInput {
  run: Run
  subject: Subject
  /** Where failed and warned nodes are written. */
  evidence: ReadonlyMap<string, Evidence>
  links: Links
  /** What could not be shown, or was overridden, in sentences. */
  notices: string[]
}

/** The runner drops a step's summary above 1 MiB: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits */
export const SUMMARY_LIMIT = 1024 * 1024
/** https://docs.github.com/en/rest/checks/runs: output.summary; of the characters and of the UTF-8 bytes. */
export const CHECK_LIMIT = 65_535

const SLOWEST = 10
const LONGEST_MESSAGE = 4_000

/**
 * The job summary, and the summary of the roll-up: verdict, failures first, the whole list folded away. Within
 * `limit` bytes, the least important left out first and said so.
 */
export function summary(input: SummaryInput, limit: number): string {
  return fit(parts(input), limit)
}

/** Made one by one, so that what does not fit is never made: 10,000 nodes are a megabyte of rows. */
function* parts(input: SummaryInput): Generator<string> {
  const { run } = input
  const blocked = blockedBy(run)
  yield headline(input)
  yield* dbtErrors(run)
  for (const node of nodesOf(run, 'failed')) yield failure(input, node, blocked)
  yield rerunText(input)
  yield* list(input, 'Flaky', [...run.nodes.values()].filter(isFlaky))
  yield* list(input, 'Warnings', nodesOf(run, 'warn'))
  yield warningsFold(run)
  yield* list(input, 'Cancelled', nodesOf(run, 'cancelled'))
  yield* list(input, 'Skipped', nodesOf(run, 'skipped'))
  yield* slowest(input)
  yield allNodes(input)
}

/** What the roll-up says while dbt runs: little, since each update replaces it all. */
export function progress(input: SummaryInput): string {
  const { run } = input
  const running = [...run.nodes.values()].filter(
    (node) => outcome(node.status) === undefined && node.status !== WAITING,
  )
  const longest = running
    .filter(counts)
    .sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0))
    .slice(0, 20)
  const now = longest.map((node) => `- ${code(titleName(run, node))}`)
  function* parts(): Generator<string> {
    yield commandLine(input)
    if (now.length > 0) yield `**Running**\n\n${now.join('\n')}`
    const blocked = blockedBy(run)
    for (const node of nodesOf(run, 'failed')) yield failure(input, node, blocked)
  }
  return fit(parts(), CHECK_LIMIT)
}

/** How many nodes were skipped because of each. */
function blockedBy(run: Run): Map<string, number> {
  const blocked = new Map<string, number>()
  for (const node of run.nodes.values()) {
    if (node.cause && counts(node)) blocked.set(node.cause, (blocked.get(node.cause) ?? 0) + 1)
  }
  return blocked
}

const LEFT_OUT = '\n\n_The rest is left out: GitHub shows no more here._'

/** As many parts as fit, from the first on. */
function fit(parts: Iterable<string>, limit: number): string {
  const shown: string[] = []
  let size = bytes(LEFT_OUT)
  for (const part of parts) {
    if (part === '') continue
    size += bytes(part) + 2
    // Not even the first one: better its beginning than nothing.
    if (size > limit) return shown.length > 0 ? shown.join('\n\n') + LEFT_OUT : cutBytes(part, limit)
    shown.push(part)
  }
  return shown.join('\n\n')
}

function headline(input: SummaryInput): string {
  const { run, subject } = input
  const notices = [...input.notices, ...runNotices(run)]
  const result = verdict(run, subject.failOn)
  const good = matchesNothing(run) ? ICONS.warn : ICONS.success
  const icon = { success: good, failure: ICONS.failed, cancelled: ICONS.cancelled }[result]
  const table = countTable(run)
  return [
    `### ${icon} ${code(subject.checkName)}: ${literal(rollUpTitle(run))}`,
    commandLine(input),
    table,
    notices.map((notice) => `> ${literal(notice).replaceAll('\n', ' ')}`).join('\n>\n'),
  ]
    .filter(Boolean)
    .join('\n\n')
}

function commandLine({ run, subject, links }: SummaryInput): string {
  const end = run.finishedAt
  const took = end === undefined ? '' : ` in ${duration((end - run.startedAt) / 1000)}`
  const { product, version } = engineOf(run)
  const engine = version ? `, ${product} ${code(version)}` : ''
  const where = subject.projectDir === '.' ? '' : `, ${code(subject.projectDir)}`
  const check = links.get(ROLLUP)
  const report = links.get(REPORT)
  const places = [
    check ? ` · [check run](${check})` : '',
    report ? ` · [report with timeline and lineage](${report})` : '',
  ]
  return `${code(subject.command, 500)}${took}${engine}${where}${places.join('')}`
}

function countTable(run: Run): string {
  const totals = countNodes(run)
  if (totals.total === 0) return ''
  const columns = ['success', 'warn', 'failed', 'skipped', 'cancelled'] as const
  const heads = columns.map((column) => `${ICONS[column]} ${column}`)
  const rows = new Map<string, Record<Outcome, number>>()
  for (const node of run.nodes.values()) {
    const result = outcome(node.status)
    if (!counts(node) || !result) continue
    const row = rows.get(node.resourceType) ?? { success: 0, warn: 0, failed: 0, skipped: 0, cancelled: 0 }
    row[result]++
    rows.set(node.resourceType, row)
  }
  const line = (name: string, row: Record<Outcome, number>) => {
    const sum = columns.reduce((total, column) => total + row[column], 0)
    return `| ${name} | ${columns.map((column) => row[column] || '').join(' | ')} | ${sum} |`
  }
  return [
    `| | ${heads.join(' | ')} | total |`,
    `|---|${columns.map(() => '--:|').join('')}--:|`,
    ...[...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, row]) => line(code(type), row)),
    ...(rows.size > 1 ? [line('**total**', totals)] : []),
  ].join('\n')
}

/** Errors of dbt itself that are shown; one says what is wrong, the rest often follow from it. */
const MOST_ERRORS = 20

function dbtErrors(run: Run): string[] {
  const shown = ownErrors(run)
    .slice(0, MOST_ERRORS)
    .map((message) => fence(middleCut(plain(message), LONGEST_MESSAGE)))
  return [...shown, moreErrors(run, MOST_ERRORS)]
}

function nodesOf(run: Run, result: Outcome): Node[] {
  const nodes = [...run.nodes.values()].filter((node) => outcome(node.status) === result)
  // A hook that failed is shown, one that was skipped is not worth a line.
  return result === 'failed' ? nodes : nodes.filter(counts)
}

function failure(input: SummaryInput, node: Node, blockedNodes: ReadonlyMap<string, number>): string {
  const { run, links } = input
  const seconds = secondsOf(node)
  const blocked = blockedNodes.get(node.uniqueId) ?? 0
  return [
    `#### ${ICONS.failed} ${link(titleName(run, node), links.get(node.uniqueId))}`,
    [
      code(node.status),
      seconds === undefined ? '' : duration(seconds),
      place(input, node),
      blocked > 0 ? `${plural(blocked, 'node')} skipped because of it` : '',
    ]
      .filter(Boolean)
      .join(' · '),
    fence(middleCut(messageOf(node), LONGEST_MESSAGE)),
  ].join('\n\n')
}

function place({ evidence, subject }: SummaryInput, node: Node): string {
  const location = evidence.get(node.uniqueId)?.location
  return location ? link(`${location.path}:${location.line}`, fileUrl(subject, location)) : ''
}

/** How to run again by hand what is not good. */
function rerunText({ run, subject }: SummaryInput): string {
  const command = isContinuable(run) && !subject.command.includes('***') ? dispatchCommand(subject, []) : ''
  return command ? `To run again what is not good yet:\n\n${fence(command, 'sh')}` : ''
}

/** A heading and a line for each; in pieces, so that the end can be left out. */
function list(input: SummaryInput, heading: string, nodes: Node[]): string[] {
  const { run, links } = input
  const lines = nodes.map((node) => {
    const cause = run.nodes.get(node.cause)
    const why = cause ? `because of ${code(titleName(run, cause))}` : code(reason(run, node))
    return [`- ${link(titleName(run, node), links.get(node.uniqueId))}`, why, place(input, node)]
      .filter(Boolean)
      .join(' · ')
  })
  return inPieces(lines, 50).map((piece, i) => (i === 0 ? `#### ${heading}\n\n${piece}` : piece))
}

function reason(run: Run, node: Node): string {
  const failed = node.earlier.findLast(({ status }) => outcome(status) === 'failed')
  if (failed && isFlaky(node)) {
    const where = failed.origin || `try ${retryOf(run, failed.invocation) + 1}`
    return `${node.status}, after ${failed.status} in ${where}: ${failureLine({ ...node, ...failed })}`
  }
  if (node.status === 'skipped' || node.status === 'cancelled') return node.message && failureLine(node)
  return node.status === 'no-op' ? 'no-op' : failureLine(node)
}

function inPieces(lines: string[], size: number): string[] {
  const pieces: string[] = []
  for (let i = 0; i < lines.length; i += size) pieces.push(lines.slice(i, i + size).join('\n'))
  return pieces
}

function slowest(input: SummaryInput): string[] {
  const nodes = [...input.run.nodes.values()]
    .filter((node) => counts(node) && (secondsOf(node) ?? 0) >= 1)
    .sort((a, b) => (secondsOf(b) ?? 0) - (secondsOf(a) ?? 0))
    .slice(0, SLOWEST)
  if (nodes.length < 2) return []
  const rows = nodes.map((node) => {
    const name = link(titleName(input.run, node), input.links.get(node.uniqueId))
    return `| ${name} | ${duration(secondsOf(node) ?? 0)} |`
  })
  return [`#### Slowest\n\n| node | time |\n|---|--:|\n${rows.join('\n')}`]
}

/** In HTML, since GitHub reads no Markdown within a fold that starts on one line. */
function allNodes({ run }: SummaryInput): string {
  const nodes = [...run.nodes.values()].filter(counts)
  if (nodes.length === 0) return ''
  nodes.sort((a, b) => Number(isTest(a)) - Number(isTest(b)) || (a.startedAt ?? 0) - (b.startedAt ?? 0))
  const rows = nodes.map((node) => {
    const seconds = secondsOf(node)
    const icon = ICONS[outcome(node.status) ?? 'running']
    const time = seconds === undefined || outcome(node.status) === 'skipped' ? '' : duration(seconds)
    const name = html(displayName(run, node).slice(0, 300))
    return `<tr><td>${icon} ${html(node.status)}</td><td>${html(node.resourceType)}</td><td><code>${name}</code></td><td align="right">${time}</td></tr>`
  })
  return `<details><summary>All ${plural(nodes.length, 'node')}</summary>\n<table>\n${rows.join('\n')}\n</table>\n</details>`
}
