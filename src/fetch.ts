/**
 * Stands in dist/ for undici, of which @actions/github and @actions/http-client use two things: fetch, and requests
 * through a proxy, for which undici is loaded only where there is one. docs/adr/0022 has the reasons; it exports all
 * that they import.
 */
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import type { Dispatcher, ProxyAgent as UndiciAgent } from 'undici'

type Options = ConstructorParameters<typeof UndiciAgent>[0]

/** A proxy. undici's own agent is made when the first request goes through it. */
export class ProxyAgent {
  readonly #options: Options
  #agent: Promise<Dispatcher> | undefined

  /** @param options as for undici's: https://undici.nodejs.org/#/docs/api/ProxyAgent */
  constructor(options: Options) {
    this.#options = options
  }

  agent(): Promise<Dispatcher> {
    this.#agent ??= import('undici').then((undici) => new undici.ProxyAgent(this.#options))
    return this.#agent
  }
}

/** What Octokit's requests give to fetch. */
export interface Init {
  method?: string
  headers?: Record<string, string>
  body?: string
  signal?: AbortSignal
  dispatcher?: unknown
}

/** What Octokit reads of an answer. */
export interface HttpAnswer {
  url: string
  status: number
  statusText: string
  headers: Map<string, string>
  text(): Promise<string>
  arrayBuffer(): Promise<ArrayBuffer>
}

/**
 * A request of Octokit's: through a proxy by undici, else by node:https, which needs 20 MB and 0.1 s of processor time
 * less than Node's own fetch. The answer has come as a whole.
 * @throws Error of the connection, with its code; what `signal` gives as its reason
 */
export async function fetch(url: string, { dispatcher, ...init }: Init = {}): Promise<unknown> {
  if (dispatcher instanceof ProxyAgent) {
    const [undici, agent] = await Promise.all([import('undici'), dispatcher.agent()])
    return await undici.fetch(url, { ...init, dispatcher: agent })
  }
  const { message, body } = await send(url, init).catch((error: unknown) => {
    throw init.signal?.aborted ? init.signal.reason : error
  })
  // A repository that was renamed. Node's own knows what to send on, and where not to.
  if (isRedirect(message)) return await globalThis.fetch(url, init)
  return answerOf(url, message, body)
}

async function send(
  url: string,
  { method = 'GET', headers = {}, body, signal }: Init,
): Promise<{ message: IncomingMessage; body: Buffer }> {
  // Loaded here: dist/fetch itself is loaded before dbt starts, since the others import it.
  const { request } = await (new URL(url).protocol === 'http:' ? import('node:http') : import('node:https'))
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { method, headers: { ...headers, 'accept-encoding': 'gzip' } }
    request(url, { ...options, ...(signal && { signal }) }, resolve)
      .on('error', reject)
      .end(body)
  })
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  const sent = Buffer.concat(chunks)
  const isPacked = message.headers['content-encoding'] === 'gzip' && sent.length > 0
  return { message, body: isPacked ? await unpacked(sent) : sent }
}

async function unpacked(packed: Buffer): Promise<Buffer> {
  const { gunzip } = await import('node:zlib')
  return await promisify(gunzip)(packed)
}

function isRedirect({ statusCode = 0, headers }: IncomingMessage): boolean {
  return statusCode >= 301 && statusCode <= 308 && headers.location !== undefined
}

function answerOf(url: string, message: IncomingMessage, body: Buffer): HttpAnswer {
  const { statusCode: status = 0, statusMessage: statusText = '' } = message
  const headers = Object.entries(message.headers).map(([name, value = '']) => [name, String(value)] as const)
  return {
    url,
    status,
    statusText,
    headers: new Map(headers),
    text: async () => body.toString('utf8'),
    arrayBuffer: async () => Uint8Array.from(body).buffer,
  }
}
