import { isTest } from '../run/counts.ts'
import type { Node, Run } from '../run/run.ts'
import { figure, plural } from './figures.ts'
import { failureLine } from './message.ts'
import { testSentence } from './test-text.ts'

/** The cause of a failure or warning in one sentence of plain text. */
export function sentenceOf(run: Run, node: Node): string {
  return (isTest(node) && testSentence(run, node)) || `${batchesText(node)}${failureLine(node)}`
}

/** `1 of 4 batches failed: `, of a microbatch model of which others succeeded; the rest is of one that failed. */
function batchesText({ message }: Node): string {
  const [, done, all] = /^PARTIAL SUCCESS \((\d{1,9})\/(\d{1,9})\)/.exec(message) ?? []
  if (done === undefined) return ''
  return `${figure(Number(all) - Number(done))} of ${plural(Number(all), 'batch', 'batches')} failed: `
}
