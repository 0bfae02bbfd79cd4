import { createHash } from 'node:crypto'
import type { Annotation } from '../report/annotation.ts'
import { type CheckRun, ROLLUP } from '../report/check-run.ts'
import type { Budget } from './budget.ts'
import type { Answer, Checks, Existing, Write } from './checks.ts'
import type { Failure } from './failure.ts'

/**
 * Brings GitHub's check runs to what they should be, as fast as the budget allows.
 *
 * It is told only *that* a check run may have changed; what it should be is asked for when it is sent. So a
 * node that starts and ends between two requests is one write, a lost answer is mended by the next request,
 * and a slow API makes the view later, never wrong, and never makes dbt wait.
 */
export interface Publisher {
  /** The check run of this key may differ from what GitHub has; the greater the weight the sooner it is sent. */
  touch(key: string, weight: number): void
  /** The address of a check run that was made. */
  urlOf(key: string): string | undefined
  /**
   * Sends what is left, until `deadline` in milliseconds since the epoch. Returns what could not be shown. Once
   * more with an earlier deadline, it hurries.
   */
  finish(deadline: number): Promise<Unshown>
}

export interface Unshown {
  keys: string[]
  /** Why, in GitHub's words; empty where all is shown. */
  reason: string
  /** Whether this token cannot write checks at all. */
  forbidden: boolean
}

export interface PublisherOptions {
  checks: Checks
  budget: Budget
  /** What a check run should be now; undefined where there should be none. */
  render(key: string): Promise<CheckRun | undefined>
  /** The start of every external_id, see the design. */
  prefix: string
  now(): number
  /** Check runs of ours that are there already. */
  existing?: Existing[]
  /** Waits; ends early when `wake` is called. */
  sleep(ms: number): { done: Promise<void>; wake(): void }
}

/** What is known of a check run at GitHub. */
interface Known {
  id: string
  url: string
  /** A digest of what was sent last. */
  digest: string
  annotations: number
  completed: boolean
}

/** One request appends at most 50: https://docs.github.com/en/rest/checks/runs#update-a-check-run */
const MOST_ANNOTATIONS = 50
const LARGEST_BATCH = 20
const FIRST_BATCH = 10
/** Between two requests once dbt has ended and someone waits. */
const CLOSING_GAP = 250
const FIRST_BACKOFF = 2_000
const LONGEST_BACKOFF = 60_000
/** So often may GraphQL fail in a row before a write goes by REST. */
const PATIENCE = 3
/** A write that GitHub refuses so often is given up. */
const TRIES = 3

export function startPublisher(options: PublisherOptions): Publisher {
  const { checks, budget, render, prefix, now } = options
  const known = new Map(options.existing?.map((run) => [run.externalId.slice(prefix.length), asKnown(run)]))
  /** Weight by key, of what may differ. */
  const touched = new Map<string, number>()
  /** Keys whose last write may have taken effect. */
  const lost = new Set<string>()
  const refusals = new Map<string, number>()
  const givenUp = new Set<string>()
  /** Sent, and not answered yet. */
  const inFlight = new Set<string>()
  let batch = FIRST_BATCH
  let failuresInRow = 0
  let backoffUntil = 0
  /** Until when GraphQL is left alone, after it failed too often. */
  let restUntil = 0
  /** When each API takes writes again, in milliseconds since the epoch; their budgets are separate. */
  const limitedUntil = { graphql: 0, rest: 0 }
  let last = Number.NEGATIVE_INFINITY
  let reason = ''
  let forbidden = false
  let deadline: number | undefined
  let refreshed = false
  let nap: { wake(): void } | undefined

  async function sleep(ms: number): Promise<void> {
    const { done, wake } = options.sleep(Math.max(0, ms))
    nap = { wake }
    await done
    nap = undefined
  }

  /** Until it is told to finish and has, or sees that it cannot. */
  async function run(): Promise<void> {
    while (!forbidden) {
      if (touched.size === 0 && deadline !== undefined) {
        if (refreshed || !known.has(ROLLUP)) return
        // Now that all check runs are made, the roll-up can link to them.
        refreshed = true
        touched.set(ROLLUP, 0)
      }
      const at = nextAt()
      if (deadline !== undefined && Math.max(at, now()) > deadline) return
      if (touched.size > 0 && at <= now()) {
        last = now()
        await (lost.size > 0 ? look() : send())
      } else await sleep(touched.size === 0 ? LONGEST_BACKOFF : at - now())
    }
  }

  function nextAt(): number {
    const pause = deadline === undefined ? budget.gap(now(), touched.size > batch) : CLOSING_GAP
    return Math.max(last + pause, backoffUntil, Math.min(limitedUntil.graphql, limitedUntil.rest))
  }

  /** After a lost answer: what is there? Sending again blindly would make check runs and annotations twice. */
  async function look(): Promise<void> {
    const found = await checks.list()
    if ('failure' in found) return suffer(found.failure, 'rest')
    for (const run of found) {
      const key = run.externalId.startsWith(prefix) ? run.externalId.slice(prefix.length) : ''
      if (!lost.has(key)) continue
      const before = known.get(key)
      known.set(key, { ...asKnown(run), digest: before?.id === run.id ? before.digest : '' })
    }
    lost.clear()
    backoffUntil = 0
  }

  async function send(): Promise<void> {
    const byRest = restUntil > now() || limitedUntil.graphql > now()
    const writes = await nextWrites(byRest ? 1 : batch)
    const [first] = writes
    if (!first) return
    // What GraphQL refused goes by REST, which says why.
    const api = byRest || refusals.has(first.check.key) ? 'rest' : 'graphql'
    for (const write of writes) inFlight.add(write.check.key)
    const answers = api === 'rest' ? [await checks.writeOne(first)] : await checks.writeAll(writes)
    inFlight.clear()
    for (const [i, write] of writes.entries()) settle(write, answers[i] as Answer, api)
    if (answers.some((answer) => 'id' in answer)) {
      failuresInRow = 0
      batch = Math.min(LARGEST_BATCH, batch + 2)
    }
  }

  async function nextWrites(most: number): Promise<Write[]> {
    const writes: Write[] = []
    const open = [...known.values()].filter((run) => !run.completed).length
    const scarce = budget.isScarce(now(), open)
    for (const key of order()) {
      if (scarce && !known.has(key) && key !== ROLLUP && deadline === undefined) continue
      const alone = refusals.has(key)
      if (writes.length >= most || (alone && writes.length > 0)) break
      const weight = touched.get(key) ?? 0
      // Before it is rendered: what changes meanwhile touches it again.
      touched.delete(key)
      const check = await render(key)
      const write = check && writeOf(check)
      const cause = check?.after ?? ''
      const coming = touched.has(cause) || writes.some((other) => other.check.key === cause)
      if (coming && !known.has(cause)) {
        touched.set(key, weight)
        continue
      }
      if (write) writes.push(write)
      if (write && alone) break
    }
    return writes
  }

  /** What to send first: close what is open, the roll-up, then by weight. */
  function order(): string[] {
    const rank = (key: string) => {
      const weight = touched.get(key) ?? 0
      const open = known.get(key)?.completed === false
      // A write that was refused goes alone, so last: it must not hold up the others.
      return (refusals.has(key) ? -100 : 0) + weight + (key === ROLLUP || (open && weight > 1) ? 10 : 0)
    }
    return [...touched.keys()].sort((a, b) => rank(b) - rank(a))
  }

  /** The write that brings GitHub to `check`, undefined where it is there already. */
  function writeOf(check: CheckRun): Write | undefined {
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

  function settle(write: Write, answer: Answer, api: 'graphql' | 'rest'): void {
    const { key } = write.check
    if ('failure' in answer) {
      touched.set(key, weightOf(write.check))
      if (answer.failure.kind === 'lost') lost.add(key)
      if (answer.failure.kind === 'refused') refuse(key, answer.failure.message)
      else suffer(answer.failure, api)
      return
    }
    const before = known.get(key)
    const annotations = (before?.annotations ?? 0) + write.annotations.length
    const more = write.check.annotations.length > annotations
    refusals.delete(key)
    known.set(key, {
      id: answer.id,
      url: answer.url || before?.url || '',
      digest: more ? '' : digestOf(write.check),
      annotations,
      completed: write.complete && write.check.conclusion !== undefined,
    })
    if (more) touched.set(key, weightOf(write.check))
  }

  function refuse(key: string, message: string): void {
    const count = (refusals.get(key) ?? 0) + 1
    refusals.set(key, count)
    reason = message
    if (count < TRIES) return
    touched.delete(key)
    givenUp.add(key)
  }

  /** Waits as GitHub asks, or longer and longer; once for a request, though each of its writes failed. */
  function suffer(failure: Failure, api: 'graphql' | 'rest'): void {
    reason = failure.message
    if (failure.kind === 'forbidden') {
      forbidden = true
    } else if (failure.kind === 'limited') {
      limitedUntil[api] = failure.until
      // A secondary limit is one for all that we do.
      if (!failure.primary) limitedUntil.graphql = limitedUntil.rest = failure.until
    } else if (backoffUntil <= now()) {
      failuresInRow++
      batch = Math.max(1, Math.floor(batch / 2))
      const longest = deadline === undefined ? LONGEST_BACKOFF : FIRST_BACKOFF * 2
      backoffUntil = now() + Math.min(longest, FIRST_BACKOFF * 2 ** (failuresInRow - 1))
      if (api === 'graphql' && failuresInRow % PATIENCE === 0) restUntil = now() + LONGEST_BACKOFF
    }
  }

  const hurried = Promise.withResolvers<void>()
  const running = run().catch((error: unknown) => {
    // A fault of ours in the view; it must not touch the result of the step.
    reason = `dbt-watcher failed to publish: ${error instanceof Error ? error.message : error}`
    forbidden = true
  })
  return {
    touch: (key, weight) => {
      if (forbidden || givenUp.has(key)) return
      const asleep = touched.size === 0 || touched.size === batch
      touched.set(key, weight)
      if (asleep) nap?.wake()
    },
    urlOf: (key) => known.get(key)?.url || undefined,
    finish: async (until) => {
      deadline = Math.min(deadline ?? until, until)
      // Someone waits now: try again soon, but not where GitHub said when.
      backoffUntil = Math.min(backoffUntil, now() + CLOSING_GAP)
      nap?.wake()
      // A request that hangs must not hold the step beyond the deadline.
      const late = options.sleep(Math.max(0, until - now()))
      await Promise.race([running, late.done, hurried.promise])
      late.wake()
      hurried.resolve()
      const keys = [...new Set([...touched.keys(), ...givenUp, ...inFlight])]
      if (inFlight.size > 0) reason ||= 'no answer in time'
      return { keys, reason: keys.length > 0 || forbidden ? reason : '', forbidden }
    },
  }
}

function asKnown({ id, url, completed, annotations }: Existing): Known {
  return { id, url, completed, annotations, digest: '' }
}

function weightOf(check: CheckRun): number {
  return check.conclusion === 'failure' ? 3 : check.conclusion ? 2 : 1
}

function digestOf({ name, conclusion, startedAt, title, summary, text, annotations }: CheckRun): string {
  const parts: unknown[] = [name, conclusion, startedAt, title, summary, text, annotations.map(placeOf)]
  return createHash('sha1').update(JSON.stringify(parts)).digest('base64')
}

function placeOf({ path, line, title }: Annotation): string {
  return `${path}:${line} ${title}`
}
