/**
 * What differs between the check runs as they should be and as GitHub has them, and which difference is sent next.
 * Pure: the publisher brings the check runs and GitHub's answers.
 */
import { createHash } from 'node:crypto'
import type { Annotation } from '../report/annotation.ts'
import { type CheckRun, ROLLUP } from '../report/check-run.ts'
import type { Answer, Existing, Write } from './checks.ts'
import type { Failure } from './failure.ts'

export interface Backlog {
  /** The start of every external_id, see the design. */
  prefix: string
  /** The addresses of the check runs, by key; filled in here. */
  links: Map<string, string>
  /** What GitHub has, by key. */
  known: Map<string, Known>
  /** Weight by key, of what may differ; the greater the sooner it is sent. */
  touched: Map<string, number>
  /** Keys whose last write may have taken effect, since its answer was lost. */
  lost: Set<string>
  /** How often GitHub refused a write. */
  refusals: Map<string, number>
  givenUp: Set<string>
  /** Sent, and not answered yet. */
  inFlight: Set<string>
  /** Check runs with more annotations than one request takes, as they were made for it: nothing changed them since. */
  unfinished: Map<string, CheckRun>
}

/** What is known of a check run at GitHub. */
interface Known {
  id: string
  /** A digest of what was sent last. */
  digest: string
  annotations: number
  completed: boolean
}

/** One request appends at most 50: https://docs.github.com/en/rest/checks/runs#update-a-check-run */
const MOST_ANNOTATIONS = 50
/** A write that GitHub refuses so often is given up. */
const TRIES = 3
/** A write that was refused goes alone, so last: it must not hold up the others. */
const REFUSED = -100
/** Check runs that are open at GitHub and have ended come before others, and the roll-up, which shows all, first. */
const URGENT = 10
const FIRST = 20

/** @param existing check runs that are there already */
export function newBacklog(prefix: string, links: Map<string, string>, existing: Existing[]): Backlog {
  const backlog: Backlog = {
    prefix,
    links,
    known: new Map(),
    touched: new Map(),
    lost: new Set(),
    refusals: new Map(),
    givenUp: new Set(),
    inFlight: new Set(),
    unfinished: new Map(),
  }
  for (const run of existing) learn(backlog, run.externalId.slice(prefix.length), run, '')
  return backlog
}

/** The check run of this key may differ from what GitHub has. */
export function touch({ touched, givenUp, unfinished }: Backlog, key: string, weight: number): void {
  unfinished.delete(key)
  if (!givenUp.has(key)) touched.set(key, weight)
}

/** The keys to send, the most urgent first. */
export function inOrder(backlog: Backlog): string[] {
  const ranked = [...backlog.touched.keys()].map((key) => ({ key, rank: rank(backlog, key) }))
  return ranked.sort((a, b) => b.rank - a.rank).map(({ key }) => key)
}

function rank({ touched, known, refusals }: Backlog, key: string): number {
  const weight = touched.get(key) ?? 0
  const open = known.get(key)?.completed === false
  const urgency = key === ROLLUP ? FIRST : open && weight > 1 ? URGENT : 0
  return (refusals.has(key) ? REFUSED : 0) + weight + urgency
}

/** How many of what waits is of nodes that have ended: the last write of each. */
export function countFinal({ touched }: Backlog): number {
  let count = 0
  for (const weight of touched.values()) if (weight > 1) count++
  return count
}

/** How many check runs are not completed at GitHub. */
export function countOpen({ known }: Backlog): number {
  return [...known.values()].filter((run) => !run.completed).length
}

/** The write that brings GitHub to this check run; undefined where there is nothing to send. */
export function writeOf({ known, prefix }: Backlog, check: CheckRun): Write | undefined {
  const before = known.get(check.key)
  // A completed check run is never opened again: a hook that failed runs once more with a retry.
  if (before?.completed && check.conclusion === undefined) return undefined
  const sentBefore = before?.annotations ?? 0
  const annotations = check.annotations.slice(sentBefore, sentBefore + MOST_ANNOTATIONS)
  if (before && before.digest === digestOf(check) && annotations.length === 0) return undefined
  const more = check.annotations.length > sentBefore + annotations.length
  return {
    id: before?.id,
    externalId: prefix + check.key,
    check,
    annotations,
    complete: !more || before?.completed === true,
  }
}

/** Takes GitHub's answer to a write; returns the failure, where it is one. */
export function settle(backlog: Backlog, write: Write, answer: Answer): Failure | undefined {
  const { check, annotations, complete } = write
  const { known, links, lost, refusals, inFlight, touched, unfinished } = backlog
  const { key } = check
  inFlight.delete(key)
  if ('failure' in answer) {
    touched.set(key, weightOf(check))
    if (answer.failure.kind === 'lost') lost.add(key)
    if (answer.failure.kind === 'refused') refuse(backlog, key)
    return answer.failure
  }
  const sent = (known.get(key)?.annotations ?? 0) + annotations.length
  const more = check.annotations.length > sent
  refusals.delete(key)
  if (answer.url) links.set(key, answer.url)
  const digest = more ? '' : digestOf(check)
  known.set(key, {
    id: answer.id,
    digest,
    annotations: sent,
    completed: complete && check.conclusion !== undefined,
  })
  if (!more) return undefined
  // If it was touched while it was under way, it is to be made again.
  if (!touched.has(key)) unfinished.set(key, check)
  touched.set(key, weightOf(check))
  return undefined
}

function refuse({ refusals, touched, givenUp }: Backlog, key: string): void {
  const count = (refusals.get(key) ?? 0) + 1
  refusals.set(key, count)
  if (count < TRIES) return
  touched.delete(key)
  givenUp.add(key)
}

/** Takes what GitHub has, after answers were lost. */
export function settleLost(backlog: Backlog, runs: Existing[]): void {
  const { prefix, known, lost } = backlog
  for (const run of runs) {
    const key = run.externalId.startsWith(prefix) ? run.externalId.slice(prefix.length) : ''
    if (!lost.has(key)) continue
    const before = known.get(key)
    learn(backlog, key, run, before?.id === run.id ? before.digest : '')
  }
  lost.clear()
}

function learn({ known, links }: Backlog, key: string, run: Existing, digest: string): void {
  const { id, url, completed, annotations } = run
  if (url) links.set(key, url)
  known.set(key, { id, completed, annotations, digest })
}

/** The keys of check runs that GitHub does not show as they should be. */
export function unsent({ touched, givenUp, inFlight }: Backlog): string[] {
  return [...new Set([...touched.keys(), ...givenUp, ...inFlight])]
}

function weightOf(check: CheckRun): number {
  return check.conclusion === 'failure' ? 3 : check.conclusion ? 2 : 1
}

/** Of all that is worth a write. */
function digestOf(check: CheckRun): string {
  const { name, conclusion, startedAt, title, summary, text, annotations, noticed } = check
  const details = noticed === undefined ? [summary, text] : [noticed]
  const parts: unknown[] = [name, conclusion, startedAt, title, ...details, annotations.map(placeOf)]
  return createHash('sha1').update(JSON.stringify(parts)).digest('base64')
}

function placeOf({ path, line, title }: Annotation): string {
  return `${path}:${line} ${title}`
}
