import { counts } from '../run/counts.ts'
import { outcome, WAITING } from '../run/status.ts'
import { failureFolds } from './failure-folds.ts'
import { failureTable } from './failure-table.ts'
import { titleName } from './names.ts'
import { CHECK_LIMIT, fit, type SummaryInput } from './summary.ts'
import { commandLine } from './summary-heading.ts'
import { code } from './text.ts'

const MOST_RUNNING = 20

/** The text of the roll-up while dbt runs: little, since each update replaces it all. */
export function progress(input: SummaryInput): string {
  const running = [...input.run.nodes.values()]
    .filter((node) => counts(node) && outcome(node.status) === undefined && node.status !== WAITING)
    .sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0))
    .slice(0, MOST_RUNNING)
  const now = running.map((node) => `- ${code(titleName(input.run, node))}`)
  function* parts(): Generator<string> {
    yield commandLine(input)
    yield failureTable(input)
    if (now.length > 0) yield `**Running**\n\n${now.join('\n')}`
    yield* failureFolds(input)
  }
  return fit(parts(), CHECK_LIMIT)
}
