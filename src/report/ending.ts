import { commandName } from '../dbt/command.ts'
import type { Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import { idleText, matchesNothing, whatFailed } from '../run/verdict.ts'
import { type Advised, adviceFor } from './advice.ts'
import { failureLine, firstLine } from './message.ts'
import { plain } from './text.ts'

/** How the run ended, where the counts of nodes do not say it; empty where they do, or it goes on. */
export function endingText(run: Run, advised: Advised): string {
  if (run.exitCode === undefined) return ''
  if (run.stoppedAt !== undefined) return 'stopped'
  if (matchesNothing(run)) return idleText(run) || 'no node selected'
  const failure = whatFailed(run)
  switch (failure?.kind) {
    case undefined:
      return ''
    case 'signal':
      return `dbt was killed by ${failure.signal} (exit code ${run.exitCode})`
    case 'hook': {
      const [first] = failure.hooks
      const names = failure.hooks.map(({ name }) => name).join(', ')
      return `hook ${names} failed${first?.message ? `: ${failureLine(first)}` : ''}`
    }
    case 'not started':
      return `dbt did not start${because(failure.error, advised)}`
    case 'exit':
      if (commandName(failure.command) === 'deps') return `dbt deps failed${because(failure.error, advised)}`
      // What dbt cannot begin with, in words that need no exit code.
      return failure.error && !hasBegun(run)
        ? startText(run, failure.error, advised)
        : `dbt ended with exit code ${failure.code}${because(failure.error, advised)}`
  }
}

/** Whether dbt came to a node. v2 lists those of a project that it cannot parse as skipped. */
function hasBegun(run: Run): boolean {
  return [...run.nodes.values()].some(({ status }) => outcome(status) !== 'skipped')
}

/** Core has a headline; dbt v2 names the place in a file of the project. */
const PARSING =
  /^\s*(?:Compilation|Parsing) Error\b|--> (?![^\n:]{0,300}(?:profiles|dbt_project)\.yml)[^\n:]{1,300}\.(?:sql|py|ya?ml|md|csv)\b/m
/** dbt answers to a wrong command line before its log begins: Core, v2. */
const USAGE = /^Usage: dbt\b|For more information, try '/m

/** How dbt ended before its first node. */
function startText(run: Run, error: string, advised: Advised): string {
  const advice = adviceFor(error, advised)
  if (advice?.standsAlone) return advice.title
  const message = plain(error.slice(0, LONGEST))
  const began = run.invocations.at(-1)?.id !== '' || USAGE.test(message)
  const what = PARSING.test(message)
    ? 'dbt could not parse the project'
    : began
      ? 'dbt failed'
      : 'dbt could not start'
  return `${what}${because(error, advised)}`
}

/** In characters: what an error is stands at its beginning. */
const LONGEST = 8_000

function because(error: string, advised: Advised): string {
  return error ? `: ${adviceFor(error, advised)?.title ?? firstLine(error)}` : ''
}
