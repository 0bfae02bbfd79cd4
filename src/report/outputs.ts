import { countNodes, counts, failedNodes, type Invocation } from '../invocation/invocation.ts'
import { type FailOn, verdict } from '../invocation/verdict.ts'
import { ROLLUP } from './check-run.ts'

/** The outputs of action.yml, by name. */
export function outputsOf(
  run: {
    invocation: Invocation
    manifestPath: string
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
    manifest: run.manifestPath,
    'run-results': run.runResultsPath,
    'check-url': run.urlOf(ROLLUP) ?? '',
  }
}
