import Builder from 'fast-xml-builder'
import { counts, failedNodes, isTest, ownErrors } from '../run/counts.ts'
import { isFlaky } from '../run/retry.ts'
import type { Node, Result, Run } from '../run/run.ts'
import { secondsOf } from '../run/seconds.ts'
import { outcome } from '../run/status.ts'
import { matchesNothing } from '../run/verdict.ts'
import { duration } from './figures.ts'
import { failureLine, firstLine, messageOf } from './message.ts'
import { titleName } from './names.ts'
import { type FileInput, foldersOf, sourceFileOf } from './source-file.ts'
import type { Subject } from './subject.ts'
import { middleCut, oneLine, plain } from './text.ts'

/** Of the text of all failures, in characters: GitLab reads 30 MB of a report. https://docs.gitlab.com/ci/testing/unit_test_reports/ */
const MOST_TEXT = 15_000_000
/** Of one message, in characters. */
const LONGEST_MESSAGE = 8_000

interface TestCase {
  '@name': string
  '@classname': string
  '@file'?: string
  '@time': string
  failure?: Problem
  error?: Problem
  skipped?: { '@message': string }
  'system-out'?: string
}

interface Problem {
  '@message': string
  '@type': string
  '#text': string
}

/**
 * The run as JUnit XML: a test case for each node, also for those that are no tests, since a test case is what CI
 * systems show, compare and count.
 *
 * A test that found rows is a failure, all else that went wrong an error; a warning passes, with its text in system-out.
 * The elements are those of Jenkins' schema (junit-10.xsd of its xUnit plugin), and the attribute `file`, which CircleCI
 * and GitLab read.
 */
export function junit({ run, subject, evidence }: FileInput): string {
  const nodes = [...run.nodes.values()].filter((node) => counts(node) || outcome(node.status) === 'failed')
  const length = Math.min(LONGEST_MESSAGE, Math.floor(MOST_TEXT / Math.max(1, failedNodes(run).length)))
  const cases = nodes
    .sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0) || (a.uniqueId < b.uniqueId ? -1 : 1))
    .map((node) => testCase({ run, subject, evidence }, node, length))
  const all = distinct([...ownCases(run, subject, nodes.length), ...cases])
  const seconds = ((run.finishedAt ?? run.startedAt) - run.startedAt) / 1000
  const figures = {
    '@name': xmlLine(subject.checkName),
    '@tests': all.length,
    '@failures': all.filter((entry) => entry.failure).length,
    '@errors': all.filter((entry) => entry.error).length,
  }
  const suite = {
    ...figures,
    '@skipped': all.filter((entry) => entry.skipped).length,
    '@time': time(seconds),
    '@timestamp': new Date(run.startedAt).toISOString().slice(0, 19),
    testcase: all,
  }
  const builder = new Builder({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    format: true,
    suppressEmptyNode: true,
  })
  const declaration = { '@version': '1.0', '@encoding': 'UTF-8' }
  return builder.build({
    '?xml': declaration,
    testsuites: { ...figures, '@time': time(seconds), testsuite: suite },
  })
}

function testCase(input: FileInput, node: Node, length: number): TestCase {
  const { run, subject, evidence } = input
  const file = xmlLine(sourceFileOf(run, subject, node, evidence.get(node.uniqueId)))
  const line = evidence.get(node.uniqueId)?.location?.line
  const skipped = outcome(node.status) === 'skipped'
  return {
    '@name': xmlLine(titleName(run, node)),
    '@classname': className(run, node),
    ...(file === '' ? {} : { '@file': file }),
    '@time': time((skipped ? 0 : secondsOf(node)) ?? 0),
    ...resultOf(run, node, length, file && line ? `${file}:${line}` : ''),
    'system-out': xmlText(outputOf(node, length)),
  }
}

function resultOf(run: Run, node: Node, length: number, place: string): Partial<TestCase> {
  switch (outcome(node.status)) {
    case 'failed': {
      const problem = {
        '@message': xmlLine(failureLine(node)),
        '@type': xmlLine(node.status),
        '#text': xmlText([middleCut(messageOf(node), length), place].filter(Boolean).join('\n\n')),
      }
      return isTest(node) && node.status === 'fail' ? { failure: problem } : { error: problem }
    }
    case 'skipped':
      return { skipped: { '@message': xmlLine(skipReason(run, node)) } }
    case 'cancelled': {
      if (run.stoppedAt !== undefined || node.origin !== '') return { skipped: { '@message': 'cancelled' } }
      const message = 'No result from dbt.'
      return { error: { '@message': message, '@type': 'cancelled', '#text': message } }
    }
    default:
      return {}
  }
}

function skipReason(run: Run, node: Node): string {
  const cause = run.nodes.get(node.cause)
  if (cause) return `skipped because of ${titleName(run, cause)}`
  return node.message ? `${node.status}: ${failureLine(node)}` : node.status
}

function outputOf(node: Node, length: number): string {
  const seconds = secondsOf(node)
  const time = seconds === undefined || outcome(node.status) === 'skipped' ? '' : ` in ${duration(seconds)}`
  const warned = outcome(node.status) === 'warn' ? middleCut(messageOf(node), length) : ''
  return [
    node.uniqueId,
    `${node.status}${time}${node.origin ? ` in ${node.origin}` : ''}`,
    warned,
    ...node.earlier.map((result) => earlierLine(node, result)),
    isFlaky(node) ? 'Flaky: it failed before it succeeded.' : '',
  ]
    .filter(Boolean)
    .join('\n')
}

function earlierLine(node: Node, result: Result): string {
  const where = result.origin || `invocation ${result.invocation}`
  const message = outcome(result.status) === 'failed' ? `: ${failureLine({ ...node, ...result })}` : ''
  return `${where}: ${result.status}${message}`
}

/** What went wrong though no node did, so that no file without a test case says "all passed". */
function ownCases(run: Run, subject: Subject, nodes: number): TestCase[] {
  const base = { '@name': xmlLine(subject.command), '@classname': className(run, undefined), '@time': '0' }
  const errors = ownErrors(run)
  const failed = run.exitCode !== 0 && run.stoppedAt === undefined && failedNodes(run).length === 0
  if (failed || errors.length > 0) {
    const text = xmlText(errors.join('\n\n')) || `dbt ended with exit code ${run.exitCode}`
    const message = xmlLine(firstLine(text))
    return [
      { ...base, error: { '@message': message, '@type': 'dbt', '#text': middleCut(text, LONGEST_MESSAGE) } },
    ]
  }
  if (nodes > 0) return []
  return [
    {
      ...base,
      skipped: { '@message': matchesNothing(run) ? 'The selection matches no node.' : 'It ran no node.' },
    },
  ]
}

/** `bikes.models.staging`: what CI systems group by. */
function className(run: Run, node: Node | undefined): string {
  const [, packageName = ''] = node?.uniqueId.split('.') ?? []
  const folders = node ? foldersOf(run, node) : []
  const names = [packageName || run.projectName || 'dbt', ...folders]
  return names.map((name) => xmlLine(name).replaceAll('.', '_')).join('.')
}

/** GitLab drops a test case whose class and name another one has. */
function distinct(cases: TestCase[]): TestCase[] {
  const seen = new Map<string, number>()
  return cases.map((entry) => {
    const key = `${entry['@classname']}\n${entry['@name']}`
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return count === 1 ? entry : { ...entry, '@name': `${entry['@name']} (${count})` }
  })
}

/** Seconds as the schema wants them: at most three decimals. */
function time(seconds: number): string {
  return Math.max(0, seconds).toFixed(3)
}

/**
 * Without two code points that no XML document may have and `plain` leaves (https://www.w3.org/TR/xml/#charsets), and
 * with a zero-width space in what makes Jenkins copy a file (https://plugins.jenkins.io/junit-attachments/).
 */
function xmlText(text: string): string {
  return plain(text)
    .replace(/[\ufffe\uffff]/g, '')
    .replaceAll('[[ATTACHMENT', '[\u200b[ATTACHMENT')
}

function xmlLine(text: string): string {
  return xmlText(oneLine(text, 500))
}
