import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ACTIONS, type App } from './app.ts'
import { answerBlob } from './blob.ts'
import { checkRunsOf } from './check-runs.ts'
import { BAD_CREDENTIALS, failed, NO_USER_AGENT, resourcesExceeded } from './failures.ts'
import type { Fault } from './faults.ts'
import { answerGitea, type StatusRecord } from './gitea.ts'
import { USUAL } from './grants.ts'
import { answerGraphql, publishedSchema } from './graphql.ts'
import { keptOf } from './kept.ts'
import type { GitHub, Options } from './options.ts'
import { primaryExceeded, rateLimit, secondaryExceeded } from './rate-limit.ts'
import { describe, type Resource, readBody, type SeenRequest } from './request.ts'
import { type Answer, answerRest, type RestExchange } from './rest.ts'
import { answerResults, RESULTS } from './results.ts'

export type { CheckRunRecord } from './check-runs.ts'
export type { Aside, GitHub, Options } from './options.ts'

/** Bytes of a request above which we complain: GitHub documents no limit, but 10 seconds for everything. */
const REQUEST_BYTES = 1_000_000

/** A GitHub on 127.0.0.1 that keeps check runs, artifacts, workflow runs and comments, and refuses what GitHub
 * refuses. Its `url` is ACTIONS_RESULTS_URL too. */
export async function startGitHub(options: Options = {}): Promise<GitHub> {
  const {
    repository = 'octo/jaffle',
    repositoryId = 'R_kgDOJaffle',
    token = 'test-token',
    cost = 1,
  } = options
  const requests: SeenRequest[] = []
  const violations: string[] = []
  const statuses: StatusRecord[] = []
  const gitea = options.server === 'gitea'
  const runs = checkRunsOf(repository, violations, options.commits)
  const kept = keptOf(repository, options, () => github.url)
  const limits = {
    core: rateLimit('core', options.remaining, options.window),
    graphql: rateLimit('graphql', options.remaining, options.window),
  }
  const writing = new Set<SeenRequest>()
  let begin: number | undefined

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrival = performance.now()
    const content = await readBody(request)
    const aside = options.aside?.(request.method ?? 'GET', request.url ?? '/', github)
    if (aside !== undefined) {
      response.writeHead(aside.status, { 'content-type': aside.type })
      response.end(aside.body)
      return
    }
    begin ??= arrival
    const seen: SeenRequest = {
      number: requests.length + 1,
      at: arrival - begin,
      ...describe(request, content),
    }
    requests.push(seen)
    const fault = github.fault?.(seen)
    if (fault !== undefined) seen.fault = fault
    const ofApi = seen.resource === 'core' || seen.resource === 'graphql'
    if (ofApi && seen.bytes > REQUEST_BYTES) violations.push(`request ${seen.number}: ${seen.bytes} bytes`)
    if (ofApi && seen.writes) beginWriting(seen, response)
    // Alone, a delay is that of the answer: what was asked for is done at once.
    const first = fault !== undefined && 'effect' in fault && fault.effect === 'before'
    if (first) await late(fault)
    const said = answer(seen, fault, content, request.headers.authorization)
    if (!first) await late(fault)
    writing.delete(seen)
    seen.took = performance.now() - arrival
    if (said === undefined) request.socket.destroy()
    else send(seen, said, response)
  }

  function send(seen: SeenRequest, said: Answer, response: ServerResponse): void {
    seen.status = said.status
    const plain = typeof said.body === 'string' || Buffer.isBuffer(said.body)
    const type = `${plain ? 'text/html' : 'application/json'}; charset=utf-8`
    const limit = isLimited(seen.resource) && !gitea ? limits[seen.resource].headers() : {}
    const headers = { ...limit, 'x-github-request-id': `STAND:IN:${seen.number}` }
    response.writeHead(said.status, { 'content-type': type, ...headers, ...said.headers })
    response.end(plain ? said.body : JSON.stringify(said.body))
  }

  /** "make requests serially instead of concurrently"
   * https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#avoid-concurrent-requests
   * A client that gave up waiting has nothing in flight any more. */
  function beginWriting(seen: SeenRequest, response: ServerResponse): void {
    if (writing.size > 0) violations.push(`request ${seen.number}: ${writing.size + 1} mutations in flight`)
    writing.add(seen)
    response.once('close', () => writing.delete(seen))
  }

  /** @returns undefined where the connection breaks instead */
  function answer(
    seen: SeenRequest,
    fault: Fault | undefined,
    content: Buffer,
    authorization?: string,
  ): Answer | undefined {
    if (fault !== undefined && 'outage' in fault) return undefined
    if (!isLimited(seen.resource))
      return struck(seen, fault, () => answerRunner(seen, content, authorization))
    const app = appOf(authorization, { ...options.apps, [token]: ACTIONS })
    if (!app) return BAD_CREDENTIALS
    if (gitea) return struck(seen, fault, () => answerGitea(seen, repository, statuses))
    if (seen.headers['user-agent'] === undefined) return NO_USER_AGENT
    const limit = limits[seen.resource]
    if (fault !== undefined && 'primary' in fault) limit.remaining = 0
    // "Accessing this endpoint does not count against your REST API rate limit."
    // https://docs.github.com/rest/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user
    const free = seen.path === '/rate_limit' || (fault !== undefined && 'secondary' in fault)
    if (!free && !limit.spend(seen.resource === 'graphql' ? cost : 1)) return primaryExceeded(seen.resource)
    const { permissions, grants, url } = github
    const exchange: RestExchange = {
      ...{ runs, app, request: seen, permissions, limit, cost, fault, grants, origin: url, repository },
      ...{ ...kept.exchange, complain: (text) => violations.push(text) },
      node: { id: repositoryId, databaseId: 640_320_001 },
    }
    const budgets = () => ({ core: limits.core.state(), graphql: limits.graphql.state() })
    return struck(seen, fault, () =>
      seen.resource === 'graphql' ? answerGraphql(exchange) : answerRest(exchange, budgets()),
    )
  }

  /** What the runner asks beside the API, with a token of its own and no limit. */
  function answerRunner(seen: SeenRequest, content: Buffer, authorization: string | undefined): Answer {
    const { artifacts } = kept.exchange
    if (seen.resource === 'blob') return answerBlob(seen, content, artifacts)
    const store = { artifacts, earlier: github.earlierArtifacts, origin: github.url }
    return answerResults(seen.path.slice(RESULTS.length), seen.body, authorization, store)
  }

  /** @returns the answer, or what a fault makes of it; undefined where the connection breaks instead */
  function struck(seen: SeenRequest, fault: Fault | undefined, answered: () => Answer): Answer | undefined {
    if (fault !== undefined && 'secondary' in fault)
      return secondaryExceeded(fault.status ?? 403, fault.retryAfter)
    if (fault === undefined || !('status' in fault || 'reset' in fault || 'resourceLimits' in fault))
      return answered()
    if ('effect' in fault && fault.effect !== 'before') answered()
    if ('resourceLimits' in fault) return resourcesExceeded()
    return 'reset' in fault ? undefined : failed(fault.status, seen.resource)
  }

  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      // A client that is gone before it had sent everything is no mistake of ours.
      if (request.destroyed && !request.complete) return
      violations.push(`the stand-in itself failed: ${error instanceof Error ? error.stack : error}`)
      response.writeHead(500).end()
    })
  })

  publishedSchema()
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = gitea ? `${origin}/api/v1` : origin
  const github: GitHub = {
    ...{ url, graphqlUrl: gitea ? '' : `${url}/graphql`, repository, repositoryId, requests, violations },
    statuses,
    checkRuns: () => structuredClone(runs.all),
    fault: options.fault,
    permissions: options.permissions ?? 'write',
    grants: { ...USUAL, ...options.grants },
    earlierArtifacts: options.earlierArtifacts ?? 'served',
    ...kept.forTests,
    get remaining() {
      return Math.min(limits.core.remaining, limits.graphql.remaining)
    },
    set remaining(left) {
      limits.core.remaining = left
      limits.graphql.remaining = left
    },
    async close() {
      if (!server.listening) return
      const closed = once(server.close(), 'close')
      server.closeAllConnections()
      await closed
    },
  }
  kept.fill()
  return github
}

function isLimited(resource: Resource): resource is 'core' | 'graphql' {
  return resource === 'core' || resource === 'graphql'
}

/** Octokit says `token`, others say `Bearer`.
 * https://docs.github.com/rest/authentication/authenticating-to-the-rest-api#about-authentication */
function appOf(authorization: string | undefined, apps: Record<string, App>): App | undefined {
  const [, scheme, given = ''] = /^(\S+) (.*)$/.exec(authorization ?? '') ?? []
  return /^(token|bearer)$/i.test(scheme ?? '') && Object.hasOwn(apps, given) ? apps[given] : undefined
}

async function late(fault: Fault | undefined): Promise<void> {
  if (fault?.delay !== undefined) await sleep(fault.delay, undefined, { ref: false })
}
