/** The check run of one node. */

import { counts, isTest } from '../run/counts.ts'
import { isHeld } from '../run/retry.ts'
import type { Node, Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import { annotationOf } from './annotation.ts'
import { type Around, type CheckRun, CONCLUSIONS, type Conclusion } from './check-run.ts'
import { titleName } from './names.ts'
import { nodeSummary } from './node-summary.ts'
import { nodeTitle } from './node-title.ts'
import { bytes, cutBytes, fence, oneLine, plain } from './text.ts'

/** In bytes: GitHub cuts `text` behind 65,535, in the middle of a fence. */
const LONGEST_SQL = 60_000

export function nodeCheck(run: Run, node: Node, around: Around): CheckRun {
  const result = outcome(node.status)
  // GitHub only ever appends annotations, so one is sent when its message is known and not before.
  const known = node.settled || run.exitCode !== undefined
  const held = isHeld(run, node)
  const annotated = known && !held && around.subject.annotations && (result === 'failed' || result === 'warn')
  const { location, sql } = around.evidence
  // What did not run has no SQL that matters.
  const shown = result !== 'skipped' && sql !== ''
  return {
    key: node.uniqueId,
    name: checkNameOfNode(run, node, around.subject.checkName),
    conclusion: held ? undefined : result && CONCLUSIONS[result],
    ...timesOf(run, node, held),
    title: nodeTitle(run, node),
    summary: nodeSummary(run, node, around),
    text: shown ? `Compiled SQL\n\n${fence(cutSql(sql), 'sql')}` : '',
    annotations: annotated && location ? [annotationOf(run, node, location)] : [],
    ...(node.cause ? { after: node.cause } : {}),
    // A late manifest brings facts of every node, and would write each of them again. Its tests are in the title.
    ...(result === 'success' ? { noticed: '' } : {}),
  }
}

/** `<check-name> / <resource type> <name>`. */
export function checkNameOfNode(run: Run, node: Node, checkName: string): string {
  // The name of a check run has no documented limit; a longer one could not be read anyway.
  return oneLine(`${checkName} / ${titleName(run, node)}`, 250)
}

function cutSql(sql: string): string {
  const cut = cutBytes(plain(sql), LONGEST_SQL)
  return cut.length < sql.length && bytes(sql) > LONGEST_SQL ? `${cut}\n-- the rest is left out` : cut
}

/** GitHub takes "now" for a start that is not given, which would be after the end. */
function timesOf(run: Run, node: Node, held: boolean): Pick<CheckRun, 'startedAt' | 'completedAt'> {
  // Over several retries a check run spans them all.
  const began = node.earlier.find(({ origin }) => origin === node.origin)?.startedAt ?? node.startedAt
  if (held || outcome(node.status) === undefined) return { startedAt: began, completedAt: undefined }
  const end = node.finishedAt ?? run.finishedAt ?? run.startedAt
  const start = began ?? end - (node.executionTime ?? 0) * 1000
  return { startedAt: Math.min(start, end), completedAt: end }
}

/** The least that a check run shows of a node that ended: what post needs to close it. */
export function brief(run: Run, node: Node): { conclusion: Conclusion; title: string } | undefined {
  const result = outcome(node.status)
  return result && { conclusion: CONCLUSIONS[result], title: nodeTitle(run, node) }
}

/** Nodes whose check runs show this test, so that they change with it. */
export function nodesWithTest(run: Run, test: Node): Node[] {
  if (!isTest(test) || outcome(test.status) === undefined) return []
  const tested = run.graph.get(test.uniqueId)?.dependsOn ?? []
  return tested.flatMap((id) => run.nodes.get(id) ?? []).filter(counts)
}
