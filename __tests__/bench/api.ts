import { runAction } from '../e2e/action.ts'
import { workspaceWith } from '../e2e/workspace.ts'
import type { CheckRunRecord } from '../stand-in/github.ts'
import { grouped, seconds } from './numbers.ts'
import { type Options, type Part, table } from './part.ts'
import { API_DELAY, slowGitHub } from './step.ts'

interface Row {
  nodes: number
  checks: string
  /** Milliseconds of the whole step. */
  wall: number
  requests: number
  /** Points of GraphQL's hourly budget. */
  points: number
  checkRuns: number
  /** Writes of check runs, the roll-up's included. */
  writes: number
  /** Writes of a node's check run after it was completed. */
  rewrites: number
}

const MODES = ['auto', 'all', 'failures', 'rollup']
/** Lines of a made-up node: two of its ends, five of its beginning. */
const LINES = 7

/** What the views ask of GitHub. */
export const apiPart: Part<{ rows: Row[]; takes: number }> = {
  name: 'api',
  title: 'Requests to GitHub',
  measure: async ({ quick, takes, note }: Options) => {
    const rows: Row[] = []
    for (const nodes of quick ? [34] : [34, 300, 1000, 10_000]) {
      for (const checks of quick ? ['auto'] : MODES) {
        const row = await rowOf(nodes, checks, takes)
        rows.push(row)
        note(JSON.stringify(row))
      }
    }
    return { rows, takes }
  },
  section: ({ rows, takes }) => {
    const head = [
      'nodes',
      '`checks`',
      'step',
      'requests',
      'points',
      'check runs',
      'writes',
      'writes per node',
      'written again',
    ]
    const lines = rows.map(({ nodes, checks, wall, requests, points, checkRuns, writes, rewrites }) => [
      ...[grouped(nodes), checks, seconds(wall), grouped(requests), grouped(points), grouped(checkRuns)],
      ...[grouped(writes), (writes / nodes).toFixed(2), grouped(rewrites)],
    ])
    return `A made-up dbt prints ${LINES} lines per node, evenly over ${takes / 1000} s or more, with 2 % failures and 2.5 % warnings; \`max-checks\` is 1,000 for \`all\` and else 100. A point is one of GraphQL's hourly 1,000; a request can write many check runs. "Written again" counts writes to the check run of a node that was completed before. The API takes ${API_DELAY} ms.

${table(head, lines)}`
  },
}

async function rowOf(nodes: number, checks: string, takes: number): Promise<Row> {
  const workspace = workspaceWith('green')
  const github = await slowGitHub()
  try {
    const result = await runAction({
      ...{ workspace, github },
      inputs: {
        ...{ 'project-dir': workspace.projectDir, 'fail-on': 'never', checks },
        'max-checks': checks === 'all' ? '1000' : '100',
      },
      env: {
        FAKE_DBT_NODES: `${nodes}`,
        FAKE_DBT_EXIT: '0',
        FAKE_DBT_LINE_DELAY: `${delayFor(nodes, takes)}`,
      },
    })
    const runs = github.checkRuns()
    const open = runs.filter(({ status }) => status !== 'completed')
    if (result.outputs.total !== `${nodes}` || open.length > 0 || github.violations.length > 0) {
      const problems = [...github.violations, ...open.map(({ name }) => `${name} is open`)]
      throw new Error(`${nodes} nodes, checks ${checks}: ${problems.join('\n')}\n${result.log}`)
    }
    const { requests } = github
    return {
      ...{ nodes, checks, wall: result.durationMs, requests: requests.length, checkRuns: runs.length },
      points: requests.filter(({ resource }) => resource === 'graphql').length,
      writes: runs.reduce((sum, { history }) => sum + history.length, 0),
      rewrites: runs.filter(isOfNode).reduce((sum, run) => sum + rewritesOf(run), 0),
    }
  } finally {
    await github.close()
    workspace.remove()
  }
}

/** Milliseconds after each line of so many nodes, which together take the time given. */
export function delayFor(nodes: number, takes: number): number {
  return Math.max(1, Math.round(takes / (nodes * LINES)))
}

export function isOfNode({ externalId }: CheckRunRecord): boolean {
  return !externalId?.endsWith('/rollup')
}

function rewritesOf({ history }: CheckRunRecord): number {
  const completed = history.findIndex(({ status }) => status === 'completed')
  return completed < 0 ? 0 : history.length - 1 - completed
}
