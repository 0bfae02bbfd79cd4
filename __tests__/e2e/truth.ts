/**
 * What must be shown of a run, read from its recorded files: an account of its own, written from the design and
 * from facts about dbt, that shares no code with src/. Where the two differ one of them is wrong.
 */
import { recordedFile, type Scenario } from './workspace.ts'

export type Outcome = 'success' | 'warn' | 'failed' | 'skipped' | 'cancelled'

export interface TrueNode {
  id: string
  /** As a check run names it, behind the roll-up's name: `<resource type> <name>`. */
  title: string
  resourceType: string
  status: string
  outcome: Outcome
  /** Neither hooks nor ephemeral models are nodes for the outputs; a failed one of these would be lost. */
  counted: boolean
  /** Nodes that may rightly be named as the cause of a skip; empty where none may be. */
  causes: Set<string>
}

export interface Truth {
  nodes: Map<string, TrueNode>
  exitCode: number
  /** Warnings of dbt itself, which are no node's result. */
  ownWarnings: string[]
  /** Errors of dbt itself; v2 reports those of nodes in the same way. */
  ownErrors: string[]
  /** Whether the selection named no node, and dbt did nothing. */
  matchesNothing: boolean
}

const OUTCOMES: Record<string, Outcome> = {
  success: 'success',
  pass: 'success',
  reused: 'success',
  warn: 'warn',
  error: 'failed',
  fail: 'failed',
  'runtime error': 'failed',
  'partial success': 'failed',
  skipped: 'skipped',
  'no-op': 'skipped',
  cancelled: 'cancelled',
}

/** Conclusions of check runs by what became of a node. */
export const CONCLUSION: Record<Outcome, string> = {
  success: 'success',
  warn: 'neutral',
  failed: 'failure',
  skipped: 'skipped',
  cancelled: 'cancelled',
}

// biome-ignore lint/suspicious/noExplicitAny: files of dbt's, whose shape is dbt's business
type Json = any

/** @param stopped whether the run was told to stop: then an error is a cancel where dbt says that it was interrupted */
export function truthOf(scenario: Scenario, stopped = false): Truth {
  const stream = recordedFile(scenario.name, 'stream.jsonl')
  const manifest = readJson(recordedFile(scenario.name, 'manifest.json'))
  const file = readJson(
    recordedFile(scenario.name, 'run_results.json') || recordedFile(scenario.name, 'sources.json'),
  )
  const all: Json[] = file?.results ?? []
  // When an operation fails, v2 writes a result for every node of the project, and ran none.
  const ofOperation = ({ unique_id }: Json) => unique_id.startsWith('macro.') || !unique_id.includes('.')
  const [name, macro = ''] = scenario.command
  const own = name === 'run-operation' ? all.filter(ofOperation) : all
  // Of one that fails, v2 has no result; it is named by the command alone.
  const lost = name === 'run-operation' && scenario.exitCode === 1 && own.length === 0
  const results = lost ? [{ unique_id: macro, status: 'error' }] : own
  return truthFrom({ ...scenario, stream, manifest, results, stopped })
}

export function truthFrom(run: {
  engine: string
  exitCode: number
  stream: string
  manifest: Json
  results: Json[]
  stopped?: boolean
}): Truth {
  const said = sayingsOf(run.stream)
  const graph = graphOf(run.manifest)
  // v2 writes this to every node when it gives up as a whole: it says nothing of any.
  const rubbish = (result: Json) =>
    !run.engine.startsWith('core') && result.status === 'error' && result.message === 'Compilation Error'
  // With 2 where the query of a hook failed.
  const ranToItsEnd =
    !run.stopped && (run.exitCode === 1 || run.exitCode === 2) && run.engine.startsWith('core')
  const file = new Map(run.results.map((result) => [result.unique_id as string, result]))
  const nodes = new Map<string, TrueNode>()
  for (const id of new Set([...said.keys(), ...file.keys()])) {
    const { words, materialized, resourceType, errors } = said.get(id) ?? { ...NOTHING }
    const known = graph.get(id)
    const type: string =
      known?.resource_type ?? (resourceType || (id.includes('.') ? id.split('.')[0] : 'macro'))
    const ephemeral = (known?.config?.materialized ?? materialized) === 'ephemeral'
    let status = words.at(-1)
    const result = file.get(id)
    if (status === undefined && result) {
      if (!rubbish(result)) status = result.status
      else if (!said.has(id) && !run.stopped) status = 'skipped'
    }
    if (status === undefined && ephemeral) continue
    const interrupted =
      run.stopped && status === 'error' && errors.some((text) => /interrupt|cancel/i.test(text))
    // Core reports no end of a hook that failed.
    const lost = type === 'operation' && ranToItsEnd ? 'error' : 'cancelled'
    status = interrupted ? 'cancelled' : (status ?? lost)
    const outcome = OUTCOMES[status] ?? 'warn'
    // Shown only where it failed: nothing of it is built.
    if (ephemeral && outcome !== 'failed') continue
    const counted = type !== 'operation'
    const title = `${type} ${nameOf(id, type, run.manifest?.metadata?.project_name)}`
    nodes.set(id, { id, title, resourceType: type, status, outcome, counted, causes: new Set() })
  }
  for (const node of nodes.values()) {
    if (node.status === 'skipped' && !rubbish(file.get(node.id) ?? {}))
      node.causes = causesOf(node.id, nodes, graph)
  }
  const ownWarnings = ownMessages(run.stream, 'warn')
  const ownErrors = ownMessages(run.stream, 'error')
  const matchesNothing =
    nodes.size === 0 && run.exitCode === 0 && /[Nn]othing to do|does not match any|no nodes/i.test(run.stream)
  return { nodes, exitCode: run.exitCode, ownWarnings, ownErrors, matchesNothing }
}

/** Messages but those that are a node's result: deprecations, unused configuration, a selection of nothing. */
function ownMessages(stream: string, level: 'warn' | 'error'): string[] {
  return stream.split('\n').flatMap((line) => {
    const { info, record_type, severity_text, event_type, body, attributes } = readJson(line) ?? {}
    if (record_type === 'LogRecord') {
      const isMessage = severity_text === level.toUpperCase() && /\.LogMessage$/.test(event_type)
      return isMessage && !/StaleSource/.test(attributes?.code_name ?? '') ? [String(body)] : []
    }
    const isResult =
      /^(Log\w*Result|Node\w+|RunResult\w+)$/.test(info?.name ?? '') ||
      /^StaleSource/.test(info?.code ?? info?.name ?? '')
    return info?.level === level && !isResult ? [String(info.msg)] : []
  })
}

interface Saying {
  /** Final statuses in their order. */
  words: string[]
  materialized: string
  resourceType: string
  /** Texts of errors. */
  errors: string[]
}

const NOTHING: Saying = { words: [], materialized: '', resourceType: '', errors: [] }

/** What the stream says of each node that it names. */
function sayingsOf(stream: string): Map<string, Saying> {
  const said = new Map<string, Saying>()
  for (const line of stream.split('\n')) {
    const json = readJson(line) ?? {}
    if (json.record_type) {
      readRecord(json, said)
      continue
    }
    const { info, data } = json
    const node = data?.node_info ?? {}
    const id = node.unique_id ?? (info?.name === 'MarkSkippedChildren' ? data.unique_id : undefined)
    if (!info || !id) continue
    const before = said.get(id) ?? { ...NOTHING, words: [], errors: [] }
    said.set(id, before)
    before.materialized ||= node.materialized ?? ''
    before.resourceType ||= node.resource_type ?? ''
    if (info.level === 'error') before.errors.push(info.msg)
    if (data.run_result?.message) before.errors.push(data.run_result.message)
    if (info.name === 'LogBatchResult') continue
    // NodeFinished: the result beats node_info, which Core may leave at "started".
    const words = [data.run_result?.status, data.status, node.node_status].map((word) =>
      String(word ?? '').toLowerCase(),
    )
    const ends =
      info.name === 'NodeFinished' ||
      info.name === 'SkippingDetails' ||
      /^Log.*(Result|NoOp|End)/.test(info.name)
    const word = words
      .map((text) => (text === 'no_op' || text === 'no op' ? 'no-op' : text))
      .find((text) => text in OUTCOMES)
    if (ends && word) before.words.push(word)
  }
  return said
}

/** A record of v2's OTEL log. */
function readRecord(
  { record_type, event_type, severity_text, body, attributes: its }: Json,
  said: Map<string, Saying>,
): void {
  const id = its.unique_id
  const isNode = /\.(NodeProcessed|HookProcessed)$/.test(event_type)
  // A node that dbt only compiled for another one is none of the selection.
  if (!id || (isNode && /NodeProcessed$/.test(event_type) && !its.in_selection)) return
  const before = said.get(id)
  if (!isNode) {
    if (severity_text === 'ERROR') before?.errors.push(body)
    return
  }
  const saying = before ?? { ...NOTHING, words: [], errors: [] }
  said.set(id, saying)
  saying.materialized ||= (its.materialization ?? '').replace('NODE_MATERIALIZATION_', '').toLowerCase()
  saying.resourceType ||= its.hook_type ? 'operation' : its.node_type.replace('NODE_TYPE_', '').toLowerCase()
  if (record_type !== 'SpanEnd') return
  const outcome: string = (its.node_outcome ?? its.hook_outcome).replace(/^(NODE|HOOK)_OUTCOME_/, '')
  const detail =
    its.node_test_detail?.test_outcome ?? its.node_freshness_outcome?.node_freshness_outcome ?? ''
  const good = its.node_test_detail || its.node_freshness_outcome ? 'pass' : 'success'
  const bad = its.node_freshness_outcome ? 'error' : 'fail'
  const words: Record<string, string> = {
    SUCCESS: detail.endsWith('WARNED') ? 'warn' : detail.endsWith('FAILED') ? bad : good,
    ERROR: 'error',
    CANCELED: 'cancelled',
    SKIPPED: its.node_skip_reason === 'NODE_SKIP_REASON_NO_OP' ? 'no-op' : 'skipped',
  }
  if (words[outcome]) saying.words.push(words[outcome])
}

function graphOf(manifest: Json): Map<string, Json> {
  const sections = [
    'nodes',
    'sources',
    'exposures',
    'metrics',
    'saved_queries',
    'semantic_models',
    'unit_tests',
  ]
  return new Map(sections.flatMap((section) => Object.entries(manifest?.[section] ?? {})))
}

/** The unique_id behind package, without a generic test's hash; with the package where it is not the project's. */
function nameOf(id: string, type: string, project: string | undefined): string {
  const [, packageName = '', ...rest] = id.split('.')
  if (rest.length === 0) return id
  const parts = type === 'test' ? rest.filter((part, i) => i === 0 || !/^[0-9a-f]{10}$/.test(part)) : rest
  const name = parts.join('.')
  return project !== undefined && packageName !== project ? `${packageName}.${name}` : name
}

/** Failures above a node: what it depends on, and tests of those (dbt build lets a failed test block). */
function causesOf(id: string, nodes: Map<string, TrueNode>, graph: Map<string, Json>): Set<string> {
  const parents = (of: string): string[] => graph.get(of)?.depends_on?.nodes ?? []
  const above = new Set<string>()
  for (const queue = [id]; queue.length > 0; ) {
    for (const parent of parents(queue.pop() ?? '')) {
      if (above.has(parent)) continue
      above.add(parent)
      queue.push(parent)
    }
  }
  const failed = [...nodes.values()].filter((node) => node.outcome === 'failed')
  const blocks = (node: TrueNode) => {
    if (above.has(node.id)) return true
    if (node.resourceType === 'unit_test')
      return parents(node.id).some((parent) => above.has(parent) || parent === id)
    return (
      node.resourceType === 'test' &&
      parents(node.id).length > 0 &&
      parents(node.id).every((p) => above.has(p))
    )
  }
  return new Set(failed.filter(blocks).map((node) => node.id))
}

/** The outputs that follow. */
export function countsOf({ nodes }: Truth): Record<Outcome | 'total', number> {
  const counts = { total: 0, success: 0, warn: 0, failed: 0, skipped: 0, cancelled: 0 }
  for (const node of nodes.values()) {
    if (!node.counted) continue
    counts.total++
    counts[node.outcome]++
  }
  return counts
}

/** What the step must end with. */
export function verdictOf(
  truth: Truth,
  failOn = 'error',
  stopped = false,
): 'success' | 'failure' | 'cancelled' {
  const { failed, warn } = countsOf(truth)
  if (stopped) return 'cancelled'
  if (truth.exitCode !== 0 && failed === 0) return 'failure'
  if (failOn === 'never') return 'success'
  return failed > 0 || (failOn === 'warn' && warn > 0) ? 'failure' : 'success'
}

/** What the roll-up must show, whatever fail-on says. */
export function rollUpOf(truth: Truth, stopped = false): string {
  const { failed, warn, cancelled } = countsOf(truth)
  if (stopped) return 'cancelled'
  if (failed > 0 || truth.exitCode !== 0) return 'failure'
  return warn > 0 || cancelled > 0 || truth.matchesNothing ? 'neutral' : 'success'
}

function readJson(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
