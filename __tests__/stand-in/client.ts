/** What the stand-in's own tests say to it, with nothing but fetch. */
import type { GitHub } from './github.ts'

export const SHA = 'a'.repeat(40)
const HEADERS = {
  authorization: 'bearer test-token',
  'user-agent': 'test',
  'content-type': 'application/json',
}

// biome-ignore lint/suspicious/noExplicitAny: what comes is asserted, not typed.
type Json = any
export type Answered = { status: number; headers: Headers; body: Json }

export async function call(github: GitHub, method: string, path: string, body?: unknown): Promise<Answered> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(`${github.url}${path}`, { method, headers: HEADERS, ...sent })
  const text = await response.text()
  const json = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text }
}

export function graphql(github: GitHub, query: string, variables: Record<string, unknown> = {}) {
  return call(github, 'POST', '/graphql', { query, variables })
}

/** One document with a mutation for each input, aliased `m0`, `m1`… */
export function mutate(github: GitHub, kind: 'create' | 'update', inputs: readonly object[], fields = 'id') {
  const [field, type] = [`${kind}CheckRun`, kind === 'create' ? 'CreateCheckRunInput' : 'UpdateCheckRunInput']
  const head = inputs.map((_, index) => `$i${index}: ${type}!`).join(', ')
  const body = inputs.map((_, index) => `m${index}: ${field}(input: $i${index}) { checkRun { ${fields} } }`)
  const variables = inputs.map((input, index) => [
    `i${index}`,
    { repositoryId: github.repositoryId, ...input },
  ])
  return graphql(github, `mutation(${head}) { ${body.join('\n')} }`, Object.fromEntries(variables))
}

export const create = (github: GitHub, ...inputs: readonly object[]) =>
  mutate(
    github,
    'create',
    inputs.map((input, index) => ({ name: `node ${index}`, headSha: SHA, ...input })),
  )

export function annotations(count: number) {
  const location = { startLine: 1, endLine: 1 }
  return Array.from({ length: count }, () => ({
    path: 'a.sql',
    location,
    annotationLevel: 'FAILURE',
    message: 'm',
  }))
}
