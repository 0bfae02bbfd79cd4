import { isTest, ownErrors } from '../run/counts.ts'
import { lastingInvocations, type Node, type Run } from '../run/run.ts'
import { plural } from './figures.ts'
import { plain } from './text.ts'

/** How many errors of dbt itself there are beyond those that are shown; empty where all are. */
export function moreErrors(run: Run, shown: number): string {
  const unkept = lastingInvocations(run).reduce((sum, invocation) => sum + invocation.moreErrors, 0)
  const more = Math.max(0, ownErrors(run).length - shown) + unkept
  return more > 0 ? `and ${plural(more, 'more error')} of dbt, which the log has` : ''
}

/** The first line of the message that is more than a heading. */
export function failureLine(node: Node): string {
  const line = firstLine(node.message)
  // All that v2 has on a test that failed or warned is its status; the number of rows says more.
  if (line !== '' && !/^(error|fail|warn)$/i.test(line)) return line
  const found = isTest(node) && node.status !== 'error' ? node.failures : undefined
  return found === undefined ? line || 'dbt gave no message' : `${plural(found, 'result')} found`
}

/** All that is known of what went wrong. */
export function messageOf(node: Node): string {
  return plain(node.message).trim() || failureLine(node)
}

/** Lines above an error: what kind it is, and of what. The edge of a table is v2's, above the rows of a unit test. */
const HEADLINE = new RegExp(
  [
    '(Exception on worker thread\\. |function \\S+ overload \\S+: )?(Database|Runtime|Compilation|Parsing|Internal|Dependency|Validation) Error( in .*)?',
    'Error materializing test .*',
    'PARTIAL SUCCESS .*',
    // Of `dbt debug`.
    'Profile loading failed for the following reason:',
    'dbt was unable to connect to the specified database\\.',
    'The database returned the following error:',
    // Of a hook, on dbt Core.
    '\\S+ failed, error:',
    // Above the deprecation, where warnings are errors.
    'Deprecated functionality',
    '[+|-].*[+|-]',
    '',
  ]
    .map((line) => `^${line}$`)
    .join('|'),
)

/** What v2 puts before an error that a macro raised, or that a unit test met, and Core before one in selectors.yml. */
const WRAPPED =
  /^(Error executing materialization macro '[^']{1,300}' for \w+ \S{1,300}: |Error materializing unit test \S{1,300}: |Could not read selector file data: )?(Failed to (eval the compiled Jinja expression|render SQL) )?(invalid operation: )?(Compilation Error for \S{1,300} from [^\n:]{0,300}: )?/

/** The first line of dbt's that is no headline. */
export function firstLine(message: string): string {
  const lines = plain(message.slice(0, 4000))
    .split('\n')
    // Fusion: `[error] [DbDriverFailed (dbt1308)]: `
    .map((line) =>
      line
        .trim()
        .replace(/^(\[\w+\] \[[^\]]*\]: |\[(?:WARNING|ERROR)\]: |>)/, '')
        .replace(WRAPPED, ''),
    )
  // A usage message of the command line comes before what is wrong, and so does what uv or poetry is about to do.
  const isPrelude = /^(Usage:|Using C?Python|Creating virtual ?env)/.test(lines[0] ?? '')
  const complaint = isPrelude && lines.find((line) => /^(error\b|fatal:|×|failed)/i.test(line))
  return complaint || exceptionOf(lines) || pointIn(lines)
}

/** What is no headline; with the first entry of a list that it only announces. */
function pointIn(lines: string[]): string {
  const index = lines.findIndex((line) => !HEADLINE.test(line))
  const line = lines[index] ?? lines[0] ?? ''
  const entry = /^[*-] (.+)/.exec(lines[index + 1] ?? '')?.[1]
  return line.endsWith(':') && entry ? `${line} ${entry}` : line
}

/** Of a Python traceback, which ends with it: `NameError: name 'foo' is not defined`. */
function exceptionOf(lines: string[]): string {
  const start = lines.findIndex((line) => line.startsWith('Traceback (most recent call last)'))
  if (start < 0) return ''
  return lines.slice(start).findLast((line) => /^[\w.]+(?:: |$)/.test(line)) ?? ''
}
