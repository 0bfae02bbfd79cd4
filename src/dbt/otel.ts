/**
 * Reads v2's OTEL log (`--log-format otel`), one JSON record a line: SpanStart, SpanEnd, LogRecord. dbt Labs
 * promises only additions to it, where the JSON log is kept for compatibility:
 * https://docs.getdbt.com/docs/fusion/telemetry-observability
 *
 * Each record becomes an event as dbt Core would name it, with a message for people in Core's look. A record
 * that is of no use here is an event at level debug without a message.
 */

import { type Fields, fields, number, text } from '../json.ts'
import type { DbtEvent, MessagePlace } from './event.ts'
import { nodeInfoOf, otelResult, statusOf } from './otel-node.ts'
import { finishLine, installedLine, startLine, summaryLines } from './otel-text.ts'
import { integer, milliseconds } from './otel-value.ts'
import { withoutStack } from './v2-message.ts'

/** What the records before this one said. */
interface Seen {
  version: string
  /** How many nodes there are to run, ephemeral models included; and without those that have started. */
  total: number | undefined
  counted: number
  /** unique_ids with their place in the order of their starts, from 1. */
  numbers: Map<string, number>
}

type Part = Partial<DbtEvent>

/** Reads the records of one process of dbt in their order; undefined for what is no record. */
export function otelReader(): (record: Fields) => DbtEvent | undefined {
  const seen: Seen = { version: '', total: undefined, counted: 0, numbers: new Map() }
  return (record) => {
    const kind = text(record.record_type)
    const type = text(record.event_type).split('.').at(-1) ?? ''
    if (type === '' || !/^(SpanStart|SpanEnd|LogRecord)$/.test(kind)) return undefined
    const base: DbtEvent = {
      name: type,
      level: 'debug',
      msg: '',
      at: atOf(record),
      invocationId: invocationOf(text(record.trace_id)),
      thread: '',
      node: undefined,
      data: {},
    }
    return { ...base, ...partOf(kind, type, record, seen) }
  }
}

function partOf(kind: string, type: string, record: Fields, seen: Seen): Part {
  if (kind === 'LogRecord') return logRecord(type, record, seen)
  const attributes = fields(record.attributes)
  const begins = kind === 'SpanStart'
  // Models that `dbt test` only compiles, for their unit tests. False is not written at all.
  if (type === 'NodeProcessed' && attributes.in_selection !== true) return {}
  switch (type) {
    case 'Invocation':
      return begins ? versionOf(attributes, seen) : completed(record, attributes)
    case 'PhaseExecuted':
      return begins ? totalOf(attributes, seen) : {}
    case 'NodeProcessed':
    case 'HookProcessed':
      return begins ? nodeStart(record, attributes, seen) : nodeFinished(record, attributes, seen)
    case 'NodeEvaluated':
      return begins ? executionStart(record, attributes, seen) : {}
    case 'ArtifactWritten':
      return begins ? {} : { data: { artifact_path: text(attributes.relative_path) } }
    case 'DepsPackageInstalled':
      return begins ? {} : { level: 'info', msg: installedLine(attributes) }
    default:
      return {}
  }
}

function versionOf(attributes: Fields, seen: Seen): Part {
  const { package: product, version } = fields(attributes.process_info)
  seen.version = text(version)
  return reportVersion('debug', text(product), seen.version)
}

function reportVersion(level: 'debug' | 'info', product: string, version: string): Part {
  const name = 'MainReportVersion'
  return { name, level, msg: `Running with ${product}=${version}`, engine: { kind: 'v2', product, version } }
}

/** Phases count the nodes that they are to go through; the first one goes through all. Hooks have their own. */
function totalOf({ phase, node_count_total }: Fields, seen: Seen): Part {
  const total = integer(node_count_total)
  if (!total || seen.total !== undefined || text(phase).includes('ON_RUN_')) return {}
  seen.total = total
  seen.counted = total
  return { name: 'ConcurrencyLine', total }
}

function nodeStart(record: Fields, attributes: Fields, seen: Seen): Part {
  const node = nodeInfoOf(record, attributes, 'started')
  if (!node) return {}
  const isHook = node.resourceType === 'operation'
  if (!isHook) seen.numbers.set(node.uniqueId, seen.numbers.size + 1)
  if (isHook) return { name: 'NodeStart', level: 'info', msg: startLine(node, attributes, ''), node }
  if (node.materialized !== 'ephemeral' || seen.total === undefined) return { name: 'NodeStart', node }
  seen.counted--
  return { name: 'NodeStart', node, total: seen.counted }
}

/** A node that dbt skips starts with its outcome. */
function executionStart(record: Fields, attributes: Fields, seen: Seen): Part {
  const isSkipped = attributes.node_outcome !== undefined
  if (isSkipped || attributes.phase !== 'EXECUTION_PHASE_RUN') return {}
  const node = nodeInfoOf(record, attributes, 'started')
  if (!node || !seen.numbers.has(node.uniqueId) || node.materialized === 'ephemeral') return {}
  const msg = startLine(node, attributes, progress(node.uniqueId, seen))
  // The path is that of a generated file.
  return { name: 'LogStartLine', level: 'info', msg, node: { ...node, path: '' } }
}

function nodeFinished(record: Fields, attributes: Fields, seen: Seen): Part {
  const status = statusOf(attributes)
  const node = nodeInfoOf(record, attributes, status)
  if (!node) return {}
  const result = otelResult(record, attributes, status)
  const msg = finishLine(node, attributes, result, progress(node.uniqueId, seen))
  const level = /error|fail/.test(status) ? 'error' : status === 'warn' ? 'warn' : 'info'
  return {
    name: 'NodeFinished',
    level: msg === '' ? 'debug' : level,
    msg,
    node,
    data: { run_result: result },
  }
}

/** `3 of 30 `, as Core counts. */
function progress(uniqueId: string, { numbers, total }: Seen): string {
  const index = numbers.get(uniqueId)
  return index === undefined || total === undefined ? '' : `${index} of ${total} `
}

function completed(record: Fields, attributes: Fields): Part {
  // https://opentelemetry.io/docs/specs/otel/trace/api/#set-status: 1 is Ok, 2 is Error
  const success = fields(record.status).code === 1
  const seconds = (atOf(record) - milliseconds(record.start_time_unix_nano)) / 1000
  const msg = summaryLines(attributes, success, seconds)
  return { name: 'CommandCompleted', level: 'info', msg, data: { success } }
}

function logRecord(type: string, record: Fields, { version }: Seen): Part {
  const attributes = fields(record.attributes)
  const level = levelOf(record.severity_text)
  const body = text(record.body)
  switch (type) {
    case 'LogMessage':
      return logMessage(record, attributes, level, body)
    case 'UserLogMessage':
      return { name: attributes.is_print === true ? 'PrintEvent' : 'JinjaLogInfo', level, msg: body }
    case 'ProgressMessage': {
      const [action, target] = [text(attributes.action), text(attributes.target)]
      // The first one names the product: `dbt-core 2.0.0-alpha.4`.
      if (target === version && action.startsWith('dbt')) return reportVersion('info', action, version)
      const words = [action, target, text(attributes.description)]
      return { level, msg: body || words.filter(Boolean).join(' ') }
    }
    default:
      // What `dbt show`, `list` and `compile` print.
      return { level, msg: body || text(attributes.content) || text(attributes.sql) }
  }
}

function logMessage(record: Fields, attributes: Fields, level: DbtEvent['level'], body: string): Part {
  const name = text(attributes.code_name)
  const code = number(attributes.code)
  const place = placeOf(attributes)
  return {
    name: name || 'Message',
    level,
    msg: withoutStack(body),
    node: nodeInfoOf(record, attributes, ''),
    ...(name && { code: code === undefined ? name : `${name} (dbt${code.toString().padStart(4, '0')})` }),
    ...(place && { place }),
  }
}

function placeOf({ relative_path, code_line, code_column }: Fields): MessagePlace | undefined {
  const path = text(relative_path).replace(/^\.\//, '')
  // `<RUN_OPERATION>` and the like are no files.
  if (path === '' || path.startsWith('<')) return undefined
  return { path, line: number(code_line), column: number(code_column) }
}

function levelOf(severity: unknown): DbtEvent['level'] {
  const level = text(severity).toLowerCase()
  return level === 'error' || level === 'warn' || level === 'info' ? level : 'debug'
}

/** The trace has the id of the invocation, without dashes. */
function invocationOf(trace: string): string {
  return trace.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function atOf(record: Fields): number {
  const { end_time_unix_nano, time_unix_nano, start_time_unix_nano } = record
  return milliseconds(end_time_unix_nano ?? time_unix_nano ?? start_time_unix_nano)
}
