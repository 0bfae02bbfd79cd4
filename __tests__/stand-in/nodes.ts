/** The objects that GraphQL's queries walk through: repository, commit, check suite, check run. */
import type { App } from './app.ts'
import type { CheckRunRecord, CheckRuns } from './check-runs.ts'
import { connection, type Page } from './pagination.ts'
import type { Annotation } from './refusals.ts'

export type Repository = {
  /** The node id. */
  id: string
  databaseId: number
}

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
      const named = mine.filter((run) => (filterBy?.checkName ?? run.name) === run.name)
      const apps = new Map(named.map(({ app }) => [app.id, app]))
      const there = [...apps.values()].filter(({ id }) => (filterBy?.appId ?? id) === id)
      return connection(
        'checkSuites',
        page,
        there.map((app) => suiteNode(oid, app, runs, repository)),
      )
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

/** All runs of an app on a commit join one suite; nobody can choose. */
function suiteNode(sha: string, app: App, runs: CheckRuns, repository: Repository) {
  return {
    ...{
      __typename: 'CheckSuite',
      id: `CS_kwDO${app.id}${sha}`,
      app: { databaseId: app.id, slug: app.slug, name: app.name },
    },
    commit: () => commitNode(sha, runs, repository),
    checkRuns: ({ filterBy, ...page }: Page & { filterBy?: Filter }) => {
      const found = filtered(
        runs.all.filter((run) => run.headSha === sha && run.app.id === app.id),
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
      (filter.appId ?? run.app.id) === run.app.id &&
      (filter.checkName ?? run.name) === run.name &&
      (statuses?.includes(run.status.toUpperCase()) ?? true) &&
      (filter.conclusions?.includes(run.conclusion?.toUpperCase() ?? '') ?? true),
  )
}

/** Of several runs of one name and app on one commit the newest counts. */
export function latest(runs: readonly CheckRunRecord[]): CheckRunRecord[] {
  const newest = new Map(runs.map((run) => [`${run.app.id} ${run.name}`, run]))
  return runs.filter((run) => newest.get(`${run.app.id} ${run.name}`) === run)
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
    checkSuite: () => suiteNode(run.headSha, run.app, runs, repository),
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
