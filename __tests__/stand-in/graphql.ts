import { readFileSync } from 'node:fs'
import type { CreateCheckRunInput, UpdateCheckRunInput } from '@octokit/graphql-schema'
import type { GraphQLError, GraphQLSchema } from 'graphql'
import { buildSchema, execute, parse, validate } from 'graphql'
import type { App } from './app.ts'
import type { CheckRunRecord, CheckRuns, CheckRunWrite } from './check-runs.ts'
import { failed } from './failures.ts'
import { type Fault, hitBy } from './faults.ts'
import { readInput } from './graphql-input.ts'
import { type Repository, repositoryNode, runNode } from './nodes.ts'
import type { RateLimit } from './rate-limit.ts'
import { ANNOTATION_LIMIT, forbidden, isRefusal, refusal } from './refusals.ts'
import type { SeenRequest } from './request.ts'
import type { Answer } from './rest.ts'

/** Mutations and queries in one document. GitHub's limit is time and resources, not a number; 100 is far
 * above what anyone saw work reliably.
 * https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#timeouts */
const ALIAS_LIMIT = 100
/** Node ids in one `nodes(ids:)`; GitHub answers more with ARGUMENT_LIMIT. */
const IDS_LIMIT = 100

export type Exchange = {
  runs: CheckRuns
  /** Of the token. */
  app: App
  /** Of GraphQL. */
  node: Repository
  request: SeenRequest
  permissions: 'write' | 'read'
  limit: RateLimit
  /** Points. */
  cost: number
  fault: Fault | undefined
}

let published: GraphQLSchema | undefined

/** The schema that GitHub publishes, parsed once in a process. It is known to be valid: checking it would
 * take longer than everything else. */
export function publishedSchema(): GraphQLSchema {
  if (published === undefined) {
    const file = new URL('./schema.graphql', import.meta.resolve('@octokit/graphql-schema'))
    const options = { assumeValid: true, assumeValidSDL: true, noLocation: true }
    published = buildSchema(readFileSync(file, 'utf8'), options)
  }
  return published
}

export function answerGraphql(exchange: Exchange): Answer {
  const { body } = exchange.request
  if (typeof body !== 'object' || body === null)
    return { status: 400, body: { message: 'Problems parsing JSON' } }
  const { query, variables, operationName } = body as Record<string, unknown>
  if (typeof query !== 'string') return refused('A query attribute must be specified and must be a string.')
  if (exchange.request.fields.length > ALIAS_LIMIT) return failed(502, 'graphql')
  try {
    const schema = publishedSchema()
    const document = parse(query)
    const errors = validate(schema, document)
    if (errors.length > 0) return { status: 200, body: { errors: errors.map(written) } }
    const result = execute({
      ...{ schema, document, rootValue: root(exchange) },
      variableValues: (variables ?? {}) as Record<string, unknown>,
      operationName: (operationName ?? null) as string | null,
    })
    if (result instanceof Promise) throw new Error('The resolvers are synchronous: a document is one step')
    if (!('errors' in result) || result.errors === undefined) return { status: 200, body: result }
    return { status: 200, body: { ...result, errors: result.errors.map(written) } }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'GraphQLError') throw error
    return { status: 200, body: { errors: [written(error as GraphQLError)] } }
  }
}

function refused(message: string): Answer {
  return { status: 200, body: { errors: [{ message }] } }
}

/** GitHub puts the type beside the message, where the specification would have it in `extensions`. */
function written(error: GraphQLError) {
  const cause = error.originalError
  const { path, locations, message } = error
  return { ...(isRefusal(cause) ? { type: cause.type } : {}), path, locations, message }
}

function root(exchange: Exchange) {
  const { runs, node: repository, request, limit, cost, fault } = exchange
  const hit = hitBy(fault)
  let mutation = 0

  function write(
    input: CreateCheckRunInput | UpdateCheckRunInput,
    perform: (write: CheckRunWrite) => CheckRunRecord,
  ) {
    const index = mutation++
    const { clientMutationId } = input
    if (exchange.permissions === 'read') throw forbidden()
    if (index >= hit.until) return null
    if (hit.failed.includes(index))
      throw refusal('UNPROCESSABLE', 'Something went wrong while executing your query.')
    const tooMany = (input.output?.annotations?.length ?? 0) > ANNOTATION_LIMIT
    // Neither done nor refused, as others measured: facts/github.md.
    if (hit.silent.includes(index) || tooMany) return { clientMutationId, checkRun: null }
    if (input.repositoryId !== repository.id) throw unresolved(input.repositoryId)
    return { clientMutationId, checkRun: runNode(perform(readInput(input)), runs, repository) }
  }

  function node(id: string) {
    const run = runs.find(id)
    if (run !== undefined) return runNode(run, runs, repository)
    if (id === repository.id) return repositoryNode(runs, repository)
    throw unresolved(id)
  }

  return {
    createCheckRun: ({ input }: { input: CreateCheckRunInput }) =>
      write(input, (content) => runs.create(content, request.number, exchange.app)),
    updateCheckRun: ({ input }: { input: UpdateCheckRunInput }) =>
      write(input, (content) => {
        const run = runs.find(input.checkRunId)
        if (run === undefined) throw unresolved(input.checkRunId)
        return runs.update(run, content, request.number, exchange.app)
      }),
    node: ({ id }: { id: string }) => node(id),
    nodes: ({ ids }: { ids: string[] }) => {
      if (ids.length > IDS_LIMIT) {
        throw refusal(
          'ARGUMENT_LIMIT',
          `You may not provide more than ${IDS_LIMIT} node ids; you provided ${ids.length}.`,
        )
      }
      return ids.map((id) => () => node(id))
    },
    repository: ({ owner, name }: { owner: string; name: string }) => {
      if (`${owner}/${name}`.toLowerCase() === runs.repository.toLowerCase())
        return repositoryNode(runs, repository)
      throw refusal('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`)
    },
    viewer: { __typename: 'User', login: 'github-actions[bot]', id: 'MDM6Qm90NDE4OTgyODI=' },
    rateLimit: () => {
      const { reset, ...state } = limit.state()
      return { ...state, cost, nodeCount: 0, resetAt: new Date(reset * 1000).toISOString() }
    },
  }
}

function unresolved(id: string) {
  return refusal('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`)
}
