import type { App } from './app.ts'
import type { ArtifactRecord, GivenArtifact } from './artifacts.ts'
import type { CheckRunRecord } from './check-runs.ts'
import type { CommentRecord, GivenPull, Pull, Role } from './discussions.ts'
import type { FaultFor } from './faults.ts'
import type { StatusRecord } from './gitea.ts'
import type { Grants } from './grants.ts'
import type { SeenRequest } from './request.ts'
import type { EarlierArtifacts } from './results.ts'
import type { Declared, Dispatch, GivenRun, WorkflowRun } from './workflow-runs.ts'

export type Aside = { status: number; type: string; body: string }

export type Options = {
  /** Whose API it is; default GitHub's. */
  server?: 'github' | 'gitea'
  /** Default: any free one. */
  port?: number
  /** `owner/name`: GITHUB_REPOSITORY. */
  repository?: string
  /** The repository's node id. */
  repositoryId?: string
  token?: string
  /** Further tokens, by the app that each belongs to; `token` is that of GitHub Actions. */
  apps?: Record<string, App>
  /** For checks. */
  permissions?: 'write' | 'read'
  /** For the rest; those that differ from `actions: read` and no more. */
  grants?: Partial<Grants>
  /** Requests of REST and points of GraphQL left in the hour, each. */
  remaining?: number
  /** Milliseconds until both budgets are full again. */
  window?: number
  /** Points of a GraphQL request. */
  cost?: number
  fault?: FaultFor
  /** The commits that exist; any when left out. */
  commits?: readonly string[]
  /** By file name: the inputs that the workflow's workflow_dispatch declares, or null where it has none. Any
   * workflow and any input when left out. */
  workflows?: Declared['workflows']
  /** Branches and tags with their commits; any when left out. */
  refs?: Declared['refs']
  workflowRuns?: readonly GivenRun[]
  pulls?: readonly GivenPull[]
  /** Roles by login; everybody else may read. */
  roles?: Record<string, Role>
  /** Default: `served`. */
  earlierArtifacts?: EarlierArtifacts
  /** Answers what is not GitHub's, before anything else: without a token, a limit or a record. */
  aside?: (method: string, url: string, github: GitHub) => Aside | undefined
}

export type GitHub = {
  /** GITHUB_API_URL. */
  url: string
  /** GITHUB_GRAPHQL_URL; empty on Gitea. */
  graphqlUrl: string
  repository: string
  repositoryId: string
  /** A copy of all there are, the oldest first. */
  checkRuns(): CheckRunRecord[]
  /** All that were made, the oldest first; only on Gitea. */
  statuses: StatusRecord[]
  requests: SeenRequest[]
  /** What GitHub bears, or may punish later, but nobody should do. */
  violations: string[]
  /** A copy of all uploads, the oldest first, also those that were never finalized and so have no id. */
  artifacts(): ArtifactRecord[]
  /** Leaves an artifact as if a job had uploaded it. @returns its id */
  addArtifact(given: GivenArtifact): number
  /** All runs, and what was dispatched; what a test changes in them, GitHub says from then on. */
  workflowRuns: WorkflowRun[]
  dispatches: Dispatch[]
  /** Adds a run; what is not given is that of a push to main that is running. */
  addRun(given?: GivenRun): WorkflowRun
  /** Pull requests, comments and roles, as for workflowRuns. */
  pulls: Pull[]
  comments: CommentRecord[]
  roles: Record<string, Role>
  addPull(given?: GivenPull): Pull
  /** Adds an issue that is no pull request. */
  addIssue(number: number): void
  /** @param login default `octocat` */
  addComment(number: number, body: string, login?: string): CommentRecord
  /** These may be changed while it runs. `remaining` reads as the smaller of the two budgets. */
  fault: FaultFor | undefined
  permissions: 'write' | 'read'
  grants: Grants
  earlierArtifacts: EarlierArtifacts
  remaining: number
  close(): Promise<void>
}
