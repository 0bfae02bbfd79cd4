import type { PageData, PageNode } from '../../src/report/page-data.ts'

/**
 * The page data of a made-up run: `count` nodes in layers, four threads, failures that block what is below them,
 * tests, tags, owners, retries, compressed SQL and a base run.
 */
export function madeUp(count: number): PageData {
  const random = generator(count)
  const nodes: PageNode[] = []
  const free = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let index = 0; index < count; index++) nodes.push(nodeOf(index, nodes, free, random))
  const end = Math.max(...free)
  const failed = nodes.flatMap(({ status }, index) => (status === 'error' ? [index] : []))
  const skipped = nodes.filter(({ status }) => status === 'skipped').length
  const path = criticalPath(nodes)
  for (const cause of failed) Object.assign(nodes[cause] ?? {}, blockedBy(cause, nodes))
  return {
    version: 1,
    title: `${failed.length} failed · ${skipped} skipped · ${count - failed.length - skipped} passed in 2 min`,
    conclusion: 'failure',
    command: 'dbt build --select state:modified+',
    projectDir: '',
    project: 'shop',
    engine: 'dbt Core 1.11.16',
    startedAt: Date.parse('2026-03-02T09:30:00Z'),
    seconds: end / 1000 + 1,
    links: [{ label: 'workflow run', url: 'https://github.com/acme/shop/actions/runs/7' }],
    filesUrl: 'https://github.com/acme/shop/blob/0123abc/',
    errors: [],
    notices: [],
    invocations: [
      { label: 'dbt build', start: 0, end: end * 0.8 },
      { label: 'retry 1 of 2', start: end * 0.8, end },
    ],
    nodes,
    timing: {
      criticalPath: path,
      criticalSeconds: path.reduce((sum, index) => sum + (nodes[index]?.seconds ?? 0), 0),
      threads: free.length,
      busy: 0.86,
      advisor: [1, 2, 4, 8, 16].map((threads) => ({
        threads,
        seconds: (end / 1000) * Math.max(0.6, 8 / threads),
      })),
      enough: 16,
    },
    history: {
      label: 'main',
      url: 'https://github.com/acme/shop/actions/runs/6',
      seconds: (end / 1000) * 0.94,
      newFailures: failed.slice(0, 2),
      fixed: [0],
      slower: [1, 2, 3, 4, 5, 6],
      faster: [7],
      runs: [
        { label: 'main 0123abc 2026-03-01', url: 'https://github.com/acme/shop/actions/runs/6' },
        { label: 'main 4567def 2026-02-28' },
      ],
    },
    flaky: [{ node: 8, reason: 'failed in 2 of 5 runs of main and succeeded in a retry' }],
  }
}

const LAYERS = ['staging/crm', 'staging/erp', 'intermediate', 'marts/finance', 'marts/core', 'marts/growth']

function nodeOf(index: number, before: PageNode[], free: number[], random: () => number): PageNode {
  const isTest = index > 10 && random() < 0.45
  const parents = parentsOf(before, isTest, random)
  const blocked = parents.find((parent) => ['error', 'skipped'].includes(before[parent]?.status ?? ''))
  const layer = isTest ? (before[parents[0] ?? 0]?.folder ?? '') : `models/${LAYERS[layerOf(index, random)]}`
  const name = isTest
    ? `not_null_${before[parents[0] ?? 0]?.name}_id_${index}`
    : `${layer.split('/').at(-1)}_node_${index}`
  const type = isTest ? 'test' : 'model'
  const node = {
    id: `${type}.shop.${name}`,
    name,
    type,
    folder: layer,
    tags: index % 5 === 0 ? ['nightly'] : [],
    file: { path: `${layer}/${isTest ? 'schema.yml' : `${name}.sql`}`, line: 4 },
    parents,
    materialized: isTest ? 'test' : 'table',
    relation: `"shop"."main"."${name}"`,
  }
  if (blocked !== undefined) {
    return { ...node, status: 'skipped', cause: before[blocked]?.cause ?? blocked }
  }
  return { ...node, ...resultOf(index, isTest, parents, before, free, random) }
}

function resultOf(
  index: number,
  isTest: boolean,
  parents: number[],
  before: PageNode[],
  free: number[],
  random: () => number,
): Partial<PageNode> {
  const lane = free.indexOf(Math.min(...free))
  const ready = Math.max(800, ...parents.map((parent) => before[parent]?.end ?? 0))
  const start = Math.round(Math.max(free[lane] ?? 0, ready))
  const seconds = Math.round(isTest ? 30 + 80 * random() : 100 + 900 * random() ** 4 * 6) / 1000
  const end = start + seconds * 1000
  free[lane] = end + 4
  const times = { start, end, seconds, thread: lane + 1, past: pastOf(seconds, random) }
  if (index % 311 === 60) {
    const message = `Database Error in model (models/x.sql)\n  column "ordr_total" not found\n  LINE 4: ordr_total\n          ^`
    const sql = `select\n  order_id,\n  ordr_total -- misspelt\nfrom "shop"."main"."raw"\nwhere id > 10 and name = 'x'`
    const source = {
      first: 1,
      line: 3,
      lines: ['select', '  order_id,', '  ordr_total', "from {{ ref('raw') }}"],
    }
    const earlier = [{ status: 'error', start, end, seconds, message }]
    return {
      ...times,
      status: 'error',
      headline: 'column "ordr_total" not found',
      command: 'dbt build --select fqn:shop.x',
      message,
      sql,
      source,
      earlier,
    }
  }
  if (index % 173 === 40) {
    return {
      ...times,
      status: 'warn',
      headline: 'Got 3 results',
      message: 'Got 3 results',
      failures: 3,
    }
  }
  return {
    ...times,
    status: isTest ? 'pass' : 'success',
    rows: Math.floor(random() * 90_000),
  }
}

function pastOf(seconds: number, random: () => number): (number | string)[] {
  const time = () => Math.round(1000 * seconds * (0.8 + 0.4 * random())) / 1000
  return [time(), random() < 0.1 ? 'error' : time()]
}

function blockedBy(index: number, nodes: PageNode[]): Partial<PageNode> {
  const blocked = nodes.filter(({ cause }) => cause === index)
  const tests = blocked.filter(({ type }) => type === 'test').length
  return blocked.length > 0
    ? { blockedText: `blocks ${blocked.length - tests} models and ${tests} tests` }
    : {}
}

function layerOf(index: number, random: () => number): number {
  return Math.min(LAYERS.length - 1, Math.floor((index < 10 ? 0 : random()) * LAYERS.length))
}

function parentsOf(before: PageNode[], isTest: boolean, random: () => number): number[] {
  if (before.length === 0) return []
  const count = isTest ? 1 : Math.floor(random() * 3)
  const near = Math.max(0, before.length - 400)
  const picked = Array.from({ length: count }, () => near + Math.floor(random() * (before.length - near)))
  const models = picked.filter((index) => before[index]?.type === 'model')
  return [...new Set(isTest && models.length === 0 ? [0] : models)]
}

function criticalPath(nodes: PageNode[]): number[] {
  const path: number[] = []
  let last = nodes.reduce(
    (most, node, index) => ((node.end ?? 0) > (nodes[most]?.end ?? 0) ? index : most),
    0,
  )
  for (;;) {
    path.unshift(last)
    const parents = nodes[last]?.parents ?? []
    const next = parents.toSorted((a, b) => (nodes[b]?.end ?? 0) - (nodes[a]?.end ?? 0))[0]
    if (next === undefined) return path
    last = next
  }
}

/** The same numbers each time: https://en.wikipedia.org/wiki/Lehmer_random_number_generator */
function generator(seed: number): () => number {
  let state = (seed % 2147483646) + 1
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}
