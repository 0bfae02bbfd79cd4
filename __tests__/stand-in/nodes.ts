/** The objects that GraphQL's queries walk through: repository, commit, check suite, check run. */
import type { CheckRunRecord, CheckRuns } from './check-runs.ts'
import { connection, type Page } from './pagination.ts'
import type { Annotation } from './refusals.ts'

export type Repository = {
  /** The node id. */
  id: string
  databaseId: number
}

/** The app that GITHUB_TOKEN belongs to: https://api.github.com/apps/github-actions */
export const APP = { id: 15_368, slug: 'github-actions', name: 'GitHub Actions' }
type Filter = {
  appId?: number
  checkName?: string
  checkType?: 'ALL' | 'LATEST'
  conclusions?: string[]
  status?: string
  statuses?: string[]
}

export function repositoryNode(runs: CheckRuns, { id, databaseId }: Repository) {
  const [owner = '', name = ''] = runs.repository.split('/')
  return {
    ...{ __typename: 'Repository', id, databaseId, name, nameWithOwner: runs.repository },
    url: `https://github.com/${runs.repository}`,
    owner: { __typename: 'User', login: owner },
    // An expression would need branches, which there are none of: a full sha is one too.
    object: ({ oid, expression }: { oid?: string; expression?: string }) => {
      const sha = oid ?? expression ?? ''
      return runs.hasCommit(sha) ? commitNode(sha, runs, { id, databaseId }) : null
    },
  }
}

function commitNode(oid: string, runs: CheckRuns, repository: Repository): object {
  const mine = runs.all.filter((run) => run.headSha === oid)
  const contexts = (page: Page) =>
    connection(
      'contexts',
      page,
      latest(mine).map((run) => runNode(run, runs, repository)),
    )
  return {
    ...{ __typename: 'Commit', id: `C_kwDO${oid}`, oid, abbreviatedOid: oid.slice(0, 7) },
    url: `https://github.com/${runs.repository}/commit/${oid}`,
    checkSuites: ({ filterBy, ...page }: Page & { filterBy?: { appId?: number; checkName?: string } }) => {
      const named = filterBy?.checkName === undefined || mine.some((run) => run.name === filterBy.checkName)
      const there = mine.length > 0 && named && (filterBy?.appId ?? APP.id) === APP.id
      return connection('checkSuites', page, there ? [suiteNode(oid, runs, repository)] : [])
    },
    statusCheckRollup:
      mine.length === 0 ? null : { id: `SCR_${oid}`, state: rollupState(latest(mine)), contexts },
  }
}

function rollupState(runs: readonly CheckRunRecord[]): string {
  const good = ['success', 'neutral', 'skipped']
  if (runs.some((run) => run.conclusion !== null && !good.includes(run.conclusion))) return 'FAILURE'
  return runs.every((run) => run.status === 'completed') ? 'SUCCESS' : 'PENDING'
}

/** All runs of a token on a commit join one suite; nobody can choose. */
function suiteNode(sha: string, runs: CheckRuns, repository: Repository) {
  return {
    ...{
      __typename: 'CheckSuite',
      id: `CS_kwDO${sha}`,
      app: { databaseId: APP.id, slug: APP.slug, name: APP.name },
    },
    commit: () => commitNode(sha, runs, repository),
    checkRuns: ({ filterBy, ...page }: Page & { filterBy?: Filter }) => {
      const found = filtered(
        runs.all.filter((run) => run.headSha === sha),
        filterBy ?? {},
      )
      return connection(
        'checkRuns',
        page,
        found.map((run) => runNode(run, runs, repository)),
      )
    },
  }
}

/** Which type is meant where none is given the schema does not say: the newest of each name is what finds
 * out a client that relies on getting all. */
function filtered(runs: readonly CheckRunRecord[], filter: Filter): CheckRunRecord[] {
  const statuses = filter.statuses ?? (filter.status === undefined ? undefined : [filter.status])
  const typed = filter.checkType === 'ALL' ? [...runs] : latest(runs)
  return typed.filter(
    (run) =>
      (filter.appId ?? APP.id) === APP.id &&
      (filter.checkName ?? run.name) === run.name &&
      (statuses?.includes(run.status.toUpperCase()) ?? true) &&
      (filter.conclusions?.includes(run.conclusion?.toUpperCase() ?? '') ?? true),
  )
}

/** Of several runs of one name on one commit the newest counts. */
export function latest(runs: readonly CheckRunRecord[]): CheckRunRecord[] {
  const newest = new Map(runs.map((run) => [run.name, run]))
  return runs.filter((run) => newest.get(run.name) === run)
}

export function runNode(run: CheckRunRecord, runs: CheckRuns, repository: Repository) {
  const { id, databaseId, name, url, detailsUrl, externalId, startedAt, completedAt, output } = run
  return {
    ...{
      __typename: 'CheckRun',
      id,
      databaseId,
      name,
      url,
      permalink: url,
      detailsUrl,
      externalId,
      ...output,
    },
    ...{ startedAt, completedAt, resourcePath: new URL(url).pathname },
    status: run.status.toUpperCase(),
    conclusion: run.conclusion?.toUpperCase() ?? null,
    isRequired: false,
    annotations: (page: Page) => connection('annotations', page, run.annotations.map(annotationNode)),
    checkSuite: () => suiteNode(run.headSha, runs, repository),
    repository: () => repositoryNode(runs, repository),
  }
}

function annotationNode(annotation: Annotation) {
  const { path, message, title, rawDetails, startLine, endLine, startColumn, endColumn } = annotation
  const location = {
    start: { line: startLine, column: startColumn },
    end: { line: endLine, column: endColumn },
  }
  return {
    path,
    message,
    title,
    rawDetails,
    location,
    annotationLevel: annotation.annotationLevel.toUpperCase(),
  }
}
