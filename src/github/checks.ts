import { getOctokit } from '@actions/github'
import { type Fields, fields, text } from '../json.ts'
import type { Annotation } from '../report/annotation.ts'
import type { CheckRun } from '../report/check-run.ts'
import type { Context } from './context.ts'
import { type Failure, failureOf } from './failure.ts'

/** A check run to make, or to change where `id` is set. */
export interface Write {
  id: string | undefined
  externalId: string
  check: CheckRun
  /** Those of the check's annotations that go with this write: GitHub appends. */
  annotations: Annotation[]
  /** False while more annotations are to follow: a check run is completed once. */
  complete: boolean
}

export type Answer = { id: string; url: string } | { failure: Failure }

/** A check run as GitHub has it. */
export interface Existing {
  id: string
  url: string
  name: string
  externalId: string
  completed: boolean
  annotations: number
}

/** GitHub's check runs on one commit. No call throws: what goes wrong is data. */
export interface Checks {
  /** Many writes in one request; the answers in the same order. */
  writeAll(writes: Write[]): Promise<Answer[]>
  /** One write by REST, whose budget is another one. */
  writeOne(write: Write): Promise<Answer>
  /** All check runs on the commit, by any app. */
  list(): Promise<Existing[] | { failure: Failure }>
}

export type Octokit = ReturnType<typeof getOctokit>
export type Headers = Record<string, string | number | undefined>

/** GitHub ends a request after ten seconds: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#timeouts */
const TIMEOUT = 15_000

/** @param onHeaders is told the headers of each answer, which say what is left of the budget */
export function checksOf(octokit: Octokit, context: Context, onHeaders: (headers: Headers) => void): Checks {
  const { owner, repo, sha } = context
  let repositoryId = context.repositoryId
  /** REST's numbers by GraphQL's node ids. GraphQL's `databaseId` is an Int of 32 bits, which real ids exceed. */
  const numbers = new Map<string, number>()

  async function call(route: string, parameters: Fields): Promise<{ data: unknown } | { failure: Failure }> {
    try {
      const request = { signal: AbortSignal.timeout(TIMEOUT) }
      const response = await octokit.request(route, { ...parameters, request })
      onHeaders(response.headers)
      return { data: response.data }
    } catch (error) {
      const headers = fields(fields(fields(error).response).headers)
      onHeaders(headers as Headers)
      return { failure: failureOf(error, Date.now()) }
    }
  }

  async function graphql(query: string, variables: Fields): Promise<GraphqlAnswer> {
    const answer = await call(`POST ${context.graphqlUrl}`, { query, variables })
    if ('failure' in answer) return { data: {}, errors: [], failure: answer.failure }
    const { data, errors } = fields(answer.data)
    const list = Array.isArray(errors) ? errors.map(fields) : []
    const whole = list.find((error) => !Array.isArray(error.path))
    return {
      data: fields(data),
      errors: list,
      failure: whole ? failureOf({ graphql: whole }, Date.now()) : undefined,
    }
  }

  function noteNumber(run: Fields): void {
    if (typeof run.id === 'number') numbers.set(text(run.node_id), run.id)
  }

  function made(answer: { data: unknown } | { failure: Failure }): Answer {
    if ('failure' in answer) return answer
    const run = fields(answer.data)
    if (!text(run.node_id)) return { failure: strange() }
    noteNumber(run)
    return { id: text(run.node_id), url: text(run.html_url) }
  }

  const checks: Checks = {
    async writeAll(writes) {
      if (!repositoryId) {
        const query =
          'query($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { id } }'
        const { data, failure } = await graphql(query, { owner, repo })
        repositoryId = text(fields(data.repository).id)
        if (!repositoryId)
          return writes.map(() => ({
            failure: failure ?? { kind: 'forbidden', message: `cannot see ${owner}/${repo}` },
          }))
      }
      const { query, variables } = mutation(writes, repositoryId, sha)
      const { data, errors, failure } = await graphql(query, variables)
      return writes.map((_, i) => {
        const run = fields(fields(data[`c${i}`]).checkRun)
        if (text(run.id)) return { id: text(run.id), url: text(run.url) }
        const own = errors.find((error) => Array.isArray(error.path) && error.path[0] === `c${i}`)
        if (own) return { failure: failureOf({ graphql: own }, Date.now()) }
        return { failure: failure ?? { kind: 'refused', message: 'GitHub answered without a check run' } }
      })
    },

    async writeOne(write) {
      const body = restBody(write, sha)
      if (!write.id)
        return made(await call('POST /repos/{owner}/{repo}/check-runs', { owner, repo, ...body }))
      if (!numbers.has(write.id)) {
        const listed = await checks.list()
        if ('failure' in listed) return listed
      }
      const id = numbers.get(write.id)
      if (id === undefined) return { failure: { kind: 'refused', message: 'the check run is gone' } }
      return made(await call('PATCH /repos/{owner}/{repo}/check-runs/{id}', { owner, repo, id, ...body }))
    },

    async list() {
      const found: Existing[] = []
      // 100 a page at most: https://docs.github.com/en/rest/checks/runs#list-check-runs-for-a-git-reference
      for (let page = 1; page <= MOST_PAGES; page++) {
        const answer = await call('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
          owner,
          repo,
          ref: sha,
          filter: 'all',
          per_page: 100,
          page,
        })
        if ('failure' in answer) return answer
        const runs = fields(answer.data).check_runs
        // An answer that is none must not read as "there are no check runs": they would be made again.
        if (!Array.isArray(runs)) return { failure: strange() }
        const list = runs.map(fields)
        for (const run of list) noteNumber(run)
        found.push(...list.map(existing))
        if (list.length < 100) break
      }
      return found
    },
  }
  return checks
}

interface GraphqlAnswer {
  data: Fields
  errors: Fields[]
  failure: Failure | undefined
}

/** 10,000 check runs on one commit; a run of ours makes 1,000 at the most anyone asked for. */
const MOST_PAGES = 100

function strange(): Failure {
  return { kind: 'lost', message: 'GitHub answered something else than a check run' }
}

function existing(run: Fields): Existing {
  const count = fields(run.output).annotations_count
  return {
    id: text(run.node_id),
    url: text(run.html_url),
    name: text(run.name),
    externalId: text(run.external_id),
    completed: run.status === 'completed',
    annotations: typeof count === 'number' ? count : 0,
  }
}

/** One document with a mutation for each write, under the aliases c0, c1, … */
function mutation(writes: Write[], repositoryId: string, headSha: string) {
  const variables: Record<string, unknown> = {}
  const head: string[] = []
  const body: string[] = []
  writes.forEach((write, i) => {
    const verb = write.id ? 'updateCheckRun' : 'createCheckRun'
    const type = write.id ? 'UpdateCheckRunInput' : 'CreateCheckRunInput'
    head.push(`$c${i}: ${type}!`)
    body.push(`c${i}: ${verb}(input: $c${i}) { checkRun { id url } }`)
    variables[`c${i}`] = write.id
      ? { repositoryId, checkRunId: write.id, ...graphqlInput(write) }
      : { repositoryId, headSha, ...graphqlInput(write) }
  })
  return { query: `mutation(${head.join(', ')}) {\n${body.join('\n')}\n}`, variables }
}

/** https://docs.github.com/en/graphql/reference/input-objects#createcheckruninput */
function graphqlInput({ check, externalId, annotations, complete }: Write): Fields {
  const { conclusion } = check
  return {
    name: check.name,
    externalId,
    ...(check.startedAt === undefined ? {} : { startedAt: iso(check.startedAt) }),
    ...(conclusion && complete
      ? {
          status: 'COMPLETED',
          conclusion: conclusion.toUpperCase(),
          completedAt: iso(check.completedAt ?? Date.now()),
        }
      : { status: 'IN_PROGRESS' }),
    output: {
      title: check.title,
      summary: check.summary,
      text: check.text,
      annotations: annotations.map(({ path, line, level, title, message }) => ({
        path,
        location: { startLine: line, endLine: line },
        annotationLevel: level.toUpperCase(),
        title,
        message,
      })),
    },
  }
}

/** https://docs.github.com/en/rest/checks/runs#create-a-check-run */
function restBody({ id, check, externalId, annotations, complete }: Write, headSha: string): Fields {
  const { conclusion } = check
  return {
    ...(id ? {} : { head_sha: headSha }),
    name: check.name,
    external_id: externalId,
    ...(check.startedAt === undefined ? {} : { started_at: iso(check.startedAt) }),
    ...(conclusion && complete
      ? { status: 'completed', conclusion, completed_at: iso(check.completedAt ?? Date.now()) }
      : { status: 'in_progress' }),
    output: {
      title: check.title,
      summary: check.summary,
      text: check.text,
      annotations: annotations.map(({ path, line, level, title, message }) => ({
        path,
        start_line: line,
        end_line: line,
        annotation_level: level,
        title,
        message,
      })),
    },
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

/** Octokit would write each failed request into the log of the step. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

/** @param apiUrl the toolkit reads GITHUB_API_URL when it is loaded; it is given again for the sake of tests */
export function octokitOf(token: string, apiUrl: string): Octokit {
  return getOctokit(token, { baseUrl: apiUrl, log: SILENT })
}
