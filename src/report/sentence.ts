import { isTest } from '../run/counts.ts'
import type { Node, Run } from '../run/run.ts'
import { failureLine } from './message.ts'
import { testSentence } from './test-text.ts'

/** The cause of a failure or warning in one sentence of plain text. */
export function sentenceOf(run: Run, node: Node): string {
  return (isTest(node) && testSentence(run, node)) || failureLine(node)
}
