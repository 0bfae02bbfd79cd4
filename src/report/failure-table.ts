/** The failures of a run in one table: what a person reads first, and perhaps alone. */

import { failedNodes } from '../run/counts.ts'
import type { Node, Run } from '../run/run.ts'
import { type Blocked, blockedByFailure, blockedCount } from './blocks.ts'
import { figure, plural } from './figures.ts'
import { ICONS } from './icons.ts'
import { displayName } from './names.ts'
import { sentenceOf } from './sentence.ts'
import { fileUrl } from './source-lines.ts'
import type { SummaryInput } from './summary.ts'
import { code, firstOf, link, literal, oneLine } from './text.ts'

/** More are not read. */
export const MOST_ROWS = 20

/** Of a name, in characters: a table does not break it, and longer ones would push the cause out of sight. */
const LONGEST_NAME = 50

/** Failures of one cause are one row from this number on. */
const FEWEST_ALIKE = 3

/** Failed nodes with the same cause. */
export interface Failures {
  nodes: Node[]
  sentence: string
}

/** Failures by cause; those that block most come first. */
export function failuresByCause(run: Run, blocked: ReadonlyMap<string, Blocked>): Failures[] {
  const alike = new Map<string, Failures>()
  for (const node of failedNodes(run)) {
    const sentence = sentenceOf(run, node)
    // Without a message it is not known whether the causes are the same.
    const key = node.message === '' ? node.uniqueId : sentence
    const group = alike.get(key)
    if (group) group.nodes.push(node)
    else alike.set(key, { nodes: [node], sentence })
  }
  const groups = [...alike.values()].flatMap(({ nodes, sentence }): Failures[] => {
    return nodes.length >= FEWEST_ALIKE
      ? [{ nodes, sentence }]
      : nodes.map((node) => ({ nodes: [node], sentence }))
  })
  const weight = ({ nodes }: Failures) => sizeOf(sumOf(nodes, blocked))
  return groups.sort((a, b) => weight(b) - weight(a) || b.nodes.length - a.nodes.length)
}

/** The failed nodes whose entries the summary shows in full: the first of each cause. */
export function shownInFull(run: Run): Node[] {
  return failuresByCause(run, blockedByFailure(run))
    .slice(0, MOST_ROWS)
    .flatMap(({ nodes }) => nodes[0] ?? [])
}

function sizeOf(blocked: Blocked | undefined): number {
  return [...(blocked?.values() ?? [])].reduce((sum, names) => sum + names.length, 0)
}

function sumOf(nodes: Node[], blocked: ReadonlyMap<string, Blocked>): Blocked | undefined {
  const parts = nodes.map(({ uniqueId }) => blocked.get(uniqueId)).filter((part) => part !== undefined)
  const sum: Blocked = new Map()
  for (const [kind, names] of parts.flatMap((part) => [...part])) {
    sum.set(kind, [...(sum.get(kind) ?? []), ...names])
  }
  return sum
}

/** Empty where nothing failed. */
export function failureTable(input: SummaryInput, most = MOST_ROWS): string {
  const { run, subject } = input
  const blocked = blockedByFailure(run)
  const groups = failuresByCause(run, blocked)
  if (groups.length === 0) return ''
  const rows = groups.slice(0, most).map((group) => row(input, group, blocked))
  const rest = groups.slice(most).reduce((sum, { nodes }) => sum + nodes.length, 0)
  const where = subject.runUrl ? `the [job summary](${subject.runUrl})` : 'the log'
  const more = rest > 0 ? [`\nand ${plural(rest, 'more failure')}; all of them are in ${where}.`] : []
  return ['| failed | cause | | where |', '|---|---|---|---|', ...rows, ...more].join('\n')
}

function row(
  input: SummaryInput,
  { nodes, sentence }: Failures,
  blocked: ReadonlyMap<string, Blocked>,
): string {
  const { run, subject, links } = input
  const names = nodes.slice(0, FEWEST_ALIKE).map((node) => {
    return link(oneLine(displayName(run, node), LONGEST_NAME), links.get(node.uniqueId))
  })
  const more = nodes.length - names.length
  const fresh = subject.base && nodes.some(({ uniqueId }) => !subject.base?.failed.has(uniqueId))
  const what = more > 0 ? `${names.join(', ')} and ${figure(more)} more` : names.join(', ')
  const [first] = nodes
  const place = first && nodes.length === 1 ? shortPlace(input, first) : ''
  const cause = literal(oneLine(sentence, 160))
  const block = blockedCount(sumOf(nodes, blocked))
  return `| ${ICONS.failed}&nbsp;${what}${fresh ? ' **new**' : ''} | ${cause} | ${block} | ${place} |`
}

/** `stg_orders.sql:4`, as in the report: the folder is in the entry below. */
function shortPlace({ evidence, subject }: SummaryInput, node: Node): string {
  const location = evidence.get(node.uniqueId)?.location
  if (!location) return ''
  const file = location.path.slice(location.path.lastIndexOf('/') + 1)
  return link(`${oneLine(file, LONGEST_NAME)}:${location.line}`, fileUrl(subject, location))
}

/** Names of nodes, the first of them, in Markdown. */
export function nodeNames(
  { run, links }: Pick<SummaryInput, 'run' | 'links'>,
  nodes: Node[],
  most: number,
): string {
  const names = nodes.slice(0, most).map((node) => link(displayName(run, node), links.get(node.uniqueId)))
  return firstOf([...names, ...nodes.slice(most).map((node) => code(node.name))], most)
}
