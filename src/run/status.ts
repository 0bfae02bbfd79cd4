/**
 * dbt's words for the status of a node, and what each means to us. From dbt's schemas (NodeStatus in
 * https://schemas.getdbt.com/dbt/run-results/v6.json) and from recorded runs of both engines.
 */

/** What became of a node, in the words of the outputs. */
export type Outcome = 'success' | 'warn' | 'failed' | 'skipped' | 'cancelled'

const OUTCOMES: Record<string, Outcome> = {
  success: 'success',
  pass: 'success',
  reused: 'success',
  warn: 'warn',
  error: 'failed',
  fail: 'failed',
  'runtime error': 'failed',
  'partial success': 'failed',
  skipped: 'skipped',
  'no-op': 'skipped',
  // Of v2; and ours where the run was stopped, or dbt reported no end of the node.
  cancelled: 'cancelled',
}

/** The status of a node that has not ended; dbt's "compiling" and "executing" are this too. */
export const STARTED = 'started'
/** Ours: the status of a node that is to run again. */
export const WAITING = 'waiting'

const RUNNING = new Set([STARTED, WAITING, 'compiling', 'executing'])

/** The statuses that need no further run. */
const GOOD = new Set(['success', 'pass', 'reused', 'warn', 'no-op'])

/** Whether a node with this status needs no further run; an unknown status does. */
export function hasSucceeded(status: string): boolean {
  return GOOD.has(status)
}

/**
 * A word of dbt's as a final status, or undefined where it is none: still running, "None", or a word that this
 * version does not know. Spelled in any case, with blanks, dashes or underscores: engines differ.
 */
export function finalStatus(word: string): string | undefined {
  const status = word.toLowerCase().replaceAll('_', ' ')
  if (status === 'no op') return 'no-op'
  if (status === 'canceled') return 'cancelled'
  return Object.hasOwn(OUTCOMES, status) ? status : undefined
}

/** Like finalStatus, for a file's status: an unknown word is kept, since the node did end. */
export function recordedStatus(word: string): string | undefined {
  const status = finalStatus(word)
  if (status !== undefined) return status
  const unknown = word.toLowerCase()
  return unknown === '' || unknown === 'none' || RUNNING.has(unknown) ? undefined : unknown
}

/** Undefined while the node runs. An unknown status is a warning: shown, but neither success nor failure. */
export function outcome(status: string): Outcome | undefined {
  if (RUNNING.has(status)) return undefined
  return Object.hasOwn(OUTCOMES, status) ? OUTCOMES[status] : 'warn'
}
