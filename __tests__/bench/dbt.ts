import { dirname } from 'node:path'
import type { Workspace } from '../e2e/workspace.ts'
import { dbtOf, type Engine, versionsOf } from './machine.ts'
import { median, pairedRatio, seconds } from './numbers.ts'
import { type Options, type Part, table } from './part.ts'
import { clean, folderOf, projectOf, titleOf } from './project.ts'
import { API_DELAY, timeStep } from './step.ts'
import { type Timed, timeOf } from './timing.ts'

/** A project at a number of threads: each list has one entry a round, in which all were measured in turns. */
interface Row {
  title: string
  threads: number
  plain: Timed[]
  noFile: Timed[]
  action: { wall: number; cpu: number; start: number; end: number }[]
}

interface Data {
  versions: string
  rows: Row[]
}

/** Plain dbt against the Action. */
export function dbtPart(engine: Engine): Part<Data> {
  const name = engine === 'core' ? 'dbt Core' : 'dbt v2'
  return {
    name: engine,
    title: `${name}: plain dbt and the Action`,
    measure: async (options) => ({ versions: versionsOf(engine), rows: await rowsOf(engine, options) }),
    section: (data) => sectionOf(name, data),
    chart: ({ versions, rows }) => ({
      title: `${versions.split(',')[0]}: wall time, plain \`dbt build\` = 1`,
      rows: rows.map((row) => ({ label: `${row.title}, ${threadsOf(row)}`, bars: barsOf(row) })),
    }),
  }
}

async function rowsOf(engine: Engine, { quick, runs, threads, sizes, note }: Options): Promise<Row[]> {
  const rows: Row[] = []
  for (const size of quick ? [0] : sizes) {
    for (const count of quick ? [4] : threads) {
      const workspace = projectOf(size || 'example', count)
      const row: Row = {
        title: titleOf(size || 'example'),
        threads: count,
        plain: [],
        noFile: [],
        action: [],
      }
      const rounds = quick ? 1 : size >= 1000 ? Math.min(runs, 3) : runs
      try {
        // The first run fills caches of the disk and of Python.
        await plain(engine, workspace)
        for (let round = 0; round < rounds; round++) await measureRound(engine, workspace, row)
      } finally {
        workspace.remove()
      }
      rows.push(row)
      note(`${row.title}, ${threadsOf(row)}: plain ${seconds(median(walls(row.plain)))}, ${ratiosText(row)}`)
    }
  }
  return rows
}

/** In turns, each time beginning with another one, so that none is always after the same. */
async function measureRound(engine: Engine, workspace: Workspace, row: Row): Promise<void> {
  const turns = [
    async () => row.plain.push(await plain(engine, workspace)),
    async () =>
      row.noFile.push(
        await plain(engine, workspace, ['--log-level-file', engine === 'core' ? 'none' : 'off']),
      ),
    async () => {
      clean(workspace)
      const { wall, cpu, start, end, exitCode, result } = await timeStep(workspace, dbtOf(engine))
      if (exitCode !== 0) throw new Error(`The Action ended with exit code ${exitCode}:\n${result.log}`)
      row.action.push({ wall, cpu, start, end })
    },
  ]
  const first = row.action.length
  for (const index of turns.keys()) await turns[(first + index) % turns.length]?.()
}

/** @throws Error if dbt fails */
async function plain(engine: Engine, workspace: Workspace, words: string[] = []): Promise<Timed> {
  clean(workspace)
  const timed = await timeOf([dbtOf(engine), 'build', ...words], folderOf(workspace), environment(workspace))
  if (timed.exitCode !== 0) throw new Error(`dbt ended with exit code ${timed.exitCode}`)
  return timed
}

/** What dbt needs of the environment, and no more. */
export function environment({ temp }: Workspace): NodeJS.ProcessEnv {
  const PATH = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':')
  return { PATH, HOME: temp, LANG: 'C.UTF-8', DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' }
}

function walls(timed: { wall: number }[]): number[] {
  return timed.map(({ wall }) => wall)
}

function threadsOf({ threads }: Row): string {
  return threads === 1 ? '1 thread' : `${threads} threads`
}

function barsOf({ plain, noFile, action }: Row) {
  return [
    { label: 'without log file', ratio: pairedRatio(walls(noFile), walls(plain)), ours: false },
    { label: 'dbt-watcher', ratio: pairedRatio(walls(action), walls(plain)), ours: true },
  ]
}

function ratiosText(row: Row): string {
  return barsOf(row)
    .map(({ label, ratio }) => `${label} ${ratio.toFixed(2)}`)
    .join(', ')
}

function sectionOf(name: string, { versions, rows }: Data): string {
  const head = [
    '',
    'threads',
    'plain',
    'no log file',
    'the Action',
    'own CPU',
    "to dbt's start",
    "after dbt's end",
    'rounds',
  ]
  const lines = rows.map((row) => {
    const [noFile, action] = barsOf(row)
    const of = (key: 'wall' | 'cpu' | 'start' | 'end') => median(row.action.map((one) => one[key]))
    return [
      ...[row.title, `${row.threads}`, seconds(median(walls(row.plain)))],
      `${noFile?.ratio.toFixed(2)} (${seconds(median(walls(row.noFile)))})`,
      `**${action?.ratio.toFixed(2)}** (${seconds(of('wall'))})`,
      ...[seconds(of('cpu')), seconds(of('start')), seconds(of('end')), `${row.plain.length}`],
    ]
  })
  return `${versions}. ${name} builds a fresh checkout, without partial parsing. Medians; a ratio is the median of the ratios to plain \`dbt build\` in the same round. GitHub's API is the tests' stand-in, which takes ${API_DELAY} ms for an answer; the report and the state are uploaded to it, each in four requests. "Own CPU" is that of the Action without dbt.

${table(head, lines)}`
}
