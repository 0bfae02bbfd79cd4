/**
 * One event of dbt's structured log: https://docs.getdbt.com/reference/events-logging
 *
 * Any line can come here, also one that a project printed to look like an event. So nothing is believed about
 * the type of a field, and nothing throws.
 */

import { type Fields, fields, text } from '../json.ts'

export interface DbtEvent {
  name: string
  level: 'debug' | 'info' | 'warn' | 'error'
  /** For people; may hold ANSI colours and newlines. */
  msg: string
  /** When dbt said it, in milliseconds since the epoch. */
  at: number
  invocationId: string
  thread: string
  /** `node_info`, where the event is about a node. */
  node: NodeInfo | undefined
  /** The rest of `data`, unread. */
  data: Fields
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
}

/** Of a longer message nobody reads the rest, in characters; it bounds the work of all that looks into it. */
export const LONGEST_TEXT = 64 * 1024

/** Debug events that say something about a node or the run; the other debug events are nine tenths of the bytes. */
const DEBUG_EVENTS =
  /"name": ?"(?:Node[A-Z]\w+|MarkSkippedChildren|Log\w+|RunResult\w+|SkippingDetails|CommandCompleted|ArtifactWritten|ConcurrencyLine|MainReportVersion)"/

/**
 * False for a line that need not be parsed: a debug event that tells nothing of nodes. Decided by a substring,
 * since parsing all 21 kB a node costs more than all else that we do.
 */
export function tells(line: string): boolean {
  return !/"level": ?"debug"/.test(line) || DEBUG_EVENTS.test(line)
}

/** The event on a line, or undefined where the line is none and should be shown as it is. */
export function parseEvent(line: string): DbtEvent | undefined {
  if (!line.startsWith('{')) return undefined
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    return undefined
  }
  const { info, data } = fields(json)
  const { name, msg, level, ts, invocation_id, thread } = fields(info)
  if (typeof name !== 'string' || typeof msg !== 'string') return undefined
  return {
    name,
    msg: msg.slice(0, LONGEST_TEXT),
    level: level === 'debug' || level === 'warn' || level === 'error' ? level : 'info',
    at: time(ts) ?? 0,
    invocationId: text(invocation_id),
    thread: text(thread),
    node: nodeInfo(fields(data).node_info),
    data: fields(data),
  }
}

function nodeInfo(value: unknown): NodeInfo | undefined {
  const info = fields(value)
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
