import { type DbtEvent, LONGEST_TEXT } from '../dbt/event.ts'
import { runResult } from '../dbt/run-results.ts'
import { type Fields, fields, number, text } from '../json.ts'
import { isTest } from './counts.ts'
import { causeOf } from './lineage.ts'
import { cancel, renew } from './retry.ts'
import { currentInvocation, type Invocation, type Node, nodeOf, type Run } from './run.ts'
import { finalStatus, STARTED } from './status.ts'
import { readWarning } from './warnings.ts'

/**
 * Takes one event into the state and returns the node that it changed, if any.
 *
 * It changes its Map in place: copying for every event cost 49 s on 5,000 nodes, in place 0.4 s.
 * The status of a node only moves forward; messages and figures may come after it.
 */
export function reduce(run: Run, event: DbtEvent): Node | undefined {
  const invocation = currentInvocation(run)
  if (!invocation) return undefined
  invocation.id = event.invocationId
  readInvocation(invocation, event)
  if (event.name === 'MarkSkippedChildren') return readMark(run, invocation, event)
  if (!event.node) return undefined
  readHook(invocation, event.node.uniqueId, event)
  if (!OF_A_NODE.test(event.name)) return readRemark(run, event)
  const node = nodeOf(run, event.node.uniqueId)
  if (node.invocation !== run.invocations.length) renew(run, node)
  readNodeInfo(run, node, event)
  if (event.name === 'NodeFinished') readFinished(run, node, event)
  else readNodeEvent(run, node, event)
  return node
}

/** Notes which hook runs, and what the database refuses in it: `duckdb adapter: duckdb error: Parser Error: …`. */
function readHook(invocation: Invocation, uniqueId: string, { name, node, msg }: DbtEvent): void {
  const isHook = node?.resourceType === 'operation'
  invocation.openHook = isHook && name !== 'LogHookEndLine' ? uniqueId : ''
  const message =
    isHook && name === 'AdapterEventDebug' && /^\w+ adapter: \w+ error: ([\s\S]+)/.exec(msg)?.[1]
  if (message) invocation.hookError = { uniqueId, message: message.slice(0, LONGEST_TEXT).trim() }
}

/** Events that are about what became of a node; any other that names one is a remark. */
const OF_A_NODE =
  /^(Node(?:Start|Compiling|Executing|Finished)$|Log[A-Z]|RunResult|SkippingDetails$|GenericExceptionOnRun$)/

/**
 * A message that names a node. v2 reports the text of an error only so, ahead of the node's end; a warning changes
 * nothing, whether the node runs, has ended, or is yet to run.
 */
function readRemark(run: Run, event: DbtEvent): Node | undefined {
  const node = run.nodes.get(event.node?.uniqueId ?? '')
  const runs = node !== undefined && node.invocation === run.invocations.length
  if (event.level !== 'error' || !runs) return undefined
  node.message ||= event.msg
  // v2 has it as a failed test with one row, whatever kept its query from running.
  if (isTest(node)) node.erred = true
  return node
}

function readFinished(run: Run, node: Node, event: DbtEvent): void {
  if (node.openBatches > 0) {
    // dbt Core ends each batch of a microbatch model under the model's name, before the model itself.
    node.openBatches--
    return
  }
  readResult(run, node, event.data.run_result, event.at)
  // Without a result the event still says that the node ended.
  finish(run, node, event.node?.status ?? '', event.at)
  node.settled = node.finishedAt !== undefined
}

function readNodeEvent(run: Run, node: Node, event: DbtEvent): void {
  const { name, data, at } = event
  const status = event.node?.status ?? ''
  switch (name) {
    case 'LogBatchResult':
      // One batch of a microbatch model; its status is not the model's.
      node.batches++
      node.openBatches++
      break
    case 'GenericExceptionOnRun':
      node.message ||= text(data.exc).slice(0, LONGEST_TEXT)
      break
    case 'LogOverloadResult':
      // One overload of a function; why it could not be made is said nowhere else.
      if (text(data.status) === 'error') node.message = joined(node.message, text(data.description))
      break
    case 'RunResultError':
    case 'RunResultFailure':
    case 'RunResultWarning':
    case 'RunResultWarningMessage':
      node.message ||= text(data.msg).slice(0, LONGEST_TEXT)
      break
    case 'LogStartLine':
    case 'NodeStart':
      node.startedAt ??= event.node?.startedAt ?? at
      node.thread = event.thread
      break
    case 'SkippingDetails':
      finish(run, node, 'skipped', at)
      break
    case 'LogTestResult':
    case 'LogFreshnessResult':
      // For a unit test dbt Core leaves node_status at "None".
      node.failures ??= number(data.num_failures)
      finish(run, node, text(data.status), at)
      finish(run, node, status, at)
      break
    default:
      if (name.startsWith('Log')) {
        node.executionTime ??= number(data.execution_time)
        finish(run, node, status, at)
      }
  }
}

function joined(before: string, message: string): string {
  return [before, message].filter(Boolean).join('\n\n').slice(0, LONGEST_TEXT)
}

/** Takes note of a line that is no event. */
export function readText(run: Run, line: string): void {
  const lines = currentInvocation(run)?.lastLines
  if (!lines || line.trim() === '') return
  // Core writes the time before what it says until its log begins.
  lines.push(line.slice(0, 2000).replace(/^\d\d:\d\d:\d\d {1,2}(?=\S)/, ''))
  if (lines.length > MOST_LINES) lines.shift()
}

const MOST_LINES = 20

/** What is true of the invocation rather than of a node. */
function readInvocation(invocation: Invocation, event: DbtEvent): void {
  if (event.engine) {
    const { kind: engine, product, version } = event.engine
    Object.assign(invocation, { engine, product, version })
  }
  if (event.name === 'AdapterRegistered') invocation.adapter ||= adapterIn(event.data)
  invocation.nodeCount = event.total ?? invocation.nodeCount
  if (event.name === 'ConcurrencyLine') invocation.threads ??= number(event.data.num_threads)
  readWarning(invocation, event)
  if (event.name === 'DatabaseErrorRunningHook' && invocation.openHook) {
    invocation.refusedHooks.push(invocation.openHook)
  }
  if (event.name === 'DebugCmdResult' && !FINE.test(event.msg)) addError(invocation, event.msg)
  if (event.level !== 'error' || REPORTS.test(event.name) || isResult(event)) return
  // Core's message begins with a headline, in 1.12 with colours in it.
  const exception = event.name === 'MainEncounteredError' ? text(event.data.exc) : ''
  addError(invocation, exception || event.msg)
}

/** `duckdb 1.11.1`, of `{adapter_name: 'duckdb', adapter_version: '=1.11.1'}`. */
function adapterIn({ adapter_name, adapter_version }: Fields): string {
  return `${text(adapter_name)} ${text(adapter_version).replace(/^=+/, '')}`.trim().slice(0, 100)
}

/** Of `dbt debug`, which reports at level info why it fails: what is in order, and how many checks failed. */
const FINE = /OK (found|connection)|checks? (failed|passed)/

/**
 * What is at level error and no error of dbt itself: what became of a node, by Core; what an adapter says of it; a
 * stack trace. An error of v2 on a node that then failed is the node's (`ownErrors`); on one that did not, such as a
 * warning that was made an error, it is dbt's.
 */
const REPORTS =
  /^(Node(?:Start|Compiling|Executing|Finished|ConnectionReleaseError)$|Log\w+(Result|Line)$|LogSkipBecauseError$|GenericExceptionOnRun$|AdapterEvent|MainStackTrace$)/

/** Core 1.8 reports the error of a hook without saying which hook it was. */
function isResult({ name, node }: DbtEvent): boolean {
  return name.startsWith('RunResult') && node !== undefined
}

function addError(invocation: Invocation, message: string): void {
  const error = message
    .slice(0, LONGEST_TEXT)
    .replace(LEVEL, '')
    .replace(/^Encountered an error(?: while running operation)?:\s*/, '')
    .trim()
  if (error === '') return
  if (invocation.errors.length < MOST_ERRORS) invocation.errors.push(error)
  else invocation.moreErrors++
}
/** Core 1.12 puts it before a warning that was made an error, in colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of terminals begin with it
const LEVEL = /^\[(?:\u001b\[\d+m)?(?:WARNING|ERROR)(?:\u001b\[\d+m)?\]: */
/** v2 has one for each node that failed. */
const MOST_ERRORS = 200

/** "Marking all children of X to be skipped": X ended badly, and on Core why. */
function readMark(run: Run, invocation: Invocation, event: DbtEvent): Node | undefined {
  const uniqueId = text(event.data.unique_id)
  const status = text(event.data.status)
  if (!uniqueId || finalStatus(status) === undefined) return undefined
  const node = nodeOf(run, uniqueId)
  if (node.invocation !== run.invocations.length) renew(run, node)
  if (finalStatus(status) !== 'skipped') invocation.marked.push(uniqueId)
  readResult(run, node, event.data.run_result, event.at)
  return node
}

function readNodeInfo(run: Run, node: Node, event: DbtEvent): void {
  const info = event.node
  if (!info) return
  node.resourceType = latest(node.resourceType, info.resourceType)
  node.name = latest(node.name, info.name)
  node.materialized = latest(node.materialized, info.materialized)
  // v2 names one for every test; where it stores its failures, the manifest names it.
  if (info.relation && !isTest(node)) {
    node.relation = latest(node.relation || (run.graph.get(node.uniqueId)?.relation ?? ''), info.relation)
  }
  node.errorType ??= info.errorType
  node.namedCause ||= info.cause ?? ''
  // Hooks have no time of their own in v2's JSON log.
  node.startedAt ??= info.startedAt ?? (info.status === STARTED ? event.at : undefined)
}

/** What was said last. Where that is nothing new the old text stays: an event's own would be kept once for each node. */
function latest(before: string, said: string): string {
  return said === before ? before : said || before
}

/** `run_result` beats `node_info.node_status`, which Core leaves at "started" for some that it skips. */
function readResult(run: Run, node: Node, value: unknown, at: number): void {
  if (Object.keys(fields(value)).length === 0) return
  const result = runResult(value)
  node.message = withBatches(node.message, result.message)
  node.executionTime = result.executionTime ?? node.executionTime
  if (!node.erred) node.failures = result.failures ?? node.failures
  node.rowsAffected = result.rowsAffected ?? node.rowsAffected
  const status = finalStatus(result.status)
  if (status !== undefined && !node.settled && node.status !== status) {
    node.finishedAt = undefined
    node.status = status
  }
  finish(run, node, result.status, at)
}

/**
 * The result of a microbatch model is "ERROR", or "PARTIAL SUCCESS (3/4)": what failed is in the exception of the
 * batch, which came before.
 */
function withBatches(before: string, message: string): string {
  if (before === '' || message === '') return message || before
  if (message === 'ERROR' || before.startsWith(message)) return before
  return message.startsWith('PARTIAL SUCCESS') ? `${message}\n\n${before}` : message
}

function finish(run: Run, node: Node, word: string, at: number): void {
  const status = finalStatus(word)
  if (status === undefined || node.finishedAt !== undefined) return
  node.status = status === 'fail' && node.erred ? 'error' : status
  node.finishedAt = at
  if (status === 'skipped') node.cause = causeOf(run, node)
  // What a warehouse answers to our own cancel is no failure of the node.
  if (run.stoppedAt !== undefined && status === 'error' && isInterrupt(node.message)) cancel(run, node)
}

/** DuckDB "INTERRUPT Error: Interrupted!", Postgres "canceling statement", Snowflake "canceled", … */
function isInterrupt(message: string): boolean {
  return message === '' || /interrupt|cancel|terminat|abort/i.test(message)
}
