/** How much of GitHub's API a run may use. Pure: the caller brings the time, in milliseconds since the epoch. */
export interface Budget {
  /** Takes note of the headers of an answer. */
  learn(headers: Headers, now: number): void
  /**
   * How long to wait between two requests, in milliseconds.
   * @param backlog whether more waits than one request holds
   * @param final whether more than that are of nodes that have ended, whose writes are the last ones
   */
  gap(now: number, backlog: boolean, final?: boolean): number
  /** True where what is left is just enough to close so many check runs: nothing new may be opened. */
  isScarce(now: number, open: number): boolean
  /** Whether the repository's budget has ever slowed the view. */
  thinned(): boolean
}

type Headers = Record<string, string | number | undefined>

/** The docs advise a second between two requests that write: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#pause-between-mutative-requests */
const SHORTEST_GAP = 1000
const FIRST_GAP = 2000
/** What a person who watches can bear. */
const LONGEST_GAP = 15_000
/** With so many nodes a run takes long and many share its budget: one request a minute. */
const LARGE_RUN = 1000
const LONGEST_GAP_LARGE = 60_000
/** However short the budget, a person wants to see that it lives. */
const LONGEST_GAP_EVER = 300_000
/** Check runs that one request closes, as a cautious estimate: a request has room for up to 100 (pace.ts). */
const CLOSED_AT_ONCE = 20
/** A short run need not save for the rest of the hour: so many requests, or a tenth of our share, are free. */
const MOST_AT_FIRST = 30
/** Requests kept besides: the roll-up, a look after a lost answer. */
const RESERVE = 3

export interface BudgetOptions {
  startedAt: number
  /** How many nodes the run has, as far as known. */
  nodes(): number
  /** How many check runs there may be, each of which has a last write; none of them fits where it is not given. */
  writes?(): number
  /** The part of what remains of the repository's hour that this run may take, from 0 to 1. */
  share: number
}

/**
 * Requests get rarer as a run gets longer: the gap is a twelfth of the time since its start, so that ten
 * minutes take about 50 requests and an hour about 100 (one a minute from the twelfth minute on). Where the
 * repository's budget is short (GITHUB_TOKEN: 1,000 points an hour for all its jobs), our share of what is left
 * is spread until its reset. Each job does so, and each sees what the others took, so none starves.
 */
export function budgetOf({
  startedAt,
  nodes,
  writes = () => Number.POSITIVE_INFINITY,
  share,
}: BudgetOptions): Budget {
  let remaining: number | undefined
  let resetAt = 0
  let thinned = false
  let spent = 0
  let usedBefore: number | undefined
  /** What our last requests cost at most; other jobs' requests fall between, so the least is nearest. */
  let costs: number[] = []

  const cost = () => Math.max(1, costs.length > 0 ? Math.min(...costs) : 1)
  const isKnown = (now: number) => remaining !== undefined && resetAt > now

  return {
    learn: (headers) => {
      spent++
      const left = Number(headers['x-ratelimit-remaining'])
      const reset = Number(headers['x-ratelimit-reset']) * 1000
      const used = Number(headers['x-ratelimit-used'])
      // REST has a budget of its own, which only the fallback uses.
      if (headers['x-ratelimit-resource'] !== undefined && headers['x-ratelimit-resource'] !== 'graphql')
        return
      if (headers['x-ratelimit-remaining'] === undefined || !Number.isFinite(left + reset)) return
      const more = usedBefore !== undefined && reset === resetAt ? used - usedBefore : Number.NaN
      if (more > 0) costs = [...costs.slice(-7), more]
      remaining = left
      resetAt = reset
      usedBefore = used
    },
    gap: (now, backlog, final = false) => {
      const longest = nodes() >= LARGE_RUN ? LONGEST_GAP_LARGE : LONGEST_GAP
      const calm = Math.min(longest, Math.max(FIRST_GAP, (now - startedAt) / 12))
      const wanted = backlog ? SHORTEST_GAP : calm
      if (!isKnown(now)) return wanted
      const requests = Math.max(1, ((remaining ?? 0) * share) / cost())
      if (spent < Math.min(MOST_AT_FIRST, requests / 10)) return wanted
      // Our share is enough for all that this run can need: what is saved now would never be used.
      if (final && Math.ceil(writes() / CLOSED_AT_ONCE) + RESERVE <= requests) return wanted
      const affordable = Math.min(LONGEST_GAP_EVER, (resetAt - now) / requests)
      thinned ||= affordable > LONGEST_GAP
      return Math.max(wanted, affordable)
    },
    isScarce: (now, open) => {
      const needed = (Math.ceil(open / CLOSED_AT_ONCE) + RESERVE) * cost()
      const scarce = isKnown(now) && (remaining ?? 0) <= needed
      thinned ||= scarce
      return scarce
    },
    thinned: () => thinned,
  }
}
