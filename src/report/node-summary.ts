/** The text of a node's check run: a failure in full, a skip in a line, a success in a few facts. */
import type { ManifestNode } from '../dbt/manifest.ts'
import { isTest } from '../run/counts.ts'
import type { Node, Run } from '../run/run.ts'
import { runsInParts } from '../run/saved.ts'
import { secondsOf } from '../run/seconds.ts'
import { outcome } from '../run/status.ts'
import { blockedByFailure } from './blocks.ts'
import type { Around } from './check-run.ts'
import { copyCommand } from './copy-command.ts'
import { dispatchCommand } from './dispatch.ts'
import { failureParts } from './failure.ts'
import { duration, figure } from './figures.ts'
import { iconOf } from './icons.ts'
import { displayName } from './names.ts'
import { causeName, invocationText, testCount, testsOf } from './node-title.ts'
import { sentenceOf } from './sentence.ts'
import { placeLink } from './source-lines.ts'
import { CHECK_LIMIT, fit } from './summary.ts'
import { testedNode } from './test-text.ts'
import { code, fence, firstOf, fold, link, literal, middleCut, oneLine } from './text.ts'

/** How much of a message is shown, in characters: a page of text says what is wrong. */
const LONGEST_MESSAGE = 12_000
/** Of an invocation that is over, in characters. */
const EARLIER_MESSAGE = 2_000
const MOST_EARLIER = 5
const MOST_NAMES = 10

export function nodeSummary(run: Run, node: Node, around: Around): string {
  const result = outcome(node.status)
  if (result === 'skipped') return skipLine(run, node, around)
  const facts = factsOf(node, run.graph.get(node.uniqueId), around)
  const parts =
    result === 'failed' || result === 'warn'
      ? [
          ...failureParts(run, node, {
            around,
            blocked: blockedByFailure(run, node.uniqueId).get(node.uniqueId),
            longestMessage: LONGEST_MESSAGE,
          }),
          dispatchText(run, node, around),
          testsText(run, node, around),
          earlierText(run, node),
          fold('Facts', facts),
        ]
      : [testsText(run, node, around), facts, commandText(run, node, around), earlierText(run, node)]
  // A message has its limit in characters, of which one may be four bytes; a table of rows has none.
  return fit(parts, CHECK_LIMIT)
}

function skipLine(run: Run, node: Node, { links }: Around): string {
  const cause = run.nodes.get(node.cause)
  if (node.cause) {
    const why = cause ? `: ${literal(oneLine(sentenceOf(run, cause), 300))}` : ''
    return `Skipped because of ${link(causeName(run, node), links.get(node.cause))}${why}`
  }
  if (node.status === 'no-op') return 'dbt has nothing to do for it.'
  return node.message ? fence(middleCut(node.message, LONGEST_MESSAGE)) : 'dbt skipped it and gave no reason.'
}

function factsOf(node: Node, known: ManifestNode | undefined, around: Around): string {
  const { location } = around.evidence
  const seconds = secondsOf(node)
  const tested = isTest(node) && known ? testedNode(known) : ''
  const rows: [string, string | false | undefined][] = [
    ['status', `${iconOf(node.status)} ${code(node.status)}`],
    ['resource type', code(node.resourceType)],
    ['materialization', !isTest(node) && code(node.materialized)],
    ['relation', !isTest(node) && code(node.relation)],
    ['tested node', tested && code(tested)],
    ['time', seconds !== undefined && duration(seconds)],
    ['rows affected', node.rowsAffected ? figure(node.rowsAffected) : ''],
    ['failing rows', isTest(node) && node.failures !== undefined && figure(node.failures)],
    ['file', location && placeLink(around.subject, location)],
    ['unique_id', code(node.uniqueId)],
  ]
  const lines = rows.filter(([, value]) => value).map(([name, value]) => `| ${name} | ${value} |`)
  return ['| | |', '|---|---|', ...lines].join('\n')
}

/** What a node's tests came to: a model is as good as they are. */
function testsText(run: Run, node: Node, { links }: Around): string {
  const tests = testsOf(run, node)
  const count = testCount(run, node)
  if (!count) return ''
  const kinds = [
    ['failed', 'failed'],
    ['warn', 'warned'],
    ['skipped', 'skipped'],
    ['cancelled', 'cancelled'],
  ] as const
  const others = kinds.map(([result, word]) => {
    const names = tests
      .filter(({ status }) => outcome(status) === result)
      .map((test) => link(displayName(run, test), links.get(test.uniqueId)))
    return names.length > 0 ? `; ${word}: ${firstOf(names, MOST_NAMES)}` : ''
  })
  return `${count}${others.join('')}`
}

function commandText(run: Run, node: Node, { subject }: Around): string {
  const command = copyCommand(run, node, subject)
  return command ? fold('The command that runs this node', fence(command, 'sh')) : ''
}

/** How to run just this node on GitHub, where the workflow can be started so. */
function dispatchText(run: Run, node: Node, { subject }: Around): string {
  const isFailed = outcome(node.status) === 'failed' && runsInParts(run)
  const known = isFailed ? run.graph.get(node.uniqueId) : undefined
  const command = known ? dispatchCommand(subject, known) : ''
  return command ? fold('Run it on GitHub', fence(command, 'sh')) : ''
}

/** What became of it before; of many invocations the latest. */
function earlierText(run: Run, node: Node): string {
  const parts = node.earlier.slice(-MOST_EARLIER).map((result) => {
    const { origin, invocation, message, status } = result
    const where = origin || invocationText(run, invocation)
    const seconds = outcome(status) === 'skipped' ? undefined : secondsOf(result)
    const time = seconds === undefined ? '' : ` in ${duration(seconds)}`
    const isFailed = outcome(status) === 'failed' && message !== ''
    const error = isFailed ? `\n\n${fence(middleCut(message, EARLIER_MESSAGE))}` : ''
    return `${iconOf(status)} ${where}: ${code(status)}${time}${error}`
  })
  return parts.length === 0 ? '' : ['**Before**', ...parts].join('\n\n')
}
