/** A failed or warned node for people, in the order in which they ask; for its own check run and for the summary. */
import type { FailingRows } from '../dbt/failing-rows.ts'
import { isTest } from '../run/counts.ts'
import type { Node, Run } from '../run/run.ts'
import { type Blocked, blockedNames } from './blocks.ts'
import type { Around } from './check-run.ts'
import { copyCommand } from './copy-command.ts'
import { messageOf } from './message.ts'
import { rowTable } from './row-table.ts'
import { sentenceOf } from './sentence.ts'
import { excerptText, placeLink, placeNote } from './source-lines.ts'
import { argumentsOf, hasError, testedName } from './test-text.ts'
import { code, fence, fold, literal, middleCut, oneLine } from './text.ts'
import { differencesIn, differenceTable } from './unit-test.ts'

export interface FailureOptions {
  around: Around
  /** What was skipped because of it. */
  blocked: Blocked | undefined
  /** How much of the message is shown, in characters. */
  longestMessage: number
  /** The rows that a test found, where they may be shown. */
  rows?: FailingRows | undefined
  /** Whether the cause stands above it already. */
  untitled?: boolean
}

/** Cause, source, rows, what it blocks, command, origin; what dbt printed is folded where it is more than that. */
export function failureParts(run: Run, node: Node, options: FailureOptions): string[] {
  const { around, blocked, longestMessage } = options
  const { subject, evidence } = around
  const sentence = sentenceOf(run, node)
  const source = sourceText(around)
  const command = copyCommand(run, node, subject)
  const where = subject.projectDir && subject.projectDir !== '.' ? `in ${code(subject.projectDir)}` : ''
  const parts = [
    options.untitled ? '' : `**${literal(oneLine(sentence, 500))}**`,
    source,
    unitTestText(node),
    testText(run, node),
    options.rows ? rowTable(options.rows) : '',
    blocked ? `Blocks ${blockedNames(blocked)}.` : '',
    command ? [`Run it again${where && ` ${where}`}:`, fence(command, 'sh')].join('\n\n') : '',
    aboutText(run, node, evidence.changed),
    messageText(node, sentence, evidence.excerpt !== undefined && source !== '', longestMessage),
  ]
  return parts.filter(Boolean)
}

function sourceText({ subject, evidence }: Around): string {
  const { location, excerpt } = evidence
  if (!location) return ''
  const note = placeNote(evidence)
  const place = `${placeLink(subject, location)}${note && `: ${literal(note)}`}`
  return excerpt ? `${place}\n\n${fence(excerptText(excerpt))}` : place
}

function unitTestText(node: Node): string {
  const differences = node.resourceType === 'unit_test' ? differencesIn(node.message) : undefined
  return differences ? differenceTable(differences) : ''
}

/** What a generic test was asked to check, and where its rows are stored. */
function testText(run: Run, node: Node): string {
  const known = run.graph.get(node.uniqueId)
  if (!isTest(node) || !known) return ''
  const facts: string[] = []
  if (known.test) {
    const values = [...argumentsOf(known.test)].map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    const what = `${code(known.test.name)} on ${code(testedName(run, known, known.test))}`
    facts.push(`Test ${what}${values.length > 0 ? ` with ${code(values.join(', '))}` : ''}.`)
  }
  // Only with store_failures is there one.
  // The table of a test whose query failed was never made.
  if (node.relation && !hasError(node))
    facts.push(`The failing rows are stored: ${code(`select * from ${node.relation}`, 500)}`)
  return facts.join(' ')
}

/** Whether the pull request changes the file, who looks after the node, and what it is for. */
function aboutText(run: Run, node: Node, changed: boolean | undefined): string {
  const tested = isTest(node) ? run.graph.get(run.graph.get(node.uniqueId)?.dependsOn[0] ?? '') : undefined
  const own = run.graph.get(node.uniqueId)?.properties
  const properties = { ...tested?.properties, ...own }
  const owner = own?.owner || tested?.properties?.owner
  const description = properties.description ?? ''
  const change = ['This pull request does not change the file.', 'This pull request changes the file.']
  return [
    changed === undefined ? '' : (change[Number(changed)] ?? ''),
    owner ? `Owner: ${code(owner)}.` : '',
    description ? literal(oneLine(description, 300)) : '',
  ]
    .filter(Boolean)
    .join(' ')
}

/** What dbt printed, folded where the source is shown above it; empty where that is no more than the sentence. */
function messageText(node: Node, sentence: string, hasSource: boolean, longest: number): string {
  const message = messageOf(node)
  if (saysNoMore(node, message, sentence)) return ''
  const shown = fence(middleCut(message, longest))
  return hasSource ? fold('The whole error', shown) : shown
}

function saysNoMore(node: Node, message: string, sentence: string): boolean {
  // A unit test's difference is in the table; of another test's rows dbt prints their number alone.
  if (node.resourceType === 'unit_test') return differencesIn(message) !== undefined
  if (isTest(node) && !hasError(node)) return node.failures !== undefined
  const lines = message.split('\n').map((line) => line.trim())
  const others = lines.filter((line) => line !== '' && line !== sentence)
  return others.length === 0 || (others.length === 1 && /^\w+ Error in [^\n]*\)$/.test(others[0] ?? ''))
}
