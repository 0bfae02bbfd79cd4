import { type Fields, fields, text } from '../json.ts'
import type { Annotation } from '../report/annotation.ts'
import type { CheckRun } from '../report/check-run.ts'
import type { Client, Headers } from './client.ts'
import type { Context } from './context.ts'
import { type Failure, graphqlFailure } from './failure.ts'

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

/** What the calls share. */
interface Connection {
  client: Client
  context: Context
  onHeaders(headers: Headers): void
  /** Asked of GitHub where the event does not have it. */
  repositoryId: string
  /** REST's numbers by GraphQL's node ids. GraphQL's `databaseId` is an Int of 32 bits, which real ids exceed. */
  numbers: Map<string, string>
}

/** @param onHeaders is called with the headers of each answer, which say what is left of the budget */
export function checksOf(client: Client, context: Context, onHeaders: (headers: Headers) => void): Checks {
  const { repositoryId } = context
  const connection: Connection = { client, context, onHeaders, repositoryId, numbers: new Map() }
  return {
    writeAll: (writes) => writeAll(connection, writes),
    writeOne: (write) => writeOne(connection, write),
    list: () => list(connection),
  }
}

type Called = { data: unknown; headers: Headers } | { failure: Failure }

async function call({ client, onHeaders }: Connection, route: string, parameters: Fields): Promise<Called> {
  const answer = await client.request(route, parameters)
  onHeaders(answer.headers)
  return answer
}

async function graphql(connection: Connection, query: string, variables: Fields): Promise<GraphqlAnswer> {
  const answer = await call(connection, `POST ${connection.context.graphqlUrl}`, { query, variables })
  if ('failure' in answer) return { data: {}, errors: [], failure: answer.failure }
  const { data, errors } = fields(answer.data)
  const list = (Array.isArray(errors) ? errors.map(fields) : []).map(({ path, ...error }) => ({
    alias: Array.isArray(path) ? text(path[0]) : undefined,
    failure: graphqlFailure(error, answer.headers, Date.now()),
  }))
  return {
    data: fields(data),
    errors: list,
    failure: list.find(({ alias }) => alias === undefined)?.failure,
  }
}

async function writeAll(connection: Connection, writes: Write[]): Promise<Answer[]> {
  const unknown = await askRepositoryId(connection)
  if (unknown) return writes.map(() => ({ failure: unknown }))
  const { query, variables } = mutation(writes, connection.repositoryId, connection.context.sha)
  const { data, errors, failure } = await graphql(connection, query, variables)
  return writes.map((_, i) => {
    const alias = `c${i}`
    const run = fields(fields(data[alias]).checkRun)
    if (text(run.id)) return { id: text(run.id), url: text(run.url) }
    const own = errors.find((error) => error.alias === alias)?.failure ?? failure
    if (own) return { failure: own }
    // Without a word on it, the answer is cut off or none of GraphQL's, and the write may have taken effect.
    if (!(alias in data)) return { failure: strange() }
    return { failure: { kind: 'refused', message: 'GitHub answered without a check run' } }
  })
}

async function askRepositoryId(connection: Connection): Promise<Failure | undefined> {
  if (connection.repositoryId) return undefined
  const { owner, repo } = connection.client
  const query = 'query($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { id } }'
  const { data, failure } = await graphql(connection, query, { owner, repo })
  connection.repositoryId = text(fields(data.repository).id)
  if (connection.repositoryId) return undefined
  return failure ?? { kind: 'forbidden', message: `cannot see ${owner}/${repo}` }
}

async function writeOne(connection: Connection, write: Write): Promise<Answer> {
  const { numbers, context } = connection
  const body = restBody(write, context.sha)
  if (!write.id)
    return made(connection, await call(connection, 'POST /repos/{owner}/{repo}/check-runs', body))
  if (!numbers.has(write.id)) {
    const listed = await list(connection)
    if ('failure' in listed) return listed
  }
  const id = numbers.get(write.id)
  if (id === undefined) return { failure: { kind: 'refused', message: 'the check run is gone' } }
  const route = 'PATCH /repos/{owner}/{repo}/check-runs/{id}'
  return made(connection, await call(connection, route, { id, ...body }))
}

function made({ numbers }: Connection, answer: Called): Answer {
  if ('failure' in answer) return answer
  const run = fields(answer.data)
  if (!text(run.node_id)) return { failure: strange() }
  noteNumber(numbers, run)
  return { id: text(run.node_id), url: text(run.html_url) }
}

function noteNumber(numbers: Map<string, string>, run: Fields): void {
  // Octokit reads one beyond 2^53 as a bigint.
  numbers.set(text(run.node_id), String(run.id))
}

async function list(connection: Connection): Promise<Existing[] | { failure: Failure }> {
  const found: Existing[] = []
  // 100 a page at most: https://docs.github.com/en/rest/checks/runs#list-check-runs-for-a-git-reference
  for (let page = 1; page <= MOST_PAGES; page++) {
    const answer = await call(connection, 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
      ref: connection.context.sha,
      filter: 'all',
      per_page: 100,
      page,
    })
    if ('failure' in answer) return answer
    const runs = fields(answer.data).check_runs
    // An answer that is none must not read as "there are no check runs": they would be made again.
    if (!Array.isArray(runs)) return { failure: strange() }
    for (const run of runs.map(fields)) {
      noteNumber(connection.numbers, run)
      found.push(existing(run))
    }
    if (runs.length < 100) break
  }
  return found
}

interface GraphqlAnswer {
  data: Fields
  /** Of one alias each, or of the whole. */
  errors: { alias: string | undefined; failure: Failure }[]
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
