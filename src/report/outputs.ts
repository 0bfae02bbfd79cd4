import { notGood, selectionOf } from '../run/retry.ts'
import { countNodes, counts, failedNodes, type Run } from '../run/run.ts'
import { type FailOn, verdict } from '../run/verdict.ts'
import { ROLLUP } from './check-run.ts'

/** The outputs of action.yml, by name. */
export function outputsOf(
  ended: {
    run: Run
    manifestPath: string
    /** Of one attempt, or merged of several. */
    runResultsPath: string
    urlOf(key: string): string | undefined
  },
  failOn: FailOn,
): Record<string, string> {
  const { run } = ended
  const { total, success, warn, failed, skipped, cancelled } = countNodes(run)
  const figures = { total, success, warn, failed, skipped, cancelled, 'exit-code': run.exitCode }
  const failedIds = failedNodes(run)
    .filter(counts)
    .map((node) => node.uniqueId)
  return {
    status: verdict(run, failOn),
    ...Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)])),
    'failed-nodes': JSON.stringify(failedIds),
    'rerun-select': rerunSelect(run),
    manifest: ended.manifestPath,
    'run-results': ended.runResultsPath,
    'check-url': ended.urlOf(ROLLUP) ?? '',
  }
}

/** A dispatch takes 65,535 characters of inputs in all: https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event */
const LONGEST_SELECT = 60_000

/** As input select takes it; empty where all is good, or it cannot be told. */
function rerunSelect(run: Run): string {
  // Without quotes: they hold no blanks and none of a shell's quotes.
  const select = selectionOf(run, notGood(run))?.selectors.join(' ') ?? ''
  return select.length > LONGEST_SELECT ? '' : select
}
