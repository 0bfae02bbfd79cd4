import { reasonOf } from '../reason.ts'
import { type CheckRun, ROLLUP } from '../report/check-run.ts'
import type { Unshown } from '../report/published.ts'
import type { Sleep } from '../sleep.ts'
import {
  type Backlog,
  countFinal,
  countOpen,
  inOrder,
  newBacklog,
  settle,
  settleLost,
  touch,
  unsent,
  writeOf,
} from './backlog.ts'
import type { Budget } from './budget.ts'
import type { Answer, Checks, Existing, Write } from './checks.ts'
import type { Failure } from './failure.ts'
import { type Api, LONGEST_BACKOFF, type Pace, paceOf } from './pace.ts'

/**
 * Brings GitHub's check runs to what they should be, as fast as the budget allows.
 *
 * It only learns *that* a check run may have changed; what it should be is asked for when it is sent. So a node that
 * starts and ends between two requests is one write, the next request repairs a lost answer, and a slow API makes the
 * view later, never wrong, and never makes dbt wait.
 */
export interface Publisher {
  /** The check run of this key may differ from what GitHub has; the greater the weight the sooner it is sent. */
  touch(key: string, weight: number): void
  /** Sends what waits now without a pause. */
  hurry(): void
  /** Sends what is left without a pause, until `deadline` in milliseconds since the epoch. */
  close(deadline: number): void
  /**
   * Closes, and sends the roll-up once more: by now all that it links to is there. Returns what could not be shown.
   * Once more with an earlier deadline, it hurries.
   */
  finish(deadline: number): Promise<Unshown>
}

export interface PublisherOptions {
  checks: Checks
  budget: Budget
  /** What a check run should be now; undefined where there should be none. */
  render(key: string): Promise<CheckRun | undefined>
  /** The start of every external_id, see the design. */
  prefix: string
  /** The addresses of the check runs, filled in here. */
  links: Map<string, string>
  /** Check runs of ours that are there already. */
  existing?: Existing[]
  now(): number
  sleep: Sleep
}

/** The publisher's own state. */
interface Publishing extends PublisherOptions {
  backlog: Backlog
  pace: Pace
  /** Why something is not shown, in GitHub's words. */
  reason: string
  /** Whether this token cannot write checks, and whether that is because there are none. */
  forbidden: boolean
  absent: boolean
  /** Until when to send, in milliseconds since the epoch; undefined while dbt runs. */
  deadline: number | undefined
  /** Whether what waits is sent without a pause, though dbt runs. */
  hurried: boolean
  /** Since when the roll-up alone waits, after dbt's end; in milliseconds since the epoch. */
  aloneSince: number | undefined
  /** Whether all that waits can only go by REST, which is limited. */
  blocked: boolean
  /** Whether all that is to be shown is known. */
  finishing: boolean
  /** Whether the roll-up was sent again at the end. */
  refreshed: boolean
  pause: { wake(): void } | undefined
}

/** Sends what is touched from now on, until it is finished. */
export function startPublisher(options: PublisherOptions): Publisher {
  const { prefix, links, budget, now } = options
  const backlog = newBacklog(prefix, links, options.existing ?? [])
  const end = {
    reason: '',
    forbidden: false,
    absent: false,
    deadline: undefined,
    hurried: false,
    aloneSince: undefined,
    blocked: false,
    finishing: false,
    refreshed: false,
    pause: undefined,
  }
  const state: Publishing = { ...options, backlog, pace: paceOf(budget), ...end }
  const over = Promise.withResolvers<void>()
  const running = loop(state).catch((error: unknown) => {
    // A fault of ours in the view; it must not touch the result of the step.
    state.reason = `dbt-watcher failed to publish: ${reasonOf(error)}`
    state.forbidden = true
  })
  const close = (until: number) => {
    state.deadline = until
    state.pace.hurry(now())
    state.pause?.wake()
  }
  return {
    touch: (key, weight) => {
      const { size } = backlog.touched
      const { pace, aloneSince, blocked } = state
      const asleep = size === 0 || size === pace.crowd() || aloneSince !== undefined || blocked
      touch(backlog, key, weight)
      if (asleep) state.pause?.wake()
    },
    hurry: () => {
      state.hurried = true
      state.pause?.wake()
    },
    close,
    finish: async (until) => {
      close(state.finishing ? Math.min(state.deadline ?? until, until) : until)
      state.finishing = true
      // A request that hangs must not hold the step beyond the deadline.
      const timeout = options.sleep(Math.max(0, until - now()))
      await Promise.race([running, timeout.done, over.promise])
      timeout.wake()
      over.resolve()
      const { forbidden, absent } = state
      const { known, lost, inFlight } = backlog
      const keys = unsent(backlog)
      const none = known.size + lost.size + inFlight.size === 0
      if (keys.length === 0 && !forbidden) return { keys, reason: '', forbidden, none, absent, late: false }
      // A request is always under way when the time is over: GitHub kept us waiting only if nothing else is left.
      const late = state.reason === '' && keys.some((key) => !inFlight.has(key))
      const unanswered = late ? 'no time left' : 'no answer in time'
      return { keys, reason: state.reason || unanswered, forbidden, none, absent, late }
    },
  }
}

/** Until it is asked to finish and has, or sees that it cannot. */
async function loop(state: Publishing): Promise<void> {
  const { backlog, pace, now } = state
  const { touched } = backlog
  while (!state.forbidden) {
    if (touched.size === 0 && state.finishing) {
      if (state.refreshed || !backlog.known.has(ROLLUP)) return
      // Now that all check runs are made, the roll-up can link to them.
      state.refreshed = true
      touch(backlog, ROLLUP, 0)
    }
    state.hurried &&= touched.size > 0
    const at = dueAt(state)
    if (touched.size > 0 && state.deadline !== undefined && Math.max(at, now()) > state.deadline) return
    if (touched.size > 0 && at <= now()) {
      pace.sent(now(), state.deadline !== undefined)
      await (backlog.lost.size > 0 && pace.readyAt.rest <= now() ? look(state) : send(state))
    } else await pauseFor(state, touched.size === 0 ? LONGEST_BACKOFF : at - now())
  }
}

/** How long the roll-up waits once dbt has ended, if nothing else does: what it links to, such as the report, is there soon. */
const PATIENCE = 1_000

/** When the next request is due, in milliseconds since the epoch. */
function dueAt(state: Publishing): number {
  const { backlog, pace, deadline, hurried, finishing, now } = state
  const { touched } = backlog
  const at = pace.nextAt(now(), touched.size, countFinal(backlog), deadline !== undefined || hurried)
  const alone = deadline !== undefined && !finishing && touched.size === 1 && touched.has(ROLLUP)
  state.aloneSince = alone ? (state.aloneSince ?? now()) : undefined
  if (state.aloneSince !== undefined) return Math.max(at, state.aloneSince + PATIENCE)
  state.blocked = pace.readyAt.rest > now() && [...touched.keys()].every((key) => needsRest(backlog, key))
  return state.blocked ? Math.max(at, pace.readyAt.rest) : at
}

/** What GraphQL refused goes by REST, which says why; what a lost answer made is looked for by REST. */
function needsRest({ lost, refusals }: Backlog, key: string): boolean {
  return lost.has(key) || refusals.has(key)
}

async function pauseFor(state: Publishing, ms: number): Promise<void> {
  const pause = state.sleep(Math.max(0, ms))
  state.pause = pause
  await pause.done
  state.pause = undefined
}

/** After a lost answer: what is there? Sending again blindly would make check runs and annotations twice. */
async function look(state: Publishing): Promise<void> {
  const found = await state.checks.list()
  if ('failure' in found) return note(state, found.failure, 'rest')
  settleLost(state.backlog, found)
  state.pace.recovered()
}

async function send(state: Publishing): Promise<void> {
  const { backlog, pace, checks, budget, now } = state
  const usual = pace.api(now())
  const scarce = state.deadline === undefined && budget.isScarce(now(), countOpen(backlog))
  const writes = await nextWrites(state, usual === 'rest' ? 1 : pace.batch(), scarce)
  const [first] = writes
  if (!first) {
    // What waits has to wait longer, as where the budget is scarce.
    state.hurried = false
    return
  }
  const api = backlog.refusals.has(first.check.key) ? 'rest' : usual
  for (const write of writes) backlog.inFlight.add(write.check.key)
  const sentAt = now()
  const answers = api === 'rest' ? [await checks.writeOne(first)] : await checks.writeAll(writes)
  for (const [i, write] of writes.entries()) {
    const failure = settle(backlog, write, answers[i] as Answer)
    if (failure) note(state, failure, api)
  }
  if (answers.some((answer) => 'id' in answer)) {
    pace.succeeded()
    // What went wrong before is no reason any more, but for what was given up, and where it cost the time after dbt.
    const isOver = backlog.givenUp.size === 0 && backlog.lost.size === 0 && state.deadline === undefined
    if (isOver) state.reason = ''
  }
  if (answers.every((answer) => 'id' in answer)) pace.answered(answers.length, now() - sentAt)
}

function note(state: Publishing, failure: Failure, api: Api): void {
  const { known, lost } = state.backlog
  state.reason = failure.message
  // A token may be one for REST alone, and a server may have REST alone; of GraphQL's denial both make nothing.
  if (failure.kind === 'forbidden' && api === 'rest') {
    state.forbidden = true
    state.absent = failure.absent === true && known.size + lost.size === 0
  } else if (failure.kind !== 'refused') {
    state.pace.failed(failure, api, state.now(), state.deadline !== undefined)
  }
}

/** Of the texts of one request, in characters: what many failures have to show is sent in several. */
const LARGE_REQUEST = 500_000

/**
 * The writes of the next request, in the order of the backlog.
 * @param most how many at most
 * @param scarce whether the budget has just enough left to close what is open
 */
async function nextWrites(
  { backlog, pace, render, now }: Publishing,
  most: number,
  scarce: boolean,
): Promise<Write[]> {
  const { touched, known, lost, refusals, unfinished } = backlog
  const limited = pace.readyAt.rest > now()
  const writes: Write[] = []
  let size = 0
  for (const key of inOrder(backlog)) {
    const alone = refusals.has(key)
    if (lost.has(key) || (limited && alone) || (scarce && !known.has(key) && key !== ROLLUP)) continue
    if (writes.length >= most || size >= LARGE_REQUEST || (alone && writes.length > 0)) break
    const weight = touched.get(key) ?? 0
    // Before it is rendered: what changes meanwhile touches it again.
    touched.delete(key)
    const check = unfinished.get(key) ?? (await render(key))
    unfinished.delete(key)
    const write = check && writeOf(backlog, check)
    const cause = check?.after ?? ''
    const coming = touched.has(cause) || writes.some((other) => other.check.key === cause)
    if (coming && !known.has(cause) && !lost.has(cause)) {
      touched.set(key, weight)
      continue
    }
    if (!write) continue
    writes.push(write)
    size += write.check.summary.length + write.check.text.length
    if (alone) break
  }
  return writes
}
