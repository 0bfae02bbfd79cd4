import type { ManifestNode } from '../dbt/manifest.ts'
import { counts, isTest } from '../run/counts.ts'
import type { Node, Result, Run } from '../run/run.ts'
import { secondsOf } from '../run/seconds.ts'
import { hasSucceeded, type Outcome, outcome } from '../run/status.ts'
import type { Evidence } from './annotation.ts'
import { type Blocked, blockedByFailure, blockedCount } from './blocks.ts'
import type { Links } from './check-run.ts'
import { copyCommand } from './copy-command.ts'
import { displayName } from './names.ts'
import type { PageExcerpt, PageNode, PageResult } from './page-data.ts'
import { pastResults } from './page-history.ts'
import { fitting } from './page-room.ts'
import { pageTable, type RowsByTest } from './row-table.ts'
import { sentenceOf } from './sentence.ts'
import { placeNote } from './source-lines.ts'
import type { Subject } from './subject.ts'
import { isHttp, middleCut, oneLine, plain } from './text.ts'

/** What is known of nodes beside the run; all by unique_id. */
export interface NodeInput {
  subject: Subject
  links: Links
  /** Of nodes that failed or warned. */
  evidence: ReadonlyMap<string, Evidence>
  /** The rows of failed tests, where they may be shown. */
  rows: RowsByTest
}

interface Input extends NodeInput {
  /** By unique_id of the failed node. */
  blocked: ReadonlyMap<string, Blocked>
  /** What became of nodes in the runs before this one. */
  pastOf(uniqueId: string): PageNode['past'] | undefined
}

/** The index of a node on the page; undefined for one that is not on it. */
export type IndexOf = (uniqueId: string) => number | undefined

/** In characters. What is beyond `ALL_TEXT` in sum is cut to its beginning; failures come first. */
const LONGEST_MESSAGE = 12_000
/** In characters too. Longer SQL of a node that did not fail is left out. */
export const LONGEST_SQL = 60_000
const ALL_TEXT = 500_000
const BEGINNING = 300

const RANK: Record<Outcome, number> = { failed: 0, warn: 1, cancelled: 2, skipped: 3, success: 4 }

/** The nodes of a page: those of the run, failures first, and those of the project that were not selected. */
export interface PageNodes {
  indexOf: IndexOf
  /** Made one by one: 10,000 of them at once are 20 MB. */
  nodes: Iterable<PageNode>
}

export function pageNodes(run: Run, input: NodeInput): PageNodes {
  const shown = [...run.nodes.values()].filter((node) => counts(node) || ended(node.status) === 'failed')
  shown.sort((a, b) => RANK[ended(a.status)] - RANK[ended(b.status)])
  const inRun = new Set(shown.map(({ uniqueId }) => uniqueId))
  const others = [...run.graph.values()].filter((known) => !inRun.has(known.uniqueId) && !isTest(known))
  const indexes = new Map(
    [...inRun, ...others.map(({ uniqueId }) => uniqueId)].map((id, index) => [id, index]),
  )
  const indexOf: IndexOf = (id) => indexes.get(id)
  function* nodes(): Generator<PageNode> {
    const cut = textBudget()
    const known = { ...input, blocked: blockedByFailure(run), pastOf: pastResults(input.subject.base) }
    const isBad = ({ status = '' }: PageNode) => /^(failed|warn)$/.test(outcome(status) ?? '')
    const fit = fitting(indexes.size, isBad)
    for (const node of shown) yield fit(pageNode(run, node, known, indexOf, cut))
    for (const known of others) yield fit(unselected(run, known, input, indexOf))
  }
  return { indexOf, nodes: nodes() }
}

function pageNode(run: Run, node: Node, input: Input, indexOf: IndexOf, cut: Cut): PageNode {
  const known = run.graph.get(node.uniqueId)
  return compact({
    ...identity(run, node, known, input),
    parents: present(known?.dependsOn.map(indexOf) ?? []),
    cause: indexOf(node.cause),
    blockedText: plain(blockedCount(input.blocked.get(node.uniqueId))),
    past: input.pastOf(node.uniqueId),
    ...outcomeOf(run, node, cut),
    ...(hasSucceeded(node.status) && node.status !== 'warn' ? {} : detailsOf(run, node, input, cut)),
    earlier: node.earlier.map((result) => compact(resultOf(run, { ...node, ...result }, cut))),
    url: httpUrl(input.links.get(node.uniqueId)),
  })
}

function unselected(run: Run, known: ManifestNode, input: NodeInput, indexOf: IndexOf): PageNode {
  const parents = present(known.dependsOn.map(indexOf))
  return compact<PageNode>({ ...identity(run, known, known, input), parents })
}

/** What a node is, whatever became of it. */
function identity(
  run: Run,
  node: Pick<Node, 'uniqueId' | 'resourceType' | 'name' | 'materialized' | 'relation'>,
  known: ManifestNode | undefined,
  { subject, evidence }: NodeInput,
) {
  const own = known !== undefined && (run.projectName === '' || known.packageName === run.projectName)
  const path = known?.originalFilePath ?? ''
  const file =
    evidence.get(node.uniqueId)?.location ?? (own && path ? { path: `${dirOf(subject)}${path}` } : undefined)
  const [type = '', , ...rest] = node.uniqueId.split('.')
  const name = oneLine(displayName(run, node))
  return {
    id: plain(node.uniqueId),
    name: name === rest.join('.') ? undefined : name,
    type: node.resourceType === type ? undefined : plain(node.resourceType),
    folder: file?.path === `${dirOf(subject)}${path}` ? undefined : plain(folderOf(known, own)),
    tags: known?.tags.map(plain),
    file,
    materialized: isTest(node) ? undefined : plain(node.materialized),
    // A test has one if it stores its failures, which is of interest if there are some.
    relation: isTest(node) && !evidence.has(node.uniqueId) ? undefined : plain(node.relation),
    owner: plain(known?.properties?.owner ?? ''),
    description: plain(known?.properties?.description ?? ''),
  }
}

/** The folder of a node's file; that of another package begins with its name. */
function folderOf(known: ManifestNode | undefined, own: boolean): string {
  if (!known) return ''
  const folder = known.originalFilePath.split('/').slice(0, -1).join('/')
  return own ? folder : `${known.packageName}/${folder}`
}

/** As `projectDir` of the page. */
export function dirOf({ projectDir }: Subject): string {
  return projectDir === '.' ? '' : `${projectDir}/`
}

type Cut = (text: string, most: number) => string

function outcomeOf(run: Run, node: Node, cut: Cut) {
  return {
    ...resultOf(run, node, cut),
    // Core: `Thread-3 (worker)`; v2 has one name for all.
    thread: Number(/^Thread-(\d{1,6})\b/.exec(node.thread)?.[1]) || undefined,
    // Fusion says 0 for what it created, too.
    rows: node.rowsAffected || undefined,
    failures: isTest(node) ? node.failures : undefined,
  }
}

function resultOf(run: Run, result: Node | (Node & Result), cut: Cut) {
  const { status, startedAt, finishedAt, message, origin } = result
  const became = ended(status)
  const seconds = became === 'skipped' ? undefined : secondsOf(result)
  const since = (time: number | undefined) =>
    time === undefined || origin ? undefined : time - run.startedAt
  return {
    status: outcome(status) === undefined ? 'cancelled' : plain(status),
    start: since(startedAt),
    end: since(finishedAt),
    seconds: seconds === undefined ? undefined : Math.round(seconds * 1000) / 1000,
    // Of a success it is the adapter's "OK" or "INSERT 2".
    message: became === 'success' ? '' : cut(message, LONGEST_MESSAGE),
    origin: plain(origin),
  } satisfies Loose<PageResult>
}

/** What helps with a node that has not succeeded. */
function detailsOf(run: Run, node: Node, input: NodeInput, cut: Cut) {
  const { uniqueId } = node
  const found = input.evidence.get(uniqueId)
  const rows = input.rows.get(uniqueId)
  const bad = ended(node.status) === 'failed' || ended(node.status) === 'warn'
  return {
    headline: bad ? oneLine(sentenceOf(run, node), 300) : '',
    source: found && sourceOf(found),
    changed: found?.changed || undefined,
    sql: cut(found?.sql ?? '', LONGEST_SQL),
    command: bad ? plain(copyCommand(run, node, input.subject)) : '',
    table: rows && pageTable(rows, node.failures),
  }
}

function sourceOf(found: Evidence): PageExcerpt | undefined {
  const { excerpt } = found
  if (!excerpt) return undefined
  const { first, lines, line, caret } = excerpt
  const note = plain(placeNote(found))
  return { first, lines: lines.map(plain), line, ...(caret && { caret }), ...(note && { note }) }
}

/** A node that has no result when dbt has ended was cancelled. */
function ended(status: string): Outcome {
  return outcome(status) ?? 'cancelled'
}

/** Texts in full, as long as there is room for them. */
function textBudget(): Cut {
  let left = ALL_TEXT
  return (text, most) => {
    const shown = middleCut(plain(text).trim(), Math.min(most, left > 0 ? most : BEGINNING))
    left -= shown.length
    return shown
  }
}

function httpUrl(url: string | undefined): string | undefined {
  return url !== undefined && isHttp(url) ? url : undefined
}

function present<Value>(values: (Value | undefined)[]): Value[] {
  return values.filter((value) => value !== undefined)
}

/** Fields that may be undefined or empty, which `compact` leaves out. */
type Loose<Fields> = { [Name in keyof Fields]: Fields[Name] | undefined }

/** Without what is undefined or empty. */
function compact<Fields extends PageResult>(node: Loose<Fields>): Fields {
  const entries = Object.entries(node).filter(([, value]) => {
    return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)
  })
  return Object.fromEntries(entries) as unknown as Fields
}
