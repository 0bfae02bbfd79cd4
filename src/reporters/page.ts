import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import type { Evidence } from '../report/annotation.ts'
import { REPORT } from '../report/check-run.ts'
import { type PageInput, pagePieces } from '../report/page.ts'
import type { PackedSql } from '../report/page-data.ts'
import { type IndexOf, LONGEST_SQL } from '../report/page-nodes.ts'
import { pageLimit } from '../report/page-room.ts'
import type { RowsByTest } from '../report/row-table.ts'
import type { Subject } from '../report/subject.ts'
import { plain } from '../report/text.ts'
import type { Node, Run } from '../run/run.ts'
import { writeWhole } from '../whole-file.ts'
import { type Findings, isNoteworthy } from './evidence.ts'
import type { Reporter } from './reporter.ts'

export interface PageOptions {
  /** Absolute, of the HTML file. */
  path: string
  /** Absolute, of what script/build-page.ts built. */
  template: string
  subject: Subject
  findings: Findings
  /** Sentences on what was overridden or found, as known at the end. */
  notices(): string[]
  /** The rows of failed tests, where they may be shown; there when the run is over. */
  rows: RowsByTest
  /** The addresses of check runs; that of the page is added. */
  links: Map<string, string>
  /** Filled in here. */
  written: WrittenPage
  /** Stores the page where a browser can open it, and returns its address. */
  upload?(path: string): Promise<string | undefined>
  /** Is given a page that is only a file yet, for what comes after a stop, and an empty path once it is stored. */
  leave?(path: string): void
}

/** The page as it was written: data that later reporters read. */
export interface WrittenPage {
  /** Absolute; empty where there is no page. */
  path: string
}

/** The run as one HTML file. It finishes before the reporters that link to it. */
export function page(options: PageOptions): Reporter {
  const { path, links, written, upload, leave } = options
  return {
    name: 'report',
    finish: async (run, stopped) => {
      await writePage(run, options)
      written.path = path
      // At once: a SIGKILL may come while it is uploaded.
      leave?.(path)
      // After a stop there is no time for it.
      if (run.stoppedAt !== undefined || !upload) return
      const url = await Promise.race([upload(path), stopped.then(() => undefined)])
      if (url === undefined) return
      links.set(REPORT, url)
      leave?.('')
    },
  }
}

async function writePage(run: Run, options: PageOptions): Promise<void> {
  const { path, subject, links, notices, rows } = options
  const template = await readFile(options.template, 'utf8')
  const evidence = await evidenceOf(run, options)
  const places = subject.runUrl ? [{ label: 'workflow run', url: subject.runUrl }] : []
  const input: PageInput = { subject, links, evidence, rows, notices: notices(), places }
  let size = 0
  const packed = (indexOf: IndexOf) => packs(run, options, indexOf, () => pageLimit(run.nodes.size) - size)
  const pieces = pagePieces(template, run, input, packed)
  async function* measured(): AsyncGenerator<string> {
    for await (const piece of pieces) {
      size += Buffer.byteLength(piece)
      yield piece
    }
  }
  await writeWhole(path, measured())
}

/** Of nodes that failed or warned: place, compiled SQL and the source around the place. */
async function evidenceOf(run: Run, { findings }: PageOptions): Promise<Map<string, Evidence>> {
  const evidence = new Map<string, Evidence>()
  for (const node of run.nodes.values()) {
    if (isNoteworthy(node)) evidence.set(node.uniqueId, await findings.of(node))
  }
  return evidence
}

const deflated = promisify(deflateRaw)

/** Nodes whose compiled SQL is packed together: few enough that one of them is shown at once. */
const PACK = 100

/** The compiled SQL of the other nodes, while there is room for it; in bytes. */
async function* packs(
  run: Run,
  { findings }: PageOptions,
  indexOf: IndexOf,
  room: () => number,
): AsyncGenerator<PackedSql> {
  if (run.stoppedAt !== undefined) return
  const nodes = [...run.nodes.values()].filter((node) => !isNoteworthy(node))
  for (let from = 0; from < nodes.length; from += PACK) {
    const pack = await packOf(nodes.slice(from, from + PACK), findings, indexOf)
    if (pack.nodes.length === 0) continue
    if (pack.data.length + 10 * pack.nodes.length > room()) return
    yield pack
  }
}

async function packOf(nodes: Node[], findings: Findings, indexOf: IndexOf): Promise<PackedSql> {
  const texts: Record<string, string> = {}
  await Promise.all(
    nodes.map(async (node) => {
      const index = indexOf(node.uniqueId)
      const sql = index === undefined ? '' : plain(await findings.sqlOf(node)).trim()
      if (sql && sql.length <= LONGEST_SQL) texts[String(index)] = sql
    }),
  )
  const data = await deflated(JSON.stringify(texts), { level: 9 })
  return { nodes: Object.keys(texts).map(Number), data: data.toString('base64') }
}
