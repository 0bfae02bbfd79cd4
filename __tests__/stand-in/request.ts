import type { IncomingMessage } from 'node:http'
import { type DocumentNode, Kind, parse } from 'graphql'
import { BLOBS } from './blob.ts'
import type { Fault } from './faults.ts'
import { RESULTS } from './results.ts'

export type Resource = 'core' | 'graphql' | 'results' | 'blob'

export type SeenRequest = {
  /** From 1. */
  number: number
  /** Milliseconds since the first request. */
  at: number
  method: string
  /** Without the query. */
  path: string
  query: Record<string, string>
  /** Without the token. */
  headers: Record<string, string>
  /** The parsed JSON; the text where it is none; undefined where there is no body, and for a blob's. */
  body: unknown
  bytes: number
  /** Which budget it counts against; `results` and `blob` have none: the runner's artifact service and what
   * its signed addresses lead to. */
  resource: Resource
  /** Whether it would change anything: a GraphQL mutation, or a REST method other than GET. */
  writes: boolean
  /** A GraphQL document's fields at the root, in order. */
  fields: { alias: string; name: string }[]
  /** What it met, and what it was answered; no status where the connection was broken. */
  fault?: Fault
  status?: number
  /** Milliseconds from the request's arrival to its answer. */
  took?: number
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** GraphQL's own answer to bad JSON is a 400, so the text is kept for whoever answers. */
function parsed(text: Buffer): unknown {
  if (text.length === 0) return undefined
  try {
    return JSON.parse(text.toString('utf8'))
  } catch {
    return text.toString('utf8')
  }
}

export function describe(request: IncomingMessage, content: Buffer) {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const headers = Object.entries(request.headers).filter(([name]) => name !== 'authorization')
  const resource = resourceOf(url.pathname)
  const body = resource === 'blob' ? undefined : parsed(content)
  const graphql = resource === 'graphql'
  const method = request.method ?? 'GET'
  const seen: Omit<SeenRequest, 'number' | 'at'> = {
    method,
    path: decodeURIComponent(url.pathname),
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
    ...{ body, bytes: content.length, resource, fields: [] },
    writes:
      !graphql &&
      method !== 'GET' &&
      method !== 'HEAD' &&
      !/\/(List|GetSigned)Artifact\w+$/.test(url.pathname),
  }
  return graphql ? { ...seen, ...describeDocument(readDocument(body)) } : seen
}

function resourceOf(path: string): Resource {
  if (path === '/graphql') return 'graphql'
  if (path.startsWith(RESULTS)) return 'results'
  return path.startsWith(BLOBS) ? 'blob' : 'core'
}

/** @returns undefined where there is no document that can be parsed: `execute` in graphql.ts says why */
function readDocument(body: unknown): DocumentNode | undefined {
  const query = typeof body === 'object' && body !== null && 'query' in body ? body.query : undefined
  try {
    return typeof query === 'string' ? parse(query, { noLocation: true }) : undefined
  } catch {
    return undefined
  }
}

function describeDocument(document: DocumentNode | undefined): Pick<SeenRequest, 'writes' | 'fields'> {
  const operations = document?.definitions.filter((part) => part.kind === Kind.OPERATION_DEFINITION) ?? []
  const selections = operations.flatMap((operation) => operation.selectionSet.selections)
  const fields = selections.filter((selection) => selection.kind === Kind.FIELD)
  return {
    writes: operations.some((operation) => operation.operation === 'mutation'),
    fields: fields.map(({ alias, name }) => ({ alias: (alias ?? name).value, name: name.value })),
  }
}
