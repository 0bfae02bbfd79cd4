import type { Excerpt } from '../project/excerpt.ts'
import type { Place } from '../project/files.ts'
import type { Node, Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import { pointOf } from './advice.ts'
import { firstLine, messageOf } from './message.ts'
import { titleName } from './names.ts'
import { sentenceOf } from './sentence.ts'
import { middleCut, oneLine, plain } from './text.ts'

/** What was found on disk about a node. */
export interface Evidence {
  location: Place | undefined
  /** Its compiled SQL. */
  sql: string
  /** The source around the location. */
  excerpt?: Excerpt | undefined
  /** Whether this pull request changes the file; undefined where git cannot tell. */
  changed?: boolean | undefined
}

/** https://docs.github.com/en/rest/checks/runs#create-a-check-run, "annotations items". */
export interface Annotation {
  path: string
  line: number
  level: 'failure' | 'warning'
  title: string
  message: string
}

/** GitHub takes 64 KB, which is more than people read on a line of a diff. */
const LONGEST_MESSAGE = 8_000

/** The annotation of a node that failed or warned. */
export function annotationOf(run: Run, node: Node, { path, line, note }: Place): Annotation {
  return {
    path,
    line,
    level: outcome(node.status) === 'failed' ? 'failure' : 'warning',
    title: oneLine(`${titleName(run, node)}: ${node.status}`),
    message: middleCut(annotationText(run, node, note), LONGEST_MESSAGE),
  }
}

/** Of the roll-up. More would not be read, and each 50 of them are a request, for which the step waits. */
const MOST_OF_ROLLUP = 1_000

/**
 * What the roll-up annotates: dbt's own errors, what nodes without a check of their own came to, failures first, and
 * dbt's own warnings.
 * @param found.ofNodes by unique_id
 */
export function rollUpAnnotations(
  run: Run,
  found: { problems: Annotation[]; ofNodes: [uniqueId: string, Evidence][]; warnings: Annotation[] },
): Annotation[] {
  const { problems, ofNodes, warnings } = found
  const placed = ofNodes.flatMap(([uniqueId, { location }]) => {
    const node = run.nodes.get(uniqueId)
    return node && location ? { node, location } : []
  })
  const isFailure = ({ node }: { node: Node }) => outcome(node.status) === 'failed'
  const sorted = [...placed.filter(isFailure), ...placed.filter((one) => !isFailure(one))]
  const room = Math.max(0, MOST_OF_ROLLUP - problems.length)
  const annotations = sorted.slice(0, room).map(({ node, location }) => annotationOf(run, node, location))
  return [...problems, ...annotations, ...warnings].slice(0, MOST_OF_ROLLUP)
}

/** The cause in a sentence, then what dbt printed where that is more. */
function annotationText(run: Run, node: Node, note: string | undefined): string {
  const sentence = sentenceOf(run, node)
  const message = messageOf(node)
  const more = message.includes(sentence) ? message : `${sentence}\n${message}`
  return note ? `${more}\n${note}` : more
}

/** An error of dbt itself, such as a file that does not parse. */
export function errorAnnotation(message: string, { path, line }: Place): Annotation {
  return {
    path,
    line,
    level: 'failure',
    title: oneLine(`dbt: ${pointOf(message) ?? firstLine(message)}`),
    message: middleCut(plain(message).trim(), LONGEST_MESSAGE) || 'dbt failed',
  }
}

/** Workflow commands are cut by the runner; https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations */
export const MOST_COMMANDS = 10
