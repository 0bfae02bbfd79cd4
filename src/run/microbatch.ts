/**
 * Microbatch models in reruns. A command that runs one again takes its newest batches alone, so that those which
 * failed before them would be missing under a success. https://docs.getdbt.com/docs/build/incremental-microbatch
 */
import { choosesBatches, type EventTime, type ExactSelection } from '../dbt/selection.ts'
import { engineOf, type Node, type Run } from './run.ts'
import { hasSucceeded, outcome } from './status.ts'

/** A node of a selection. */
export interface SelectionPart {
  uniqueId: string
  selector: string
  microbatch?: boolean | undefined
  /** Where it ran, and some of its batches failed. */
  failedBatches?: EventTime | undefined
}

/**
 * Selects these nodes and no other. Where batches failed, dbt gets their event time, which holds for all microbatch
 * models; those that have not run at all, for which it would be too little, are left for the rerun after that.
 */
export function selectionOfParts(parts: SelectionPart[]): ExactSelection {
  const spans = parts
    .filter(({ microbatch }) => microbatch)
    .flatMap(({ failedBatches }) => failedBatches ?? [])
  const taken = spans.length === 0 ? parts : parts.filter((part) => !part.microbatch || part.failedBatches)
  const selection = {
    selectors: taken.map(({ selector }) => selector),
    exact: true,
    ids: taken.map(({ uniqueId }) => uniqueId),
  }
  if (spans.length === 0) return selection
  // ISO 8601 in one zone sorts as text.
  const [start = ''] = spans.map((span) => span.start).sort()
  const end =
    spans
      .map((span) => span.end)
      .sort()
      .at(-1) ?? ''
  return { ...selection, eventTime: { start, end } }
}

/** Whether a rerun of a node leaves out batches that failed: dbt v2 does not say which those are. */
export function losesBatches(run: Run, { uniqueId, invocation }: Node): boolean {
  if (run.graph.get(uniqueId)?.microbatch !== true || engineOf(run).engine !== 'v2') return false
  const { command } = run.invocations[invocation - 1] ?? {}
  return command !== undefined && !choosesBatches(command.words)
}

/** Models that succeed now, though batches of an earlier failure may be missing. */
export function lostBatches(run: Run): Node[] {
  return [...run.nodes.values()].filter((node) => {
    const failed = node.earlier.some(({ status }) => outcome(status) === 'failed')
    return failed && hasSucceeded(node.status) && losesBatches(run, node)
  })
}
