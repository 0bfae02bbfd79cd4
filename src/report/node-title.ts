import { isOnlyCompiled } from '../run/compiled-only.ts'
import { isTest } from '../run/counts.ts'
import { isFlaky, isHeld } from '../run/retry.ts'
import { type Node, type Run, retryOf } from '../run/run.ts'
import { secondsOf } from '../run/seconds.ts'
import { outcome, WAITING } from '../run/status.ts'
import { duration, figure, plural } from './figures.ts'
import { failureLine } from './message.ts'
import { titleName } from './names.ts'
import { sentenceOf } from './sentence.ts'
import { oneLine } from './text.ts'

/** `error in 3.2 s: Binder Error: …`: what a list of checks shows beside the name. */
export function nodeTitle(run: Run, node: Node): string {
  const before = node.earlier.at(-1)
  if (node.status === WAITING && before !== undefined) {
    if (before.origin) return oneLine(`waiting to run again: ${before.status} in ${before.origin}`)
    return oneLine(heldTitle(run, { ...node, ...before }))
  }
  if (isHeld(run, node)) return oneLine(heldTitle(run, node))
  if (outcome(node.status) !== undefined) return oneLine(endTitle(run, node))
  const batches = node.batches > 0 ? `, ${plural(node.batches, 'batch', 'batches')} done` : ''
  const retry = retryOf(run, node.invocation)
  return `running${batches}${retry > 0 ? `, ${retryText(run, retry)}` : ''}`
}

/** @param retry its number, from 1 */
export function retryText(run: Run, retry: number): string {
  return `retry ${retry} of ${run.retries.most}`
}

/** In which invocation a result was made: `first run`, `retry 1 of 2`. @param number of the invocation */
export function invocationText(run: Run, number: number): string {
  const retry = retryOf(run, number)
  return retry === 0 ? 'first run' : retryText(run, retry)
}

/** A result that a retry may still better. */
function heldTitle(run: Run, node: Node): string {
  const next = `${retryText(run, retryOf(run, node.invocation) + 1)} follows`
  const isFailed = outcome(node.status) === 'failed'
  return isFailed ? `failed, ${next}: ${sentenceOf(run, node)}` : `${skipText(run, node)}, ${next}`
}

function endTitle(run: Run, node: Node): string {
  const seconds = secondsOf(node)
  const time = seconds === undefined ? '' : ` in ${duration(seconds)}`
  const place = placeOf(run, node)
  switch (outcome(node.status)) {
    case 'failed':
    case 'warn':
      return `${node.status}${time}${place}: ${sentenceOf(run, node)}`
    case 'skipped':
      return `${skipText(run, node)}${place}`
    case 'cancelled': {
      const why = run.stoppedAt === undefined ? 'no result from dbt' : `cancelled${time}`
      return `${node.origin ? 'cancelled' : why}${place}`
    }
    default: {
      // v2 gives 0 for what it created, too.
      const rows = node.rowsAffected ? `, ${plural(node.rowsAffected, 'row')}` : ''
      const tests = testCount(run, node)
      return `${node.status}${time}${rows}${place}${tests && ` · ${tests}`}`
    }
  }
}

/** In which attempt or retry a node ended, where that is not plain. */
function placeOf(run: Run, node: Node): string {
  if (node.origin) return ` in ${node.origin}`
  const retry = retryOf(run, node.invocation)
  const where = retry > 0 ? `, ${retryText(run, retry)}` : ''
  return isFlaky(node) ? ` after it failed${where}: flaky` : where
}

/** Why a node did not run. */
function skipText(run: Run, node: Node): string {
  if (node.cause) return `skipped because of ${causeName(run, node)}`
  if (node.status === 'no-op') return 'no-op: dbt has nothing to do for it'
  if (node.materialized === 'ephemeral') return 'ephemeral: compiled into the models that use it'
  return node.message ? `skipped: ${failureLine(node)}` : 'skipped'
}

/** The name of the node that a skipped one was skipped for. */
export function causeName(run: Run, node: Node): string {
  const cause = run.nodes.get(node.cause)
  return cause ? titleName(run, cause) : node.cause
}

/** The tests of a node that have run, skipped ones too, in the run's order; none that were only compiled. */
export function testsOf(run: Run, node: Node): Node[] {
  if (isTest(node)) return []
  const tests = (run.tests.get(node.uniqueId) ?? []).flatMap((id) => run.nodes.get(id) ?? [])
  return tests.filter((test) => !isOnlyCompiled(run, test))
}

/** `7 of 9 tests passed`; empty where no test of it has ended. */
export function testCount(run: Run, node: Node): string {
  const ended = testsOf(run, node).filter(({ status }) => outcome(status) !== undefined)
  if (ended.length === 0) return ''
  const passed = ended.filter(({ status }) => outcome(status) === 'success').length
  return `${figure(passed)} of ${plural(ended.length, 'test')} passed`
}
