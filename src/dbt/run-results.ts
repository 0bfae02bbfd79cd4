import { type Fields, fields, number, text } from '../json.ts'
import { readEntries } from './entries.ts'
import { LONGEST_TEXT, time } from './event.ts'
import type { EventTime } from './selection.ts'

/** A node's result; https://schemas.getdbt.com/dbt/run-results/v6.json, read for these alone. */
export interface RunResult {
  uniqueId: string
  status: string
  message: string
  /** Rows that a test found, where dbt says. */
  failures: number | undefined
  /** In seconds, by dbt's own clock. */
  executionTime: number | undefined
  startedAt: number | undefined
  finishedAt: number | undefined
  rowsAffected: number | undefined
  relation: string
  /** The batches of a microbatch model that failed; dbt Core only. */
  failedBatches?: FailedBatches
  /** Of a source: how old its newest row is; undefined for all else, and where dbt could not ask. */
  freshness?: Freshness
}

/** Batches that another run of the same command would leave out. */
export interface FailedBatches extends EventTime {
  failed: number
  /** How many there were, those that succeeded too. */
  total: number
}

/** https://schemas.getdbt.com/dbt/sources/v3.json */
export interface Freshness {
  ageSeconds: number
  /** In milliseconds since the epoch. */
  maxLoadedAt: number | undefined
  /** Such as `7 days`; empty where there is no such limit. */
  warnAfter: string
  errorAfter: string
}

export interface RunResults {
  invocationId: string
  results: RunResult[]
}

const SECTIONS = new Set(['metadata', 'results', 'args'])

/**
 * Reads run_results.json, or sources.json of `dbt source freshness`, whose results have the same shape.
 * The caller must compare `invocationId` with the stream's: the file of an earlier command may still be there.
 * @throws Error where the file cannot be read or is no such file.
 */
export async function readRunResults(path: string): Promise<RunResults> {
  const file: RunResults = { invocationId: '', results: [] }
  let command = ''
  let rebuilds = false
  for await (const [section, key, value] of readEntries(path, SECTIONS)) {
    if (section === 'metadata') {
      if (key === 'invocation_id') file.invocationId = text(value)
    } else if (section === 'args') {
      if (key === 'which') command = text(value)
      if (key === 'full_refresh') rebuilds = value === true
    } else {
      const result = runResult(value)
      if (result.uniqueId && result.status) file.results.push(result)
    }
  }
  // When one fails, Fusion writes that every node of the project ended in "Compilation Error"; it ran none.
  if (command === 'run-operation') file.results = file.results.flatMap(operationOf)
  // Then the same command runs all batches again.
  if (rebuilds) for (const result of file.results) delete result.failedBatches
  return file
}

/** Core names an operation `macro.<package>.<name>`, Fusion as the command does: `<name>` or `<package>.<name>`. */
function operationOf(result: RunResult): RunResult[] {
  const { uniqueId } = result
  if (uniqueId.startsWith('macro.')) return [result]
  const [name = '', , ...others] = uniqueId.split('.').reverse()
  // As where it fails (`failOperation`).
  return others.length === 0 ? [{ ...result, uniqueId: name }] : []
}

/** Also reads `run_result` of a NodeFinished event, which has fewer fields. */
export function runResult(value: unknown): RunResult {
  const result = fields(value)
  const timing = Array.isArray(result.timing) ? result.timing.map(fields) : []
  return {
    uniqueId: text(result.unique_id),
    status: text(result.status),
    // sources.json has the latter.
    message: (text(result.message) || text(result.error)).slice(0, LONGEST_TEXT),
    failures: number(result.failures ?? result.num_failures),
    executionTime: number(result.execution_time),
    startedAt: time(timing[0]?.started_at),
    finishedAt: time(timing.at(-1)?.completed_at),
    rowsAffected: rowsAffected(fields(result.adapter_response).rows_affected),
    relation: text(result.relation_name),
    ...freshnessOf(result),
    ...batchesOf(fields(result.batch_results)),
  }
}

/** Pairs of the first moment of a batch and the first one after it, in ISO 8601 with a zone. */
function batchesOf({ successful, failed }: Fields): { failedBatches?: FailedBatches } {
  const spans = Array.isArray(failed) ? failed.filter(Array.isArray) : []
  const starts = spans.map(([start]) => time(start)).filter((at) => at !== undefined)
  const ends = spans.map(([, end]) => time(end)).filter((at) => at !== undefined)
  if (starts.length === 0 || ends.length === 0) return {}
  const failedBatches = {
    failed: spans.length,
    total: spans.length + (Array.isArray(successful) ? successful.length : 0),
    start: utc(Math.min(...starts)),
    end: utc(Math.max(...ends)),
  }
  return { failedBatches }
}

/** As options of dbt take it: `2026-11-22T00:00:00`. */
function utc(at: number): string {
  return new Date(at).toISOString().slice(0, 19)
}

function freshnessOf(result: Fields): { freshness?: Freshness } {
  const ageSeconds = number(result.max_loaded_at_time_ago_in_s)
  if (ageSeconds === undefined) return {}
  const { warn_after, error_after } = fields(result.criteria)
  const freshness = {
    ageSeconds,
    maxLoadedAt: time(result.max_loaded_at),
    warnAfter: limitOf(fields(warn_after)),
    errorAfter: limitOf(fields(error_after)),
  }
  return { freshness }
}

function limitOf({ count, period }: Fields): string {
  const limit = number(count)
  return limit === undefined ? '' : `${limit} ${text(period)}${limit === 1 ? '' : 's'}`
}

/** Adapters say -1 where they do not know. */
function rowsAffected(value: unknown): number | undefined {
  const rows = number(value)
  return rows !== undefined && rows >= 0 ? rows : undefined
}
