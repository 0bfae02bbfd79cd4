import { commandName, type Part, partsOf, SELECTS_BY_NAME, splitFlag, TAKES_VALUE } from './command.ts'
import { type Environment, variableOf } from './environment.ts'
import { RESULTS_SELECTOR } from './selector.ts'

/** What is to run in place of what the command selects. */
export interface Selection {
  /** In dbt's node selection syntax, each a word of its own. */
  selectors: string[]
  /** Whether nothing but what they name is to run: no tests of a model, for example. */
  exact: boolean
  /** The unique_ids of what they take, where that is known. */
  ids?: string[]
  /** What microbatch models among them are to run; without it the newest batches. */
  eventTime?: EventTime | undefined
}

/** A span of the event time, from the first batch's start to the last one's end: `2026-11-22T00:00:00`, in UTC. */
export interface EventTime {
  start: string
  end: string
}

/** Of nodes that are known one by one. */
export type ExactSelection = Selection & { ids: string[] }

/** Commands that build or test nodes, so that those which went wrong can be run again. */
const RERUNNABLE = new Set(['build', 'run', 'test', 'seed', 'snapshot', 'compile', 'clone', 'source'])

/** Whether a selection can take the place of the command's own. @param name the sub command */
export function isRerunnable(name: string): boolean {
  return RERUNNABLE.has(name)
}

/** Commands that take a selection and leave nothing to run again. */
const SELECTS = new Set(['list', 'ls', 'show', 'docs', 'parse'])

/** Whether a command takes a selection. @param name the sub command */
export function takesSelection(name: string): boolean {
  return isRerunnable(name) || SELECTS.has(name)
}

/**
 * The words of a command line with another selection. All that selects nodes by name goes, in every spelling
 * of both engines (`--select a b`, `--select=a`, `-sa`, `-fs a`); all else stays, filters by type too.
 */
export function reselect(words: string[], { selectors, exact, eventTime }: Selection): string[] {
  const goes = ({ flag }: Part) =>
    SELECTS_BY_NAME.has(flag) || flag === '--selector' || (exact && flag === '--indirect-selection')
  const kept = partsOf(words).flatMap((part) => (goes(part) ? [] : part.words))
  if (eventTime) kept.push(...eventTimeOptions(eventTime))
  if (exact) kept.push('--indirect-selection', 'empty')
  return [...kept, '--select', ...selectors]
}

/** https://docs.getdbt.com/docs/build/incremental-microbatch#backfills */
export function eventTimeOptions({ start, end }: EventTime): string[] {
  return ['--event-time-start', start, '--event-time-end', end]
}

/** Whether a command says itself which batches of microbatch models run, so that it runs the same ones again. */
export function choosesBatches(words: string[]): boolean {
  return partsOf(words).some(({ flag }) => /^(--full-refresh|-f|--event-time-(start|end))$/.test(flag))
}

/** Whether options name nodes, be it to leave them out, or begin with a word that is none of theirs. */
export function namesNodes(words: string[]): boolean {
  const excludes = partsOf(words).some(({ flag }) => flag === '--exclude')
  return excludes || hasSelection(words) || (words.length > 0 && !words[0]?.startsWith('-'))
}

/** Whether a command selects nodes by name; what it excludes is no selection. */
export function hasSelection(words: string[]): boolean {
  return partsOf(words).some(({ flag }) => {
    return flag === '--selector' || (flag !== '--exclude' && SELECTS_BY_NAME.has(flag))
  })
}

/** Above this a selection by file is faster: each selector costs dbt up to 0.1 s. */
export const MOST_SELECTORS = 50

/**
 * The words of a command line with a selection by `resultsOf`, whose file is in `folder`. dbt looks there for
 * what it compares with, so a `--state` that the command has becomes the `--defer-state` that it is used for.
 * @param env as dbt gets it, which may have DBT_STATE
 */
export function reselectByFile(
  words: string[],
  folder: string,
  env: Environment,
  eventTime?: EventTime,
): string[] {
  const parts = partsOf(reselect(words, { selectors: [RESULTS_SELECTOR], exact: true, eventTime }))
  const kept = parts.filter(({ flag }) => flag !== '--state').flatMap((part) => part.words)
  const given = parts.findLast(({ flag }) => flag === '--state')
  const state = given ? given.value : variableOf(env, 'STATE')
  const defers = parts.some(({ flag }) => flag === '--defer-state')
  const deferred = defers || variableOf(env, 'DEFER_STATE')
  const own = state && !deferred ? ['--defer-state', state] : []
  // In front, for --select takes all that follows.
  return [...kept.slice(0, -2), '--state', folder, ...own, ...kept.slice(-2)]
}

/** Options whose value is a path or the name of one. */
const PATH =
  /^(--state|--defer-state|--deprecated-state|--with-sample|--record-timing-info|--.*-(dir|path|file|file-name))$/
/** `-r path`, also behind options without a value and with the value attached. */
const RECORD = /^-[dfqx]*r(.*)$/s

/** A file for `source freshness`; for others, as `json`, a format. */
const OUTPUT = /^(--output|-o)$/

/** The options of a command line that name a path, with their values. */
export function pathOptions(words: string[]): string[] {
  const found: string[] = []
  const writes = commandName(words) === 'source'
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const [flag, inline] = splitFlag(word)
    const attached = RECORD.exec(word)?.[1]
    const isPath = PATH.test(flag) || attached !== undefined || (writes && OUTPUT.test(flag))
    const takes = inline === undefined && !attached && (TAKES_VALUE.has(flag) || isPath)
    if (isPath) found.push(`${flag} ${inline ?? attached ?? ''}${takes ? (words[i + 1] ?? '') : ''}`)
    // A value is none of the command's options, whatever it looks like.
    if (takes) i++
  }
  return found
}
