import { isTest, type Node } from '../run/run.ts'
import { plain, plural } from './text.ts'

/** The line of the message that says something. */
export function failureLine(node: Node): string {
  const line = firstLine(node.message)
  if (isTest(node) && node.failures !== undefined && !/\d/.test(line))
    return `${plural(node.failures, 'result')} found`
  return line || 'dbt gave no message'
}

/** All that is known of what went wrong. */
export function messageOf(node: Node): string {
  return plain(node.message).trim() || failureLine(node)
}

/** The first line of dbt's that is no headline. */
export function firstLine(message: string): string {
  const headline = /^(Database|Runtime|Compilation|Parsing) Error( in .*)?$|^$/
  const lines = plain(message.slice(0, 4000))
    .split('\n')
    // Fusion: `[error] [DbDriverFailed (dbt1308)]: `
    .map((line) => line.trim().replace(/^\[\w+\] \[[^\]]*\]: /, ''))
  // A usage message of the command line comes before what is wrong.
  const complaint = lines[0]?.startsWith('Usage:') && lines.find((line) => /^error\b/i.test(line))
  return complaint || (lines.find((line) => !headline.test(line)) ?? lines[0] ?? '')
}
