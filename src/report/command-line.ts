/** What the command line prints before and after a run. */
import { reselect, type Selection } from '../dbt/selection.ts'
import { shellQuote } from '../dbt/selector.ts'
import { countNodes, counts } from '../run/counts.ts'
import { notSucceeded, selectionOf } from '../run/retry.ts'
import type { Run } from '../run/run.ts'
import { isComplete, type SavedRun } from '../run/saved.ts'
import type { Verdict } from '../run/verdict.ts'
import { figure, plural } from './figures.ts'
import { type Colour, coloured, placeText, type Style } from './row.ts'
import { inert } from './text.ts'

/** `10 of 30 nodes again: dbt build`. @param ids of the nodes that run; undefined where all do */
export function againLine({ nodes }: SavedRun, ids: string[] | undefined, command: string): string {
  const total = nodes.filter(counts).length
  const what = ids ? `${figure(ids.length)} of ${plural(total, 'node')}` : 'Everything'
  return inert(`${what} again: ${command}`)
}

export interface Closing {
  /** What the run came to, the title first. */
  text: string
  verdict: Verdict
  /** The path of the HTML report; empty where there is none. */
  report: string
  /** The command that continues the run; empty where none can. */
  next: string
}

/** The last lines: the verdict in its colour, where the report is, and what to type next. */
export function closing(run: Run, { text, verdict, report, next }: Closing, style: Style): string {
  const [title = '', ...rest] = inert(text).split('\n')
  const lines = [coloured(title, verdictColour(run, verdict), style), ...rest]
  if (report) lines.push(`Report: ${placeText({ path: report }, style)}`)
  const left = next && whatNext(run)
  if (left) lines.push(`${left}:`, `  ${coloured(inert(next), 'bold', style)}`)
  return lines.join('\n')
}

function verdictColour(run: Run, verdict: Verdict): Colour {
  if (verdict !== 'success') return verdict === 'failure' ? 'red' : 'yellow'
  const { failed, warn } = countNodes(run)
  return failed + warn > 0 ? 'yellow' : 'green'
}

/** Undefined where nothing is left to run, or nothing began. */
function whatNext(run: Run): string | undefined {
  const { total } = countNodes(run)
  const left = notSucceeded(run)
  const complete = isComplete(run)
  if (total === 0 || (complete && left.length === 0)) return undefined
  if (!complete || !selectionOf(run, left)) return 'To run everything again'
  return `To run what hasn't succeeded (${figure(left.length)} of ${plural(total, 'node')})`
}

/** A command as the user would type it; of an exact selection only how many nodes it has. */
export function typedCommand(words: string[], selection: Selection | undefined): string {
  const given = words.slice(words[0] === 'dbt' ? 1 : 0)
  if (!selection) return ['dbt', ...given].map(shellQuote).join(' ')
  const { exact, selectors } = selection
  const few = !exact || selectors.length < 3
  const shown = ['dbt', ...reselect(given, few ? selection : { ...selection, selectors: [] })]
    .map(shellQuote)
    .join(' ')
  return few ? shown : `${shown} (${selectors.length} nodes)`
}
