/**
 * Stands in dist/ for undici, of which @actions/github and @actions/http-client use two things: fetch, which Node has
 * itself, and requests through a proxy, for which undici is loaded only where there is one. docs/adr/0022 has the
 * reasons; it exports all that they import.
 */
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

/** Node's own fetch, or undici's for a request that goes through a proxy: the two cannot be mixed. */
export async function fetch(
  url: string,
  { dispatcher, ...init }: { dispatcher?: unknown } = {},
): Promise<unknown> {
  if (!(dispatcher instanceof ProxyAgent)) return await globalThis.fetch(url, init)
  const [undici, agent] = await Promise.all([import('undici'), dispatcher.agent()])
  return await undici.fetch(url, { ...init, dispatcher: agent })
}
