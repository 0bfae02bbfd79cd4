import { neverBegun } from '../run/commands.ts'
import { countNodes, counts, failedNodes } from '../run/counts.ts'
import { compare } from '../run/history.ts'
import { notSucceeded, selectionOf } from '../run/retry.ts'
import type { Run } from '../run/run.ts'
import type { SavedRun } from '../run/saved.ts'
import { type FailOn, verdict } from '../run/verdict.ts'
import { type Links, ROLLUP } from './check-run.ts'

export interface OutputsInput {
  failOn: FailOn
  links: Links
  /** The path of the run_results.json of several invocations; empty where there is none. */
  mergedRunResults: string
  /** The path of the report page; empty where there is none. */
  report: string
  /** What the run is compared with. */
  base?: SavedRun | undefined
}

/** The outputs of action.yml, by name. */
export function outputsOf(
  run: Run,
  { failOn, links, mergedRunResults, report, base }: OutputsInput,
): Record<string, string> {
  const { total, success, warn, failed, skipped, cancelled } = countNodes(run)
  const figures = { total, success, warn, failed, skipped, cancelled, 'exit-code': run.exitCode }
  const failedIds = failedNodes(run)
    .filter(counts)
    .map((node) => node.uniqueId)
  const ownRunResults = run.invocations.map(({ runResultsPath }) => runResultsPath).filter(Boolean)
  const continued = [...run.nodes.values()].some(({ origin }) => origin !== '')
  const several = ownRunResults.length > 1 || continued
  return {
    status: verdict(run, failOn),
    ...Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)])),
    'failed-nodes': JSON.stringify(failedIds),
    'new-failures': base ? JSON.stringify(compare(run, base).newFailures) : '',
    'rerun-select': rerunSelect(run),
    manifest: run.invocations.findLast(({ manifestPath }) => manifestPath !== '')?.manifestPath ?? '',
    // Of one invocation dbt's own file, of several the merged one.
    'run-results': (several && mergedRunResults) || (ownRunResults.at(-1) ?? ''),
    report,
    'check-url': links.get(ROLLUP) ?? '',
  }
}

/** A dispatch takes 65,535 characters of inputs in all: https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event */
const LONGEST_SELECT = 60_000

/** As input select takes it; empty where all is good, or it cannot be told. */
function rerunSelect(run: Run): string {
  // Of commands that never began it is not known which nodes are theirs.
  const selection = neverBegun(run) > 0 ? undefined : selectionOf(run, notSucceeded(run))
  if (!selection || selection.eventTime) return ''
  // Without quotes: they hold no blanks and none of a shell's quotes.
  const select = selection.selectors.join(' ')
  return select.length > LONGEST_SELECT ? '' : select
}
