import type { Run } from '../run/run.ts'
import type { Evidence } from './annotation.ts'
import type { Links } from './check-run.ts'
import { errorParts } from './dbt-errors.ts'
import { deedsText } from './deeds.ts'
import { failureFolds } from './failure-folds.ts'
import { failureTable } from './failure-table.ts'
import type { RowsByTest } from './row-table.ts'
import type { Subject } from './subject.ts'
import { folds } from './summary-folds.ts'
import { heading } from './summary-heading.ts'
import { bytes, cutBytes } from './text.ts'

export interface SummaryInput {
  run: Run
  subject: Subject
  /** Where failed and warned nodes are written. */
  evidence: ReadonlyMap<string, Evidence>
  links: Links
  /** What could not be shown, or was overridden, in sentences. */
  notices: string[]
  /** The rows of failed tests, where they may be shown. */
  rows?: RowsByTest | undefined
}

/**
 * What a job summary has at most, in bytes; beyond that it is no summary. The runner drops one above 1 MiB:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
 */
export const SUMMARY_LIMIT = 190_000
/** https://docs.github.com/en/rest/checks/runs: output.summary; of the characters and of the UTF-8 bytes. */
export const CHECK_LIMIT = 65_535

/**
 * The job summary, and the summary of the roll-up: verdict, a table of failures, and all else folded away. Within
 * `limit` bytes, the least important left out first, which is stated.
 */
export function summary(input: SummaryInput, limit: number): string {
  return fit(parts(input), limit)
}

/** Made one by one, so that what does not fit is never made: 10,000 nodes are a megabyte of rows. */
function* parts(input: SummaryInput): Generator<string> {
  yield heading(input)
  yield deedsText(input.run)
  yield* errorParts(input.run, input.subject)
  yield failureTable(input)
  yield* failureFolds(input)
  yield* folds(input)
}

/** In rows; a comment is no place for more. */
const FEWEST_ROWS = 3

/** The first block alone, for a comment: verdict and failures, as many as fit into `limit` bytes. */
export function shortSummary(input: SummaryInput, limit: number): string {
  const head = heading(input)
  const [error = ''] = errorParts(input.run, input.subject)
  for (let rows = 20; rows >= FEWEST_ROWS; rows--) {
    const text = [head, error, failureTable(input, rows)].filter(Boolean).join('\n\n')
    if (bytes(text) <= limit) return text
  }
  return fit([head, failureTable(input, FEWEST_ROWS), error], limit)
}

const LEFT_OUT = '\n\n_The rest is left out: there is no room for more here._'

/** As many parts as fit, from the first on. */
export function fit(parts: Iterable<string>, limit: number): string {
  const shown: string[] = []
  let size = bytes(LEFT_OUT)
  for (const part of parts) {
    if (part === '') continue
    size += bytes(part) + 2
    // Not even the first one: better its beginning than nothing.
    if (size > limit) return shown.length > 0 ? shown.join('\n\n') + LEFT_OUT : cutBytes(part, limit)
    shown.push(part)
  }
  return shown.join('\n\n')
}
