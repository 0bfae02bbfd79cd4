import { createHash } from 'node:crypto'
import { array, boolean, number, object, enum as oneOf, type output, string } from 'zod'
import { splitWords } from './dbt/command.ts'

/** What a run is told, by action.yml or by the command line. */
export type Inputs = output<typeof SCHEMA>

/** Inputs as strings, by their names in action.yml; one that is missing has its default. */
export type RawInputs = Record<string, string | undefined>

const words = string().transform((line, context): string[] => {
  try {
    const split = splitWords(line)
    if (split.length > 0) return split
    context.addIssue({ code: 'custom', message: 'it is empty' })
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
  }
  return []
})

/** Selectors; an option among them would do more than select. */
const selectors = string().transform((line, context): string[] => {
  try {
    const split = splitWords(line)
    if (!split.some((word) => word.startsWith('-'))) return split
    context.addIssue({
      code: 'custom',
      message: 'expected selectors only, such as "stg_orders+ tag:nightly"',
    })
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
  }
  return []
})

const flag = string()
  .toLowerCase()
  .refine((value) => value === 'true' || value === 'false', 'expected true or false')
  .transform((value) => value === 'true')
  .pipe(boolean())

const count = string()
  .regex(/^\d{1,6}$/, 'expected a whole number, 0 or more')
  .transform(Number)
  .pipe(number())

/** The values of a matrix leg: strings, numbers and booleans, of an object however deep. */
const matrix = string().transform((json, context): string[] => {
  try {
    return matrixValues(json.trim() === '' ? null : JSON.parse(json))
  } catch {
    context.addIssue({ code: 'custom', message: `expected JSON, such as \${{ toJSON(matrix) }}` })
    return []
  }
})

const SCHEMA = object({
  command: words.pipe(array(string())),
  dbt: words.pipe(array(string())),
  'project-dir': string(),
  'profiles-dir': string(),
  'github-token': string(),
  'check-name': string()
    .trim()
    .min(1, 'expected a name')
    .max(100, 'expected at most 100 characters')
    .regex(/^[^/\p{Cc}]*$/u, 'expected a name without "/" and control characters'),
  matrix,
  sha: string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})?$/i, 'expected a full commit SHA'),
  checks: oneOf(['auto', 'all', 'failures', 'rollup', 'none']),
  'max-checks': count,
  tests: oneOf(['auto', 'each']),
  'fail-on': oneOf(['error', 'warn', 'never']),
  retries: count,
  'retry-delay': count,
  'retry-tests': flag,
  select: selectors,
  rerun: oneOf(['auto', 'never']),
  'rerun-of': string().regex(/^\d{0,19}$/, 'expected the id of a workflow run'),
  annotations: flag,
  comment: flag,
  redact: string().transform((names) => names.split(/[\s,]+/).filter(Boolean)),
  'api-share': string()
    .regex(/^([1-9]\d?|100)$/, 'expected a whole number of per cent, 1 to 100')
    .transform((percent) => Number(percent) / 100),
})

/** As in action.yml; here again for the command line, which has no action.yml. A test compares the two. */
export const DEFAULTS: Record<keyof Inputs, string> = {
  command: 'build',
  dbt: 'dbt',
  'project-dir': '.',
  'profiles-dir': '',
  'github-token': '',
  'check-name': 'dbt-watcher',
  matrix: '',
  sha: '',
  checks: 'auto',
  'max-checks': '100',
  tests: 'auto',
  'fail-on': 'error',
  retries: '0',
  'retry-delay': '10',
  'retry-tests': 'false',
  select: '',
  rerun: 'auto',
  'rerun-of': '',
  annotations: 'true',
  comment: 'false',
  redact: '',
  'api-share': '50',
}

/**
 * Reads the inputs. One that is wrong gets its default and a sentence in `wrong` that names it, its value and
 * what would be right: so the roll-up can still be made, and say it.
 */
export function readInputs(get: (name: string) => string | undefined): { inputs: Inputs; wrong: string[] } {
  const raw = (name: string) => get(name)?.trim() ?? ''
  const given: RawInputs = { ...DEFAULTS }
  for (const name of Object.keys(DEFAULTS)) given[name] = raw(name) || DEFAULTS[name as keyof Inputs]
  const parsed = SCHEMA.safeParse(given)
  if (parsed.success) return { inputs: parsed.data, wrong: [] }
  const wrong = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]) as keyof Inputs
    given[name] = DEFAULTS[name]
    return `Input ${name} "${raw(name)}": ${issue.message.replace(/^Invalid option: /, '')}.`
  })
  return { inputs: SCHEMA.parse(given), wrong }
}

function matrixValues(value: unknown): string[] {
  if (value === null) return []
  if (typeof value === 'object') return Object.values(value).flatMap(matrixValues)
  return [String(value)]
}

/** Longer names are cut by GitHub's pages; in characters. */
const LONGEST_NAME = 150

/** The roll-up's name as used: with the values of the matrix, as GitHub shows them behind a job's name. */
export function checkNameOf(inputs: Inputs): string {
  const values = inputs.matrix
    .join(', ')
    .replace(/[/\p{Cc}]/gu, '-')
    .toWellFormed()
  if (values === '') return inputs['check-name']
  const name = `${inputs['check-name']} (${values})`
  if (name.length <= LONGEST_NAME) return name
  // Two legs that differ only in what is cut must not meet.
  const digest = createHash('sha256').update(values).digest('hex').slice(0, 8)
  return `${name.slice(0, LONGEST_NAME - 10).toWellFormed()} ${digest})`
}
