import type { Budget } from './budget.ts'
import type { Failure } from './failure.ts'

export type Api = 'graphql' | 'rest'

/** When the next request may be sent, by which API, and how many writes it holds. Pure: the caller brings the time. */
export interface Pace {
  /**
   * In milliseconds since the epoch.
   * @param backlog how many writes wait
   * @param final how many of them are of nodes that have ended
   * @param closing whether dbt has ended and the step waits
   */
  nextAt(now: number, backlog: number, final: number, closing: boolean): number
  /** How many writes one request holds. */
  batch(): number
  /** So many writes that wait are sent soon. */
  crowd(): number
  api(now: number): Api
  /** When each API takes requests again, in milliseconds since the epoch; their budgets are separate. */
  readyAt: Readonly<Record<Api, number>>
  /** A request is sent. */
  sent(now: number, closing: boolean): void
  /** A write took effect. */
  succeeded(): void
  /** All writes of a request were answered, after so many milliseconds. */
  answered(writes: number, ms: number): void
  failed(failure: Failure, api: Api, now: number, closing: boolean): void
  /** After a look at what GitHub has, it need not be waited any longer. */
  recovered(): void
  /** Someone waits: try again soon, but not where GitHub said when. */
  hurry(now: number): void
}

/** GitHub documents no limit of mutations in a document, only of the time it takes, see SLOW. */
const LARGEST_BATCH = 100
const FIRST_BATCH = 10
/** A batch grows to what takes so long, in milliseconds, as if each write took its share of a request. */
const BRISK = 2_000
/** A batch that takes longer is halved; GitHub ends a request after 10 s: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#timeouts */
const SLOW = 5_000
/** A batch grows at most so many times at once. */
const GROWTH = 4
/** With more to send the view does not wait for its usual time. */
const CROWD = 20
/** Once dbt has ended the step waits: so many requests follow each other at once, one at a time; then with a gap. */
const CLOSING_AT_ONCE = 10
/** In milliseconds. */
const CLOSING_GAP = 250
const FIRST_BACKOFF = 2_000
/** In milliseconds. */
export const LONGEST_BACKOFF = 60_000
/** So often may GraphQL fail in a row before a write goes by REST. */
const PATIENCE = 3

/** @param budget says how long to wait between two requests while dbt runs */
export function paceOf(budget: Budget): Pace {
  let batch = FIRST_BATCH
  let failuresInRow = 0
  let backoffUntil = 0
  const readyAt = { graphql: 0, rest: 0 }
  let last = Number.NEGATIVE_INFINITY
  /** Requests since dbt has ended. */
  let closed = 0
  const crowd = () => Math.min(batch, CROWD)
  const leave = (api: Api, until: number) => {
    readyAt[api] = Math.max(readyAt[api], until)
  }

  /** Once for a request, though each of its writes failed. */
  function backOff(api: Api, now: number, closing: boolean): void {
    if (backoffUntil > now) return
    failuresInRow++
    batch = Math.max(1, Math.floor(batch / 2))
    const longest = closing ? FIRST_BACKOFF * 2 : LONGEST_BACKOFF
    backoffUntil = now + Math.min(longest, FIRST_BACKOFF * 2 ** (failuresInRow - 1))
    if (api === 'graphql' && failuresInRow % PATIENCE === 0) leave(api, now + LONGEST_BACKOFF)
  }

  const closingGap = () => (closed < CLOSING_AT_ONCE ? 0 : CLOSING_GAP)

  return {
    nextAt: (now, backlog, final, closing) => {
      const pause = closing ? closingGap() : budget.gap(now, backlog > crowd(), final > crowd())
      return Math.max(last + pause, backoffUntil, Math.min(readyAt.graphql, readyAt.rest))
    },
    batch: () => batch,
    crowd,
    api: (now) => (readyAt.graphql > now ? 'rest' : 'graphql'),
    readyAt,
    sent: (now, closing) => {
      last = now
      if (closing) closed++
    },
    succeeded: () => {
      failuresInRow = 0
    },
    answered: (writes, ms) => {
      batch = nextBatch(batch, writes, ms)
    },
    failed: (failure, api, now, closing) => {
      // What GraphQL denies REST may allow.
      if (failure.kind === 'forbidden') return leave(api, now + LONGEST_BACKOFF)
      if (failure.kind !== 'limited') return backOff(api, now, closing)
      leave(api, failure.until)
      // A secondary limit is one for all that we do.
      if (!failure.primary) leave(api === 'rest' ? 'graphql' : 'rest', failure.until)
    },
    recovered: () => {
      backoffUntil = 0
    },
    hurry: (now) => {
      backoffUntil = Math.min(backoffUntil, now + CLOSING_GAP)
    },
  }
}

/** After so many writes of a request took so long. */
function nextBatch(batch: number, writes: number, ms: number): number {
  if (ms > SLOW) return Math.max(1, Math.floor(Math.min(batch, writes) / 2))
  return Math.max(batch, Math.min(LARGEST_BATCH, writes * GROWTH, Math.floor((writes * BRISK) / ms)))
}
