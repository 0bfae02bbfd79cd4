import type { CheckRunRecord } from './check-runs.ts'
import type { FaultFor } from './faults.ts'
import type { SeenRequest } from './request.ts'

export type Aside = { status: number; type: string; body: string }

export type Options = {
  /** Default: any free one. */
  port?: number
  /** `owner/name`: GITHUB_REPOSITORY. */
  repository?: string
  /** The repository's node id. */
  repositoryId?: string
  token?: string
  permissions?: 'write' | 'read'
  /** Requests of REST and points of GraphQL left in the hour, each. */
  remaining?: number
  /** Milliseconds until both budgets are full again. */
  window?: number
  /** Points of a GraphQL request. */
  cost?: number
  fault?: FaultFor
  /** The commits that exist; any when left out. */
  commits?: readonly string[]
  /** Answers what is not GitHub's, before anything else: without a token, a limit or a record. */
  aside?: (method: string, url: string, github: GitHub) => Aside | undefined
}

export type GitHub = {
  /** GITHUB_API_URL. */
  url: string
  /** GITHUB_GRAPHQL_URL. */
  graphqlUrl: string
  repository: string
  repositoryId: string
  /** A copy of all there are, the oldest first. */
  checkRuns(): CheckRunRecord[]
  requests: SeenRequest[]
  /** What GitHub bears, or may punish later, but nobody should do. */
  violations: string[]
  /** These three may be changed while it runs. `remaining` reads as the smaller of the two budgets. */
  fault: FaultFor | undefined
  permissions: 'write' | 'read'
  remaining: number
  close(): Promise<void>
}
