/** Pages of a list: GraphQL's connections and REST's links. */
import { refusal } from './refusals.ts'
import type { SeenRequest } from './request.ts'

/** https://docs.github.com/graphql/guides/using-pagination-in-the-graphql-api#about-pagination */
const PAGE_LIMIT = 100
/** Of a page, unless said otherwise, and at most.
 * https://docs.github.com/rest/checks/runs#list-check-runs-for-a-git-reference */
const PAGE_SIZE = { usual: 30, greatest: 100 }

export type Page = { first?: number; last?: number; after?: string; before?: string }

/** A cursor is the number of elements up to and with its own. */
export function connection<Node>(name: string, { first, last, after, before }: Page, all: readonly Node[]) {
  const size = first ?? last
  if (size === undefined) {
    const message = `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`
    throw refusal('MISSING_PAGINATION_BOUNDARIES', message)
  }
  if (size > PAGE_LIMIT) {
    const by = first === undefined ? 'last' : 'first'
    const message = `Requesting ${size} records on the \`${name}\` connection exceeds the \`${by}\` limit of ${PAGE_LIMIT} records.`
    throw refusal('EXCESSIVE_PAGINATION', message)
  }
  const low = after === undefined ? 0 : position(after)
  const high = before === undefined ? all.length : position(before) - 1
  const start = first === undefined ? Math.max(low, high - size) : low
  const nodes = all.slice(start, Math.min(high, start + size))
  const end = start + nodes.length
  const edges = nodes.map((node, index) => ({ node, cursor: cursor(start + index + 1) }))
  const cursors = { startCursor: edges[0]?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null }
  const pageInfo = { ...cursors, hasNextPage: end < all.length, hasPreviousPage: start > 0 }
  return { nodes, edges, pageInfo, totalCount: all.length }
}

function cursor(position: number): string {
  return Buffer.from(`cursor:${position}`).toString('base64')
}

function position(text: string): number {
  const number = Number(Buffer.from(text, 'base64').toString().replace('cursor:', ''))
  if (Number.isInteger(number)) return number
  throw refusal('UNPROCESSABLE', `\`${text}\` does not appear to be a valid cursor.`)
}

/** https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api */
export function paged<Item>(all: readonly Item[], request: SeenRequest, origin: string) {
  const size = Math.min(Number(request.query.per_page) || PAGE_SIZE.usual, PAGE_SIZE.greatest)
  const page = Number(request.query.page) || 1
  const last = Math.max(1, Math.ceil(all.length / size))
  const link = (rel: string, number: number) => {
    const query = new URLSearchParams({ ...request.query, page: `${number}` })
    return `<${origin}${encodeURI(request.path)}?${query}>; rel="${rel}"`
  }
  const back = page > 1 ? [link('prev', page - 1), link('first', 1)] : []
  const links = [...back, ...(page < last ? [link('next', page + 1), link('last', last)] : [])]
  const headers: Record<string, string> = links.length > 0 ? { link: links.join(', ') } : {}
  return { items: all.slice((page - 1) * size, page * size), headers }
}
