import { execFile } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runAction } from '../e2e/action.ts'
import { workspaceWith } from '../e2e/workspace.ts'
import { synthetic } from '../fake-dbt/synthetic.ts'
import { grouped, median, pairedRatio, seconds } from './numbers.ts'
import { type Options, type Part, table } from './part.ts'
import { slowGitHub } from './step.ts'

interface Read {
  ms: number
  bytes: number
  events: number
  peakMb: number
}

interface Row {
  nodes: number
  pipeline: Read[]
  parsing: Read[]
  /** The whole Action with a dbt that prints the same at once. */
  action: { wall: number; peakMb: number }
}

/** The stream's way through dbt-watcher, without dbt. */
export const pipelinePart: Part<{ rows: Row[] }> = {
  name: 'pipeline',
  title: 'The pipeline alone',
  measure: async (options) => {
    const rows: Row[] = []
    for (const nodes of options.quick ? [1000] : [1000, 10_000, 100_000])
      rows.push(await rowOf(nodes, options))
    return { rows }
  },
  section: ({ rows }) => {
    const head = [
      'nodes',
      'stream',
      'pipeline',
      'events/s',
      'just parsing',
      'speed against it',
      'the Action',
      'its memory',
    ]
    const lines = rows.map(({ nodes, pipeline, parsing, action }) => {
      const [ms, least] = [pipeline, parsing].map((reads) => median(reads.map((read) => read.ms))) as [
        number,
        number,
      ]
      const { bytes = 0, events = 0 } = pipeline[0] ?? {}
      const speed = pairedRatio(
        parsing.map((read) => read.ms),
        pipeline.map((read) => read.ms),
      )
      return [
        ...[
          grouped(nodes),
          `${grouped(bytes / 1e6)} MB`,
          `${seconds(ms)} (${grouped(bytes / 1000 / ms)} MB/s)`,
        ],
        ...[grouped((events / ms) * 1000), `${seconds(least)}`, speed.toFixed(2)],
        ...[seconds(action.wall), `${grouped(action.peakMb)} MB`],
      ]
    })
    return `Made-up streams in the shape of dbt Core 1.11 at level debug, with the SQL of each node, from a file. "Pipeline" is from bytes to the state of the run: lines, events, secrets hidden, nodes updated. "Just parsing" splits lines and calls JSON.parse for those that matter. "The Action" is the whole step with a dbt that prints all of it at once, with 100 node checks and an API of 150 ms; its memory is the peak of its process.

${table(head, lines)}

${growth(rows)}`
  },
}

/** What ten times the nodes cost. */
function growth(rows: Row[]): string {
  const steps = rows.slice(1).map((row, index) => {
    const before = rows[index] ?? row
    const ratio = (of: (row: Row) => number) => (of(row) / of(before)).toFixed(1)
    const time = ratio(({ pipeline }) => median(pipeline.map((read) => read.ms)))
    return `from ${grouped(before.nodes)} to ${grouped(row.nodes)} nodes ${time} times the time in the pipeline, ${ratio(({ action }) => action.wall)} times in the Action`
  })
  return steps.length > 0 ? `Growth: ${steps.join('; ')}.` : ''
}

async function rowOf(nodes: number, { quick, runs, note }: Options): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'replay-'))
  const file = join(folder, 'stream.jsonl')
  try {
    write(file, nodes)
    const row: Row = { nodes, pipeline: [], parsing: [], action: await actionOf(nodes) }
    for (let round = 0; round < (quick ? 1 : runs); round++) {
      row.pipeline.push(await read('pipeline', file))
      row.parsing.push(await read('parsing', file))
    }
    note(`${grouped(nodes)} nodes: ${JSON.stringify({ ...row.pipeline[0], action: row.action })}`)
    return row
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function write(file: string, nodes: number): void {
  const out = openSync(file, 'w')
  let text = ''
  // `first` of a line writes dbt's files, which are not needed here.
  for (const line of synthetic(nodes, []).lines()) {
    text += `${line.text}\n`
    if (text.length < 1 << 20) continue
    writeSync(out, text)
    text = ''
  }
  writeSync(out, text)
  closeSync(out)
}

async function read(mode: string, file: string): Promise<Read> {
  const words = [join(import.meta.dirname, 'replay.ts'), mode, file]
  const { stdout } = await promisify(execFile)(process.execPath, words)
  return JSON.parse(stdout)
}

async function actionOf(nodes: number): Promise<Row['action']> {
  const workspace = workspaceWith('green')
  const github = await slowGitHub()
  try {
    const inputs = { 'project-dir': workspace.projectDir, 'fail-on': 'never' }
    const env = { FAKE_DBT_NODES: `${nodes}`, FAKE_DBT_EXIT: '0' }
    const { durationMs, peakMb, outputs, log } = await runAction({ workspace, github, inputs, env })
    if (outputs.total !== `${nodes}`)
      throw new Error(`The Action saw ${outputs.total} of ${nodes} nodes:\n${log}`)
    return { wall: durationMs, peakMb }
  } finally {
    await github.close()
    workspace.remove()
  }
}
