import { environment } from './dbt.ts'
import { dbtOf, type Engine, versionsOf } from './machine.ts'
import { grouped, median, seconds } from './numbers.ts'
import { type Options, type Part, table } from './part.ts'
import { clean, folderOf, projectOf } from './project.ts'
import { timeOf } from './timing.ts'

interface Data {
  rows: {
    versions: string
    views: number
    /** `dbt run` of everything, in milliseconds. */
    whole: number[]
    /** `dbt run --select <one view>`. */
    single: number[]
  }[]
}

/** One dbt command a node, as orchestrators start them. */
export const nodesPart: Part<Data> = {
  name: 'nodes',
  title: 'One dbt command, or one per node',
  measure: async (options) => {
    const engines: Engine[] = options.quick ? ['core'] : ['core', 'v2']
    const rows: Data['rows'] = []
    for (const engine of engines) rows.push(await rowOf(engine, options))
    return { rows }
  },
  section: ({ rows }) => {
    const head = ['', 'views', 'one command', 'a command for one view', 'all of them, computed', '']
    const lines = rows.map(({ versions, views, whole, single }) => {
      const all = views * median(single)
      return [
        ...[versions.split(',')[0] ?? '', grouped(views), seconds(median(whole)), seconds(median(single))],
        ...[seconds(all), `${grouped(all / median(whole))} ×`],
      ]
    })
    return `A sample of ${rows[0]?.single.length ?? 0} views was run with a command each, \`dbt run --select <view>\`, after dbt had parsed the project (partial parsing); the median times the number of views is what all of them take one after the other. ${rows[0]?.whole.length ?? 0} runs of one command with 4 threads. An orchestrator that starts several at once needs as much CPU time.

${table(head, lines)}`
  },
}

async function rowOf(engine: Engine, { quick, runs, note }: Options): Promise<Data['rows'][number]> {
  const views = quick ? 20 : 200
  const workspace = projectOf(views, 4)
  const run = async (...words: string[]) => {
    const { wall, exitCode } = await timeOf(
      [dbtOf(engine), ...words],
      folderOf(workspace),
      environment(workspace),
    )
    if (exitCode !== 0) throw new Error(`dbt ${words.join(' ')} ended with exit code ${exitCode}`)
    return wall
  }
  try {
    const row = { versions: versionsOf(engine), views, whole: [] as number[], single: [] as number[] }
    await run('run')
    for (let round = 0; round < (quick ? 1 : runs); round++) {
      clean(workspace)
      row.whole.push(await run('run'))
      row.single.push(
        await run('run', '--select', `m${Math.floor(((round + 0.5) * views) / Math.max(runs, 1)) % views}`),
      )
    }
    note(`${engine}: ${views} views ${seconds(median(row.whole))}, one ${seconds(median(row.single))}`)
    return row
  } finally {
    workspace.remove()
  }
}
