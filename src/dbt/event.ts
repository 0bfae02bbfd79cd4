/**
 * What dbt reports while it runs, in the words of dbt Core's structured log, whichever engine and format it came
 * from: https://docs.getdbt.com/reference/events-logging
 *
 * Any line can come here, also one that a project printed to look like an event. So nothing is believed about
 * the type of a field, and nothing throws.
 */

import { type Fields, fields, number, type Share, sharer, text } from '../json.ts'
import { type Engine, reportedEngine } from './engine.ts'
import { otelReader } from './otel.ts'
import { v2MessageOf } from './v2-message.ts'

export interface DbtEvent {
  name: string
  level: Level
  /** For people; may hold ANSI colours and newlines. */
  msg: string
  /** When dbt said it, in milliseconds since the epoch. */
  at: number
  invocationId: string
  thread: string
  /** Of the process that wrote it, where it is given. */
  pid?: number | undefined
  /** `node_info`, where the event is about a node. */
  node: NodeInfo | undefined
  /** The rest of `data`, unread. */
  data: Fields
  /** Which dbt it is, where the event names it. */
  engine?: Engine
  /** How many nodes the invocation is to run, as far as it is known by now; without ephemeral models. */
  total?: number
  /** What v2 calls the message, such as `DbDriverFailed (dbt1308)`. */
  code?: string
  /** Where in the project's files the message points; v2's OTEL log only. */
  place?: MessagePlace
}

type Level = 'debug' | 'info' | 'warn' | 'error'

/** A position in a file of the project; numbers from 1, undefined where dbt names the file alone. */
export interface MessagePlace {
  /** Relative to the project. */
  path: string
  line: number | undefined
  column: number | undefined
}

/** `node_info` in the words of dbt; empty strings where dbt says nothing. */
export interface NodeInfo {
  uniqueId: string
  status: string
  resourceType: string
  name: string
  path: string
  materialized: string
  relation: string
  startedAt: number | undefined
  finishedAt: number | undefined
  /** unique_id of the node that caused a skip, by dbt's own account; v2's OTEL log only. */
  cause?: string
  /** The line of a test's entry in the YAML file `path`, from 1; v2's OTEL log only. */
  definedAt?: number
  /** Whose an error is; v2's OTEL log only. */
  errorType?: ErrorType
}

/**
 * `user`: in the project's code; `external`: of another system, and a retry may help; `internal`: of dbt.
 * From NodeErrorType of dbt's telemetry: https://github.com/dbt-labs/dbt-fusion
 */
export type ErrorType = 'user' | 'external' | 'internal'

/** A message is cut to so many characters, which bounds the work of everything that searches it. */
export const LONGEST_TEXT = 64 * 1024

/** Debug events that say something about a node or the run; the other debug events are nine tenths of the bytes. */
const DEBUG_EVENTS =
  /"name": ?"(?:Node[A-Z]\w+|MarkSkippedChildren|Log\w+|RunResult\w+|SkippingDetails|CommandCompleted|ArtifactWritten|ConcurrencyLine|MainReportVersion)"/

/** What an adapter says while a hook is rendered: dbt Core names the hook nowhere else, where its query fails. */
function isQueryOfHook(line: string): boolean {
  return line.includes('"AdapterEventDebug"') && /"unique_id": ?"operation\./.test(line)
}

/** Spans of v2 within the processing of a node, of which only the start of its execution is read. */
const INNER_SPAN = '"event_type":"v1.public.events.fusion.node.NodeEvaluated"'

/**
 * False for a line that need not be parsed: a debug event that is about no node. Decided by substrings, since
 * parsing all 21 kB a node costs more than all else that we do.
 */
export function isRead(line: string): boolean {
  // Text that only looks like one in the middle.
  if (!line.startsWith('{')) return true
  if (line.startsWith('{"record_type":"Span')) {
    return !line.includes(INNER_SPAN) || line.startsWith('{"record_type":"SpanStart"')
  }
  return !/"level": ?"debug"/.test(line) || DEBUG_EVENTS.test(line) || isQueryOfHook(line)
}

/** Names of threads that are kept once. A microbatch model has some of its own for its batches. */
const MOST_THREADS = 1_000

/**
 * Reads the lines that one process of dbt writes, in order: the event on a line, or undefined where the line is
 * none and should be shown as it is.
 *
 * The first event decides which format it is, so what a project prints in the other one stays text.
 */
export function eventReader(): (line: string) => DbtEvent | undefined {
  const otel = otelReader()
  const share = sharer(MOST_THREADS)
  let format: 'json' | 'otel' | undefined
  return (line) => {
    const json = jsonOf(line)
    if (json === undefined) return undefined
    const own = typeof json.record_type === 'string' ? 'otel' : 'json'
    if (format !== undefined && format !== own) return undefined
    const event = own === 'otel' ? otel(json) : jsonEvent(json, share)
    if (event !== undefined) format = own
    return event
  }
}

/** The event on a line by itself; in v2's OTEL log its number among the nodes is not known then. */
export function parseEvent(line: string): DbtEvent | undefined {
  return eventReader()(line)
}

function jsonOf(line: string): Fields | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return fields(JSON.parse(line))
  } catch {
    return undefined
  }
}

/** An event of Core's JSON log, which v2 writes too. */
function jsonEvent(json: Fields, share: Share): DbtEvent | undefined {
  const data = fields(json.data)
  const { name, msg, level, ts, invocation_id, thread, pid } = fields(json.info)
  if (typeof name !== 'string' || typeof msg !== 'string') return undefined
  const { message, code } = v2MessageOf(msg.slice(0, LONGEST_TEXT))
  const engine = name === 'MainReportVersion' ? reportedEngine(msg) : undefined
  return {
    name,
    msg: message,
    level: level === 'debug' || level === 'warn' || level === 'error' ? level : 'info',
    at: time(ts) ?? 0,
    invocationId: text(invocation_id),
    thread: share(text(thread)),
    pid: number(pid),
    node: nodeInfo(fields(data.node_info)),
    data,
    ...totalOf(name, data),
    ...(code && { code }),
    ...(engine && { engine }),
  }
}

/** Core counts unit tests in the start lines alone. */
function totalOf(name: string, { total, node_count }: Fields): { total?: number } {
  const count = name === 'LogStartLine' ? number(total) : name === 'ConcurrencyLine' ? number(node_count) : 0
  return count ? { total: count } : {}
}

function nodeInfo(info: Fields): NodeInfo | undefined {
  const uniqueId = text(info.unique_id)
  if (!uniqueId) return undefined
  return {
    uniqueId,
    status: text(info.node_status),
    resourceType: text(info.resource_type),
    name: text(info.node_name),
    path: text(info.node_path),
    materialized: text(info.materialized),
    relation: text(fields(info.node_relation).relation_name),
    startedAt: time(info.node_started_at),
    finishedAt: time(info.node_finished_at),
  }
}

/**
 * A timestamp of dbt's in milliseconds since the epoch, undefined where it is none. dbt Core's node_info has
 * no zone and means UTC; both engines write more than three decimals.
 */
export function time(value: unknown): number | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,3})?\d*(Z|[+-]\d\d:?\d\d)?$/.exec(text(value))
  if (!match) return undefined
  const ms = Date.parse(`${match[1]}${match[2] ?? ''}${match[3] ?? 'Z'}`)
  return Number.isNaN(ms) ? undefined : ms
}
