import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DIST, runPost } from '../e2e/action.ts'
import { ROOT, workspaceWith } from '../e2e/workspace.ts'
import { delayFor } from './api.ts'
import { grouped, median, seconds } from './numbers.ts'
import { type Options, type Part, table } from './part.ts'
import { API_DELAY, slowGitHub, timeStep } from './step.ts'
import { timeOf } from './timing.ts'

interface Data {
  /** `node -e 0`, which any Action in JavaScript costs. */
  bare: number[]
  /** The post step of a run that ended well. */
  post: number[]
  rows: { nodes: number; start: number[]; end: number[]; cpu: number[] }[]
  /** Bytes of each folder of dist/. */
  sizes: Record<string, number>
  /** How long dbt takes at least, in milliseconds. */
  takes: number
}

/** What the step costs before and after dbt. */
export const startPart: Part<Data> = {
  name: 'start',
  title: "Before dbt's start, after its end, and sizes",
  measure: async (options: Options) => {
    const rounds = Array.from({ length: options.quick ? 1 : options.runs }, (_, round) => round)
    const bare: number[] = []
    for (const _ of rounds) bare.push((await timeOf([process.execPath, '-e', '0'], ROOT, {})).wall)
    const post: number[] = []
    const rows: Data['rows'] = []
    for (const nodes of options.quick ? [34] : [34, 200, 1000]) {
      const row = { nodes, start: [] as number[], end: [] as number[], cpu: [] as number[] }
      for (const _ of rounds) await measureRound(row, post, options.takes)
      rows.push(row)
      options.note(`${nodes} nodes: start ${seconds(median(row.start))}, end ${seconds(median(row.end))}`)
    }
    return { bare, post, rows, sizes: sizes(), takes: options.takes }
  },
  section: ({ bare, post, rows, sizes, takes }) => {
    const lines = rows.map(({ nodes, start, end, cpu }) => [
      ...[grouped(nodes), seconds(median(start)), seconds(median(end)), seconds(median(cpu))],
    ])
    const list = Object.entries(sizes).map(([name, bytes]) => [
      `\`dist/${name}\``,
      `${(bytes / 1e6).toFixed(2)} MB`,
    ])
    return `A made-up dbt that takes ${takes / 1000} s or more, \`checks: auto\`, and an API of ${API_DELAY} ms, to which the report and the state are uploaded, each in four requests. Node alone takes ${seconds(median(bare))}; the post step of a run that ended well takes ${seconds(median(post))}.

${table(['nodes', "to dbt's start", "after dbt's end", 'own CPU'], lines)}

${table(['bundle', 'size'], list)}`
  },
}

async function measureRound(row: Data['rows'][number], post: number[], takes: number): Promise<void> {
  const workspace = workspaceWith('green')
  const github = await slowGitHub()
  try {
    const env = {
      ...{ FAKE_DBT_NODES: `${row.nodes}`, FAKE_DBT_EXIT: '0' },
      FAKE_DBT_LINE_DELAY: `${delayFor(row.nodes, takes)}`,
    }
    const dbt = join(ROOT, '__tests__/fake-dbt/dbt')
    const step = await timeStep(workspace, dbt, { 'fail-on': 'never' }, env)
    if (step.result.outputs.total !== `${row.nodes}`) throw new Error(step.result.log)
    row.start.push(step.start)
    row.end.push(step.end)
    row.cpu.push(step.cpu)
    const { durationMs, exitCode, log } = await runPost({ workspace, github }, step.result.state)
    if (exitCode !== 0) throw new Error(`post ended with exit code ${exitCode}:\n${log}`)
    post.push(durationMs)
  } finally {
    await github.close()
    workspace.remove()
  }
}

/** In bytes; what else is there, such as licenses, is never loaded. */
export function sizes(): Data['sizes'] {
  const size = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(m?js|py|html)$/.test(entry.name))
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
  return Object.fromEntries(
    readdirSync(DIST)
      .sort()
      .map((name) => [name, size(join(DIST, name))]),
  )
}
