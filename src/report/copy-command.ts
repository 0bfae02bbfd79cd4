/** The dbt command that runs one node again, as a person would type it. */
import { commandName, type Part, partsOf } from '../dbt/command.ts'
import type { ManifestNode } from '../dbt/manifest.ts'
import { eventTimeOptions, isRerunnable, reselect } from '../dbt/selection.ts'
import { selectorOf, shellQuote } from '../dbt/selector.ts'
import { testWords } from '../dbt/test-behavior.ts'
import { isTest } from '../run/counts.ts'
import type { Node, Run } from '../run/run.ts'
import { shortSelector } from './short-selector.ts'
import type { Subject } from './subject.ts'

/**
 * `dbt build -s stg_repairs --vars '{broken: true}'`: the run's command with all its flags but those that select nodes
 * or only change what dbt prints. Empty where no command runs the node alone.
 */
export function copyCommand(run: Run, node: Node, subject: Subject): string {
  const words = wordsFor(run, node, subject)
  const name = commandName(words)
  // It is no node, and takes no selection.
  if (name === 'run-operation') return join(words)
  const known = run.graph.get(node.uniqueId)
  if (!known || !isRerunnable(name) || known.resourceType === 'operation') return ''
  const own = isTest(node) && name === 'build' ? testWords(words) : words
  const { before, after } = atCommand(withoutSelection(own))
  const batches = node.failedBatches ? eventTimeOptions(node.failedBatches) : []
  return join([...before, ...selectionFor(run, known), ...batches, ...after])
}

/** The words of the command that ran a node, secrets hidden. */
function wordsFor({ invocations }: Run, node: Node, { commands }: Subject): string[] {
  const until = invocations.slice(0, node.invocation)
  const index = until.filter(({ command }) => command.purpose === 'command').length - 1
  const words = commands[Math.max(0, index)] ?? ['build']
  return words.slice(words[0] === 'dbt' ? 1 : 0)
}

function selectionFor(run: Run, known: ManifestNode): string[] {
  const short = shortSelector(run.graph, known)
  return short === undefined
    ? ['--select', selectorOf(known), '--indirect-selection', 'empty']
    : ['-s', short]
}

/** Flags that change what dbt prints or logs, and not what it does. */
const OUTPUT = new Set([
  ...['--debug', '--no-debug', '-d', '--quiet', '--no-quiet', '-q', '--print', '--no-print'],
  ...['--log-format', '--log-format-file', '--log-level', '--log-level-file', '--log-path'],
  ...['--log-file-max-bytes', '--log-cache-events', '--no-log-cache-events', '--printer-width'],
  ...['--use-colors', '--no-use-colors', '--use-colors-file', '--no-use-colors-file'],
  ...['--write-json', '--no-write-json', '--record-timing-info', '-r', '--show', '--otel-file-name'],
  '--show-all-deprecations',
])

/** The words of a command without selection and output flags. */
function withoutSelection(words: string[]): string[] {
  // It ends in `--select`, with nothing selected.
  const kept = reselect(words, { selectors: [], exact: false }).slice(0, -1)
  return partsOf(kept).flatMap((part) => (OUTPUT.has(part.flag) ? [] : part.words))
}

/** Cuts a command line behind its sub command. */
function atCommand(words: string[]): { before: string[]; after: string[] } {
  const name = commandName(words)
  const parts = partsOf(words)
  const at = parts.findIndex(({ flag }) => flag === name) + (name === 'source' ? 2 : 1)
  const wordsOf = (some: Part[]) => some.flatMap((part) => part.words)
  return { before: wordsOf(parts.slice(0, at)), after: wordsOf(parts.slice(at)) }
}

function join(words: string[]): string {
  return ['dbt', ...words].map(shellQuote).join(' ')
}
