/** How much of GitHub's API a run may use. Pure: the caller brings the time, in milliseconds since the epoch. */
export interface Budget {
  /** Takes note of the headers of an answer. */
  learn(headers: Headers, now: number): void
  /** How long to wait between two requests, in milliseconds. */
  gap(now: number, backlog: boolean): number
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
/** The part of what remains of the repository's hour that one run takes. */
const SHARE = 0.5

/**
 * Requests get rarer as a run gets longer: the gap is a twelfth of the time since its start, so that ten
 * minutes take about 50 requests and an hour about 100 (one a minute from the twelfth minute on). Where the
 * repository's budget is short (GITHUB_TOKEN: 1,000 points an hour for all its jobs), what is left of it is
 * spread until its reset.
 * @param nodes how many nodes the run has, as far as known
 */
export function budgetOf(startedAt: number, nodes: () => number): Budget {
  let remaining: number | undefined
  let resetAt = 0
  return {
    learn: (headers) => {
      const left = Number(headers['x-ratelimit-remaining'])
      const reset = Number(headers['x-ratelimit-reset']) * 1000
      if (headers['x-ratelimit-remaining'] === undefined || !Number.isFinite(left + reset)) return
      remaining = left
      resetAt = reset
    },
    gap: (now, backlog) => {
      const longest = nodes() >= LARGE_RUN ? LONGEST_GAP_LARGE : LONGEST_GAP
      const calm = Math.min(longest, Math.max(FIRST_GAP, (now - startedAt) / 12))
      const wanted = backlog ? SHORTEST_GAP : calm
      if (remaining === undefined || resetAt <= now) return wanted
      const affordable = Math.max(1, remaining * SHARE)
      return Math.max(wanted, Math.min(LONGEST_GAP_LARGE, (resetAt - now) / affordable))
    },
  }
}
