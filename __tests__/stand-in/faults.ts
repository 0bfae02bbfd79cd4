import type { SeenRequest } from './request.ts'

/** When the fault strikes. `before`: before the request took effect, so nothing was written. `after`:
 * everything was written and only the answer is lost. A number: so many of a document's mutations were
 * written, as when GitHub stops a request at its 10 seconds
 * (https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#timeouts). */
export type Effect = 'before' | 'after' | number

/** One way in which GitHub fails. Each may come late too: `delay` in milliseconds. With `delay` alone the
 * write takes effect at once and its answer is late, or, with `effect: 'before'`, both are late. */
export type Fault = (
  | { status: 500 | 502 | 503 | 504; effect?: Effect }
  /** The connection breaks. */
  | { reset: true; effect?: Effect }
  /** The connection breaks before anything is read: as good as a refused one. */
  | { outage: true }
  /** The mutations with these numbers (from 0, in the document's order) do nothing and say `checkRun: null`. */
  | { nullCheckRun: readonly number[] }
  /** The mutations with these numbers do nothing and get an entry in `errors`. */
  | { aliasErrors: readonly number[] }
  /** `retryAfter` in seconds. GraphQL may answer 200 as well. */
  | { secondary: true; retryAfter?: number; status?: 200 | 403 | 429 }
  /** The hour's budget is used up, by someone else in the repository: from now on, until it is full again. */
  | { primary: true }
  /** HTTP 200 with "Resource limits for this query exceeded." */
  | { resourceLimits: true; effect?: Effect }
  | { effect?: 'before' | 'after' }
) & { delay?: number }

/** What a fault does to the mutations of one document, by their numbers. */
export function hitBy(fault: Fault = {}) {
  return {
    /** From this one on nothing is done. */
    until: 'effect' in fault && typeof fault.effect === 'number' ? fault.effect : Number.POSITIVE_INFINITY,
    silent: 'nullCheckRun' in fault ? fault.nullCheckRun : [],
    failed: 'aliasErrors' in fault ? fault.aliasErrors : [],
  }
}

export type FaultFor = (request: SeenRequest) => Fault | undefined

/** The nth request that `counts` gets the nth fault; those after the list none. */
export function schedule(faults: readonly (Fault | undefined)[], counts: Counts = always): FaultFor {
  let next = 0
  return (request) => (counts(request) ? faults[next++] : undefined)
}

/** GitHub cannot be reached: from the `from`th to the `to`th request (from 1, both included), or from
 * `from` until `to` seconds after the first request. */
export function outage(from: number, to: number, by: 'request' | 'second' = 'request'): FaultFor {
  return (request) => {
    const inside =
      by === 'request'
        ? request.number >= from && request.number <= to
        : request.at >= from * 1000 && request.at < to * 1000
    return inside ? { outage: true } : undefined
  }
}

/** The same fault for every request that `counts`. */
export function every(fault: Fault, counts: Counts = always): FaultFor {
  return (request) => (counts(request) ? fault : undefined)
}

/** The first fault that any of them has. All are asked, so that a schedule keeps counting. */
export function either(...faults: readonly FaultFor[]): FaultFor {
  return (request) => faults.map((fault) => fault(request)).find((fault) => fault !== undefined)
}

export type Counts = (request: SeenRequest) => boolean

/** Of the API: an artifact's upload is none. */
export const mutations: Counts = (request) => request.writes && !artifacts(request)
export const graphql: Counts = (request) => request.resource === 'graphql'
/** The runner's artifact service and its store; not REST's list of artifacts. */
export const artifacts: Counts = ({ resource }) => resource === 'results' || resource === 'blob'
const always: Counts = () => true
