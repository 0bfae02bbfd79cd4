import { readFileSync } from 'node:fs'
import type { Environment } from '../dbt/environment.ts'
import { fields, number, text } from '../json.ts'
import { headOf } from './commit.ts'

/** Where in GitHub we are; from the variables and the event that the runner gives. */
export interface Context {
  owner: string
  repo: string
  /** The repository's node id; empty where the event does not tell. */
  repositoryId: string
  /** The commit that gets the checks. */
  sha: string
  runId: string
  runAttempt: string
  /** Such as https://github.com. */
  serverUrl: string
  apiUrl: string
  graphqlUrl: string
}

/** The event of the workflow run; undefined where there is none. */
export function readEvent(path: string | undefined): unknown {
  try {
    return JSON.parse(readFileSync(path ?? '', 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * @param payload the event, https://docs.github.com/en/webhooks/webhook-events-and-payloads
 * @param sha the input of that name, empty where the event decides
 * @returns undefined outside GitHub
 */
export function contextOf(env: Environment, payload: unknown, sha: string): Context | undefined {
  const [owner = '', repo = ''] = (env.GITHUB_REPOSITORY ?? '').split('/')
  const commit = sha || headOf(env, fields(payload)).sha
  if (!owner || !repo || !commit) return undefined
  const apiUrl = (env.GITHUB_API_URL || 'https://api.github.com').replace(/\/$/, '')
  return {
    owner,
    repo,
    repositoryId: text(fields(fields(payload).repository).node_id),
    sha: commit,
    runId: env.GITHUB_RUN_ID ?? '0',
    runAttempt: env.GITHUB_RUN_ATTEMPT ?? '1',
    serverUrl: env.GITHUB_SERVER_URL || 'https://github.com',
    apiUrl,
    // On GitHub Enterprise Server: https://docs.github.com/en/enterprise-server@latest/graphql/guides/forming-calls-with-graphql
    graphqlUrl: env.GITHUB_GRAPHQL_URL || `${apiUrl.replace(/\/v3$/, '')}/graphql`,
  }
}

/** What all external_ids of one step begin with, so that no step touches the checks of another one. */
export function externalPrefix(context: Context, checkName: string): string {
  return `${context.runId}/${context.runAttempt}/${checkName}/`
}

/** Such as `acme/shop`. */
export function repositoryName({ owner, repo }: Context): string {
  return `${owner}/${repo}`
}

/**
 * The repository as GitHub's command line takes it, with the host where that is not github.com; undefined on Gitea and
 * Forgejo, for which it does not work. https://cli.github.com/manual/gh_help_environment, GH_REPO
 */
export function ghRepository(context: Context): string | undefined {
  // GitHub's API is `api.<host>` or `<host>/api/v3`.
  if (context.apiUrl.endsWith('/api/v1')) return undefined
  const host = context.serverUrl.replace(/^https?:\/\//, '')
  return host === 'github.com' ? repositoryName(context) : `${host}/${repositoryName(context)}`
}

/** Such as https://github.com/acme/shop. */
export function repositoryUrl(context: Context): string {
  return `${context.serverUrl}/${repositoryName(context)}`
}

/** Whether this is a full commit SHA, as git writes it. */
export function isCommit(sha: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(sha)
}

/** Where a browser opens an artifact of this run. */
export function artifactUrl(context: Context, id: string): string {
  return `${repositoryUrl(context)}/actions/runs/${context.runId}/artifacts/${id}`
}

/** The page of this attempt of the workflow run. */
export function runUrl(context: Context): string {
  return `${repositoryUrl(context)}/actions/runs/${context.runId}/attempts/${context.runAttempt}`
}

/** Why data must not be shown to whoever can read this repository; empty where it may. */
export function whyNoData(payload: unknown): string {
  const { repository, pull_request } = fields(payload)
  if (fields(repository).private !== true) {
    const isPublic = fields(repository).private === false
    return isPublic
      ? 'since the repository is public'
      : 'since the event does not say that the repository is private'
  }
  const head = fields(fields(fields(pull_request).head).repo)
  const isFork = pull_request !== undefined && head.id !== fields(repository).id
  return isFork ? 'since the pull request is from a fork' : ''
}

/** The number of the pull request that the event is about; undefined where it is about none. */
export function pullNumber(payload: unknown): number | undefined {
  return number(fields(fields(payload).pull_request).number)
}
