import { notGood, selectionOf } from '../invocation/attempts.ts'
import { countNodes, counts, failedNodes, type Invocation } from '../invocation/invocation.ts'
import { type FailOn, verdict } from '../invocation/verdict.ts'
import { ROLLUP } from './check-run.ts'

/** The outputs of action.yml, by name. */
export function outputsOf(
  run: {
    invocation: Invocation
    manifestPath: string
    /** Of one attempt, or merged of several. */
    runResultsPath: string
    urlOf(key: string): string | undefined
  },
  failOn: FailOn,
): Record<string, string> {
  const { invocation } = run
  const { total, success, warn, failed, skipped, cancelled } = countNodes(invocation)
  const figures = { total, success, warn, failed, skipped, cancelled, 'exit-code': invocation.exitCode }
  const failedIds = failedNodes(invocation)
    .filter(counts)
    .map((node) => node.uniqueId)
  return {
    status: verdict(invocation, failOn),
    ...Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)])),
    'failed-nodes': JSON.stringify(failedIds),
    'rerun-select': rerunSelect(invocation),
    manifest: run.manifestPath,
    'run-results': run.runResultsPath,
    'check-url': run.urlOf(ROLLUP) ?? '',
  }
}

/** A dispatch takes 65,535 characters of inputs in all: https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event */
const LONGEST_SELECT = 60_000

/** As input select takes it; empty where all is good, or it cannot be told. */
function rerunSelect(invocation: Invocation): string {
  // Without quotes: they hold no blanks and none of a shell's quotes.
  const select = selectionOf(invocation, notGood(invocation))?.selectors.join(' ') ?? ''
  return select.length > LONGEST_SELECT ? '' : select
}
