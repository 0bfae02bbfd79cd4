import type { Place } from '../project/files.ts'
import type { Node, Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import { firstLine, messageOf } from './message.ts'
import { titleName } from './names.ts'
import { middleCut, oneLine, plain } from './text.ts'

/** What was found on disk about a node. */
export interface Evidence {
  location: Place | undefined
  /** Its compiled SQL. */
  sql: string
}

/** https://docs.github.com/en/rest/checks/runs#create-a-check-run, "annotations items". */
export interface Annotation {
  path: string
  line: number
  level: 'failure' | 'warning'
  title: string
  message: string
}

/** GitHub takes 64 KB; nobody reads as much on a line of a diff. */
const LONGEST_MESSAGE = 8_000

export function annotationOf(run: Run, node: Node, { path, line }: Place): Annotation {
  return {
    path,
    line,
    level: outcome(node.status) === 'failed' ? 'failure' : 'warning',
    title: oneLine(`${titleName(run, node)}: ${node.status}`),
    message: middleCut(messageOf(node), LONGEST_MESSAGE),
  }
}

/** An error of dbt itself, such as a file that does not parse. */
export function errorAnnotation(message: string, { path, line }: Place): Annotation {
  return {
    path,
    line,
    level: 'failure',
    title: oneLine(`dbt: ${firstLine(message)}`),
    message: middleCut(plain(message).trim(), LONGEST_MESSAGE) || 'dbt failed',
  }
}

/** Workflow commands are cut by the runner; https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations */
export const MOST_COMMANDS = 10
