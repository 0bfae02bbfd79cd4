/** What watching costs; see USAGE. It is a report, and fails only if something does not run at all. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT } from '../e2e/workspace.ts'
import { apiPart } from './api.ts'
import { cosmosPart } from './cosmos.ts'
import { dbtPart } from './dbt.ts'
import { delayPart } from './delay.ts'
import { documentOf, type Measured } from './document.ts'
import { machine } from './machine.ts'
import { nodesPart } from './nodes.ts'
import type { Options, Part } from './part.ts'
import { pipelinePart } from './pipeline.ts'
import { startPart } from './start.ts'

const USAGE = `script/bench [--quick] [--runs N] [--sizes 0,200,1000] [--threads 1,4,8] [--cosmos] [part]...

Measures the parts, without a name all but cosmos, and writes docs/benchmarks.md from the newest measurement of each
part, which is kept in .cache/bench; a part without one keeps its section, and the plot stays unless core and v2 have
one. All of them take about an hour, most of it core with 1,000 views. Needs a quiet machine.

  core, v2     plain dbt, dbt without its log file, and the Action; sizes are numbers of views, 0 is the example
  nodes        one dbt command against one per node
  pipeline     the stream alone, to 100,000 nodes, and memory
  api          requests and writes to GitHub, to 10,000 nodes
  delay        from dbt's event to the check run
  start        before dbt's start, after its end, sizes of dist/
  cosmos       Cosmos on Airflow and Postgres, about 20 minutes; --cosmos is the same
  document     nothing is measured; only the document is written

--quick measures the least of each part in less than two minutes (cosmos: three), and writes nothing.
`

// biome-ignore lint/suspicious/noExplicitAny: each part reads its own data and no other
const PARTS: Part<any>[] = [
  dbtPart('core'),
  dbtPart('v2'),
  nodesPart,
  startPart,
  delayPart,
  apiPart,
  pipelinePart,
  cosmosPart,
]
const FOLDER = join(ROOT, '.cache/bench')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
    sizes: { type: 'string', default: '0,200,1000' },
    threads: { type: 'string', default: '1,4,8' },
    cosmos: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const named = values.cosmos ? [...positionals, cosmosPart.name] : positionals
const usual = PARTS.filter((part) => part !== cosmosPart).map(({ name }) => name)
if (values.help) process.stdout.write(USAGE)
else await bench(named.length > 0 ? named : usual)

async function bench(names: string[]): Promise<void> {
  for (const name of names) {
    const part = PARTS.find((one) => one.name === name)
    if (part) await measure(part)
    else if (name !== 'document') throw new Error(`There is no part ${name}.\n${USAGE}`)
  }
  if (!values.quick) write()
}

async function measure(part: Part): Promise<void> {
  console.log(`\n${part.title}`)
  const options: Options = {
    quick: values.quick,
    runs: Number(values.runs),
    sizes: numbers(values.sizes),
    threads: numbers(values.threads),
    // As long as a small project on a real warehouse.
    takes: values.quick ? 3_000 : 15_000,
    note: (text) => console.log(`  ${text}`),
  }
  const where = machine()
  const data = await part.measure(options)
  if (values.quick) return
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(fileOf(part), JSON.stringify({ machine: where, data }))
}

function write(): void {
  const measured = PARTS.filter((part) => existsSync(fileOf(part))).map((part): Measured => {
    return { part, ...JSON.parse(readFileSync(fileOf(part), 'utf8')) }
  })
  const document = join(ROOT, 'docs/benchmarks.md')
  const { markdown, svg } = documentOf(PARTS, measured, readFileSync(document, 'utf8'))
  writeFileSync(document, markdown)
  if (svg) writeFileSync(join(ROOT, 'docs/benchmarks.svg'), svg)
  console.log('\nWritten: docs/benchmarks.md')
}

function fileOf({ name }: Part): string {
  return join(FOLDER, `${name}.json`)
}

function numbers(list: string): number[] {
  return list.split(',').map(Number)
}
