/** Each failure in full, folded away but for the first. */
import { isTest } from '../run/counts.ts'
import type { Node } from '../run/run.ts'
import { type Blocked, blockedByFailure } from './blocks.ts'
import { failureParts } from './failure.ts'
import { type Failures, failuresByCause, MOST_ROWS, nodeNames } from './failure-table.ts'
import { figure, plural } from './figures.ts'
import { ICONS } from './icons.ts'
import { displayName, titleName } from './names.ts'
import type { SummaryInput } from './summary.ts'
import { cutBytes, fence, fold, link, literal, oneLine } from './text.ts'

/** Of a message, in characters; of compiled SQL, in bytes. The node's own check has more. */
const LONGEST_MESSAGE = 2_000
const LONGEST_SQL = 2_000
/** Failures that are listed by name behind those in full. */
const MOST_LISTED = 300

export function* failureFolds(input: SummaryInput): Generator<string> {
  const { run } = input
  const blocked = blockedByFailure(run)
  const groups = failuresByCause(run, blocked)
  for (const [i, group] of groups.slice(0, MOST_ROWS).entries()) {
    const text = fold(titleOf(input, group), entry(input, group, blocked))
    yield i === 0 ? text.replace('<details>', '<details open>') : text
  }
  yield listOf(input, groups.slice(MOST_ROWS))
}

function titleOf({ run }: SummaryInput, { nodes, sentence }: Failures): string {
  const [first] = nodes
  if (!first) return ''
  const name = nodes.length > 1 ? plural(nodes.length, 'node') : titleName(run, first)
  return `${ICONS.failed} ${name}: ${sentence}`
}

function entry(input: SummaryInput, { nodes }: Failures, blocked: ReadonlyMap<string, Blocked>): string {
  const { run, subject, evidence, links } = input
  const [first] = nodes
  if (!first) return ''
  const found = evidence.get(first.uniqueId) ?? { location: undefined, sql: '' }
  const around = { subject, links, evidence: found }
  const options = {
    around,
    blocked: blocked.get(first.uniqueId),
    longestMessage: LONGEST_MESSAGE,
    untitled: true,
    rows: input.rows?.get(first.uniqueId),
  }
  const names = nodes.length > 1 ? `${nodeNames(input, nodes, 10)}. The first of them:` : ''
  const parts = failureParts(run, first, options)
  return [checkLink(input, first), names, ...parts, sqlText(first, found.sql)].filter(Boolean).join('\n\n')
}

function checkLink({ run, links }: SummaryInput, node: Node): string {
  const url = links.get(node.uniqueId)
  return url ? link(displayName(run, node), url) : ''
}

function sqlText(node: Node, sql: string): string {
  if (!isTest(node) || sql === '') return ''
  const cut = cutBytes(sql, LONGEST_SQL)
  return fold('Compiled SQL', fence(cut.length < sql.length ? `${cut}\n-- …` : cut, 'sql'))
}

/** The failures for which there is no room in full. */
function listOf(input: SummaryInput, groups: Failures[]): string {
  if (groups.length === 0) return ''
  const lines = groups.slice(0, MOST_LISTED).map(({ nodes, sentence }) => {
    return `- ${nodeNames(input, nodes, 3)}: ${literal(oneLine(sentence, 120))}`
  })
  const rest = groups.slice(MOST_LISTED).reduce((sum, { nodes }) => sum + nodes.length, 0)
  if (rest > 0) lines.push(`- and ${figure(rest)} more`)
  const total = groups.reduce((sum, { nodes }) => sum + nodes.length, 0)
  return fold(`${plural(total, 'more failure')}`, lines.join('\n'))
}
