/** Nodes and hooks in v2's OTEL log. The names and enumerations are those of its protobuf schema. */

import { type Fields, fields, text } from '../json.ts'
import type { ErrorType, NodeInfo } from './event.ts'
import { integer, member, milliseconds } from './otel-value.ts'
import { withoutStack } from './v2-message.ts'

/** @param status the node's, in dbt's words */
export function nodeInfoOf(record: Fields, attributes: Fields, status: string): NodeInfo | undefined {
  const uniqueId = text(attributes.unique_id)
  if (!uniqueId) return undefined
  const materialization = member(attributes.materialization, 'NODE_MATERIALIZATION')
  const cause = text(fields(attributes.node_skip_upstream_detail).upstream_unique_id)
  const definedAt = integer(attributes.defined_at_line)
  const errorType = errorTypeOf(attributes)
  const ended = record.record_type === 'SpanEnd'
  const startedAt = milliseconds(record.start_time_unix_nano) || undefined
  return {
    uniqueId,
    status,
    resourceType: attributes.hook_type ? 'operation' : member(attributes.node_type, 'NODE_TYPE'),
    name: text(attributes.name),
    path: text(attributes.relative_path),
    materialized: materialization === 'custom' ? text(attributes.custom_materialization) : materialization,
    relation: relationOf(attributes),
    startedAt,
    finishedAt: ended ? milliseconds(record.end_time_unix_nano) || undefined : undefined,
    ...(cause && { cause }),
    ...(definedAt && { definedAt }),
    ...(errorType && { errorType }),
  }
}

/** As v2's JSON log writes it. */
function relationOf({ node_type, database, schema, identifier }: Fields): string {
  if (!/MODEL|SEED|SNAPSHOT|SOURCE/.test(text(node_type))) return ''
  return [database, schema, identifier].map(text).filter(Boolean).join('.')
}

function errorTypeOf({ node_error_type }: Fields): ErrorType | undefined {
  const type = member(node_error_type, 'NODE_ERROR_TYPE')
  return type === 'user' || type === 'external' || type === 'internal' ? type : undefined
}

/**
 * What became of a node or hook, in dbt's words for run_results.json. The outcome says whether dbt came through
 * with it; for a test and a source, what it found is beside that, and is missing where all was well.
 */
export function statusOf(attributes: Fields): string {
  const { node_outcome, hook_outcome } = attributes
  switch (member(node_outcome, 'NODE_OUTCOME') || member(hook_outcome, 'HOOK_OUTCOME')) {
    case 'success':
      return found(attributes)
    case 'error':
      return 'error'
    case 'canceled':
      return 'cancelled'
    case 'skipped':
      return SKIPS.get(member(attributes.node_skip_reason, 'NODE_SKIP_REASON')) ?? 'skipped'
    default:
      return ''
  }
}

const SKIPS = new Map([
  ['cached', 'reused'],
  ['no_op', 'no-op'],
])

function found(attributes: Fields): string {
  const { node_test_detail, node_freshness_outcome, node_evaluation_detail } = attributes
  if (node_test_detail !== undefined) {
    return TEST_OUTCOMES.get(member(fields(node_test_detail).test_outcome, 'TEST_OUTCOME')) ?? 'pass'
  }
  if (node_freshness_outcome !== undefined) {
    const outcome = text(fields(node_freshness_outcome).node_freshness_outcome)
    return outcome.endsWith('_WARNED') ? 'warn' : outcome.endsWith('_FAILED') ? 'error' : 'pass'
  }
  const warned = text(fields(node_evaluation_detail).node_warning_outcome).endsWith('_WITH_WARNINGS')
  return warned ? 'warn' : 'success'
}

const TEST_OUTCOMES = new Map([
  ['warned', 'warn'],
  ['failed', 'fail'],
])

/** `run_result` as Core's NodeFinished has it. */
export interface OtelResult {
  status: string
  message: string
  execution_time: number
  failures: number | undefined
  adapter_response: { rows_affected?: number | undefined }
}

export function otelResult(record: Fields, attributes: Fields, status: string): OtelResult {
  const detail = fields(attributes.node_test_detail)
  const spent = milliseconds(record.end_time_unix_nano) - milliseconds(record.start_time_unix_nano)
  // Of a test, the rows that its query returned, which is one.
  const isTest = attributes.node_test_detail !== undefined
  return {
    status,
    message: text(detail.diff_table) || messageOf(record) || staleness(attributes, status),
    execution_time: (integer(attributes.duration_ms) ?? spent) / 1000,
    failures: integer(detail.failing_rows),
    adapter_response: isTest ? {} : { rows_affected: integer(attributes.rows_affected) },
  }
}

/** How old the newest row of a source is that is not fresh. */
function staleness({ node_freshness_outcome }: Fields, status: string): string {
  const seconds = integer(fields(node_freshness_outcome).age_seconds)
  if (seconds === undefined || status === 'pass') return ''
  const [size, unit] =
    seconds < 2 * 3600 ? [60, 'minutes'] : seconds < 2 * 86400 ? [3600, 'hours'] : [86400, 'days']
  return `The newest row is ${Math.floor(seconds / size)} ${unit} old.`
}

/** A hook's and a source's error is the status of the span; a node's came before in a message of its own. */
function messageOf(record: Fields): string {
  const { message, code } = fields(record.status)
  return code === 2 && message !== 'error' ? withoutStack(text(message)) : ''
}
