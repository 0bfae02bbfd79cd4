/** What stands below the failures in the summary, each list folded away. */

import { counts, isTest } from '../run/counts.ts'
import { isFlaky } from '../run/retry.ts'
import type { Node, Run } from '../run/run.ts'
import { secondsOf } from '../run/seconds.ts'
import { type Outcome, outcome } from '../run/status.ts'
import { blockedByFailure, blockedNames } from './blocks.ts'
import { changesFold } from './changes.ts'
import { countTable } from './count-table.ts'
import { canBeContinued, dispatchText } from './dispatch.ts'
import { duration, figure, plural } from './figures.ts'
import { iconOf } from './icons.ts'
import { failureLine } from './message.ts'
import { displayName, titleName } from './names.ts'
import { invocationText } from './node-title.ts'
import { sentenceOf } from './sentence.ts'
import { placeLink } from './source-lines.ts'
import type { SummaryInput } from './summary.ts'
import { firstOf, fold, html, link, literal, oneLine } from './text.ts'
import { timeLines } from './time-lines.ts'
import { blockedNodes } from './title.ts'
import { warningsFold } from './warnings.ts'

const MOST_LINES = 100
const MOST_CAUSES = 50
const SLOWEST = 5
/** Rows of the table of all nodes. */
const MOST_NODES = 500

/** Each is empty where there is nothing to fold. */
export function* folds(input: SummaryInput): Generator<string> {
  const { run, subject } = input
  if (canBeContinued(run, subject)) yield foldUnlessEmpty('Run again', dispatchText(subject))
  yield blockedFold(input)
  yield list(input, 'flaky', [...run.nodes.values()].filter(isFlaky), (node) => flakyReason(run, node))
  yield list(input, 'warned', nodesOf(run, 'warn'), (node) => sentenceOf(run, node))
  yield warningsFold(run)
  yield list(input, 'cancelled', nodesOf(run, 'cancelled'), (node) => node.message && failureLine(node))
  yield skippedFold(input)
  yield changesFold(input)
  yield timeFold(input)
  yield foldUnlessEmpty('Counts by type', countTable(run))
  yield allNodes(input)
}

function foldUnlessEmpty(title: string, markdown: string): string {
  return markdown && fold(title, markdown)
}

function nodesOf(run: Run, result: Outcome): Node[] {
  return [...run.nodes.values()].filter((node) => outcome(node.status) === result && counts(node))
}

/** By cause: 300 lines that name one failure hide the others. */
function blockedFold({ run, links }: SummaryInput): string {
  const causes = [...blockedByFailure(run)]
  if (causes.length === 0) return ''
  const lines = causes.slice(0, MOST_CAUSES).map(([id, blocked]) => {
    const cause = run.nodes.get(id)
    return `- ${link(cause ? titleName(run, cause) : id, links.get(id))} blocks ${blockedNames(blocked)}`
  })
  if (causes.length > MOST_CAUSES) lines.push(`- and ${figure(causes.length - MOST_CAUSES)} more causes`)
  const count = figure(blockedNodes(run).length)
  return fold(`${count} blocked by ${plural(causes.length, 'failure')}`, lines.join('\n'))
}

/** A line for each node. */
function list(input: SummaryInput, word: string, nodes: Node[], reason: (node: Node) => string): string {
  if (nodes.length === 0) return ''
  const { run, links, evidence, subject } = input
  const lines = nodes.slice(0, MOST_LINES).map((node) => {
    const location = evidence.get(node.uniqueId)?.location
    const facts = [
      `${iconOf(node.status)} ${link(titleName(run, node), links.get(node.uniqueId))}`,
      literal(oneLine(reason(node))),
      location ? placeLink(subject, location) : '',
    ]
    return `- ${facts.filter(Boolean).join(' · ')}`
  })
  if (nodes.length > MOST_LINES) lines.push(`- and ${figure(nodes.length - MOST_LINES)} more`)
  return fold(`${figure(nodes.length)} ${word}`, lines.join('\n'))
}

function flakyReason(run: Run, node: Node): string {
  const failed = node.earlier.findLast(({ status }) => outcome(status) === 'failed')
  if (!failed) return ''
  const where = failed.origin || invocationText(run, failed.invocation)
  return `${node.status}, after ${failed.status} in the ${where}: ${failureLine({ ...node, ...failed })}`
}

/** Skipped for another reason than a failure, by reason. */
function skippedFold({ run, links }: SummaryInput): string {
  const nodes = nodesOf(run, 'skipped').filter(({ cause }) => cause === '')
  if (nodes.length === 0) return ''
  const reasons = new Map<string, Node[]>()
  for (const node of nodes) {
    const why =
      node.status === 'no-op' ? 'dbt has nothing to do for them' : oneLine(node.message || 'no reason given')
    reasons.set(why, [...(reasons.get(why) ?? []), node])
  }
  const lines = [...reasons].slice(0, MOST_LINES).map(([why, group]) => {
    const names = group.map((node) => link(titleName(run, node), links.get(node.uniqueId)))
    return `- ${literal(why)}: ${firstOf(names, 10)}`
  })
  return fold(`${figure(nodes.length)} skipped`, lines.join('\n'))
}

/** Where the time went, and the slowest nodes. */
function timeFold({ run, links }: SummaryInput): string {
  const nodes = [...run.nodes.values()]
    .filter((node) => counts(node) && (secondsOf(node) ?? 0) >= 1)
    .sort((a, b) => (secondsOf(b) ?? 0) - (secondsOf(a) ?? 0))
    .slice(0, SLOWEST)
  if (nodes.length < 2) return ''
  const lines = timeLines(run).map((line) => `- ${line}`)
  const rows = nodes.map((node) => {
    return `| ${link(titleName(run, node), links.get(node.uniqueId))} | ${duration(secondsOf(node) ?? 0)} |`
  })
  const table = ['| slowest nodes | time |', '|---|--:|', ...rows]
  return fold('Where the time went', [...lines, '', ...table].join('\n').trim())
}

/** In HTML: half the size of Markdown with its escapes, and hostile text stays text. */
function allNodes({ run }: SummaryInput): string {
  const all = [...run.nodes.values()].filter(counts)
  if (all.length === 0) return ''
  const fits = all.length <= MOST_NODES
  const nodes = fits
    ? all.sort((a, b) => Number(isTest(a)) - Number(isTest(b)) || (a.startedAt ?? 0) - (b.startedAt ?? 0))
    : all.sort((a, b) => (secondsOf(b) ?? 0) - (secondsOf(a) ?? 0)).slice(0, MOST_NODES)
  const rows = nodes.map((node) => {
    const seconds = secondsOf(node)
    const time = seconds === undefined || outcome(node.status) === 'skipped' ? '' : duration(seconds)
    const name = html(displayName(run, node).slice(0, 300))
    return `<tr><td>${iconOf(node.status)} ${html(node.status)}</td><td>${html(node.resourceType)}</td><td><code>${name}</code></td><td align="right">${time}</td></tr>`
  })
  const count = fits
    ? `All ${plural(all.length, 'node')}`
    : `The slowest ${figure(MOST_NODES)} of ${plural(all.length, 'node')}`
  return `<details><summary>${count}</summary>\n<table>\n${rows.join('\n')}\n</table>\n</details>`
}
