import { createHash } from 'node:crypto'
import {
  maxLength,
  minLength,
  NEVER,
  object,
  enum as oneOf,
  type output,
  pipe,
  regex,
  string,
  transform,
  trim,
  type ZodMiniType,
} from 'zod/mini'
import { splitLines, splitWords } from './dbt/command.ts'
import { reasonOf } from './reason.ts'

/** The inputs as read, from action.yml or the command line. */
export type Inputs = output<typeof SCHEMA>

/** Inputs as strings, by their names in action.yml; a missing one has its default. */
export type RawInputs = Record<string, string | undefined>

/** What `read` makes of a string; the message of an Error that it throws says what is wrong. */
function readBy<Value>(read: (text: string) => Value) {
  const checked = transform((text: string, context): Value => {
    try {
      return read(text)
    } catch (error) {
      context.issues.push({ code: 'custom', message: reasonOf(error), input: text })
      return NEVER
    }
  })
  return pipe(string(), checked)
}

/** Command lines, each as its words. */
const commandLines = readBy((text) => {
  const lines = splitLines(text)
  const flag = lines.find(([first]) => first?.startsWith('-'))
  if (lines.length === 0) throw new Error('it is empty')
  if (!flag || flag === lines[0]) return lines
  throw new Error(
    `the line "${flag.join(' ')}" begins with an option; end the line before it with "\\" to go on there`,
  )
})

const words = readBy((line) => {
  const split = splitWords(line)
  if (split.length === 0) throw new Error('it is empty')
  return split
})

/** Selectors; an option among them would do more than select. */
const selectors = readBy((line) => {
  const split = splitWords(line)
  if (split.some((word) => word.startsWith('-'))) {
    throw new Error('expected selectors only, such as "stg_orders+ tag:nightly"')
  }
  return split
})

/** One of some words. */
function choice<const Words extends readonly string[]>(words: Words) {
  return oneOf(words, `expected one of ${words.map((word) => `"${word}"`).join('|')}`)
}

const flag = readBy((text) => {
  const value = text.toLowerCase()
  if (value !== 'true' && value !== 'false') throw new Error('expected true or false')
  return value === 'true'
})

const count = pipe(
  string().check(regex(/^\d{1,6}$/, 'expected a whole number, 0 or more')),
  transform(Number),
)

/** The values of a matrix job: strings, numbers and booleans, of an object however deep. */
const matrix = readBy((json) => {
  try {
    return matrixValues(json.trim() === '' ? null : JSON.parse(json))
  } catch {
    throw new Error(`expected JSON, such as \${{ toJSON(matrix) }}`)
  }
})

/** One input of action.yml. */
interface Input<Schema extends ZodMiniType> {
  default: string
  schema: Schema
  /** As in action.yml and docs/reference.md. */
  description: string
  /**
   * Where the command line has an option of this name: what stands for its value in `--help`, empty for a flag, and
   * its help.
   */
  option?: [value: string, help: string]
  /** Whether an empty value differs from none. */
  mayBeEmpty?: boolean
}

function input<Schema extends ZodMiniType>(entry: Input<Schema>): Input<Schema> {
  return entry
}

/** The one table of inputs. Schema, defaults and the command line's options derive from it; tests hold action.yml to it. */
export const INPUTS = {
  command: input({
    default: 'build',
    schema: commandLines,
    description:
      'The dbt command line, with or without the leading `dbt`; split into words without a shell. One command per line; several run in order and stop at the first that fails. Flags in it override the inputs below; dbt resolves relative paths in it.',
  }),
  dbt: input({
    default: 'dbt',
    schema: words,
    description:
      'How to start dbt; may be several words, such as `uv run dbt`. A value with a slash, such as `.venv/bin/dbt`, is relative to the workspace. If `dbt` is not on PATH, that in .venv or venv is used, else by uv, poetry, pdm or pipenv where the project has their lock file, else that of pipx.',
    option: ['PROGRAM', 'how to start dbt, such as "uv run dbt"'],
  }),
  'project-dir': input({
    default: '.',
    schema: string(),
    description: 'The dbt project, relative to the workspace. dbt starts there.',
    option: ['DIR', 'the dbt project'],
  }),
  'profiles-dir': input({
    default: '',
    schema: string(),
    description: 'The folder of profiles.yml, relative to the workspace. If empty, dbt searches as usual.',
    option: ['DIR', 'the folder of profiles.yml'],
  }),
  'github-token': input({
    default: '',
    schema: string(),
    description: 'The token for the Checks API. It is never passed to dbt.',
  }),
  'check-name': input({
    default: 'dbt-watcher',
    schema: string().check(
      trim(),
      minLength(1, 'expected a name'),
      maxLength(100, 'expected at most 100 characters'),
      regex(/^[^/\p{Cc}]*$/u, 'expected a name without "/" and control characters'),
    ),
    description:
      'The name of the roll-up check, without `/`. Node checks are named `<check-name> / <resource type> <name>`.',
  }),
  matrix: input({
    default: '',
    schema: matrix,
    description:
      "The job's matrix values as JSON. They are appended to check-name so that matrix jobs don't overwrite each other's checks.",
  }),
  sha: input({
    default: '',
    schema: string().check(regex(/^([0-9a-f]{40}|[0-9a-f]{64})?$/i, 'expected a full commit SHA')),
    description:
      'The commit that gets the checks. If empty: the head of the pull request or of the triggering workflow run, else GITHUB_SHA.',
  }),
  checks: input({
    default: 'auto',
    schema: choice(['auto', 'all', 'failures', 'rollup', 'none']),
    description:
      'Which check runs to create: `auto` (the roll-up, and one for each node if all of them fit into max-checks, otherwise only for nodes that failed or warned), `all`, `failures`, `rollup` or `none`.',
  }),
  'max-checks': input({
    default: '100',
    schema: count,
    description:
      'The maximum number of node checks, in every mode. With `checks: all`, half of them are reserved for failures and warnings until the end.',
  }),
  tests: input({
    default: 'auto',
    schema: choice(['auto', 'each']),
    description: '`auto`: a check of its own for each test that fails or warns. `each`: one for every test.',
  }),
  deps: input({
    default: 'auto',
    schema: choice(['auto', 'always', 'never']),
    description:
      'Whether `dbt deps` runs first; `auto`, if packages are declared and not installed, or if packages.yml, dependencies.yml or package-lock.yml is newer than the installed packages; `always`; `never`.',
    option: ['WHEN', 'run dbt deps first: auto, always or never'],
  }),
  'test-behavior': input({
    default: 'build',
    schema: choice(['build', 'after-all', 'none']),
    description:
      'When the tests of a `build` command run; `build`, as dbt does it, tests of a node before its children; `after-all`, all nodes first, and if they succeed one `dbt test` with the same selection and flags; `none`, no tests. A `build` command with --resource-type or --exclude-resource-type is not split.',
    option: ['WHEN', 'tests: build, after-all or none'],
  }),
  'fail-on': input({
    default: 'error',
    schema: choice(['error', 'warn', 'never']),
    description:
      'What makes the step fail: `error`, `warn` (also warnings) or `never`. If dbt itself fails, the step always fails.',
    option: ['WHAT', 'error, warn or never'],
  }),
  retries: input({
    default: '0',
    schema: count,
    description:
      'How often failed nodes, and the nodes they blocked, are run again within the step. Failed tests are run again only with retry-tests.',
    option: ['N', 'how often failed nodes run again'],
  }),
  'retry-delay': input({
    default: '10',
    schema: count,
    description: 'Seconds to wait before each retry.',
    option: ['N', 'seconds before each retry'],
  }),
  'retry-tests': input({
    default: 'false',
    schema: flag,
    description:
      'Whether failed tests are run again too. Usually pointless: unchanged data gives the same result.',
    option: ['', 'run failed tests again too'],
  }),
  'retry-user-errors': input({
    default: 'false',
    schema: flag,
    description:
      "Whether nodes are run again too whose error dbt v2 puts down to the project's code, such as a missing column. Usually pointless.",
    option: ['', "run errors of the project's code again too (dbt v2)"],
  }),
  select: input({
    default: '',
    schema: selectors,
    description:
      "Replaces the command's selection, for manual reruns. A value of the output rerun-select runs exactly the nodes it names.",
  }),
  rerun: input({
    default: 'auto',
    schema: choice(['auto', 'never']),
    description:
      "What a re-run of the job runs: `auto`, only nodes that haven't succeeded; `never`, everything.",
  }),
  'rerun-of': input({
    default: '',
    schema: string().check(regex(/^\d{0,19}$/, 'expected the id of a workflow run')),
    description:
      "The id of the workflow run that a manual run continues: the nodes in it that haven't succeeded (or `select`), with its flags, on its commit.",
  }),
  'state-from': input({
    default: '',
    schema: string(),
    description:
      'What a pull request is compared with. `base`, the project as it is on the base branch, which is parsed in the same job; or a folder with a manifest.json, relative to the workspace. A command without a selection then runs `state:modified+`, and defers to what the newest good run of the base branch built. Other events run as if it were empty.',
  }),
  'state-required': input({
    default: 'false',
    schema: flag,
    description: 'Whether the step fails, instead of running everything, if state-from finds nothing.',
  }),
  junit: input({
    default: '',
    schema: string(),
    description:
      'Path of a JUnit XML report to write, relative to the workspace, with a test case for each node. If empty, none is written.',
    option: ['FILE', 'write JUnit XML'],
  }),
  json: input({
    default: '',
    schema: string(),
    description:
      'Path of a JSON file to write, relative to the workspace: the run with all nodes and where the time went, as `schema/run-v1.json` describes.',
    option: ['FILE', 'write the run as JSON'],
  }),
  'code-quality': input({
    default: '',
    schema: string(),
    description:
      'Path of a GitLab Code Quality report to write, relative to the workspace, with failures and warnings.',
    option: ['FILE', 'write a GitLab Code Quality report'],
  }),
  trace: input({
    default: '',
    schema: string(),
    description:
      'Path of a Chrome trace to write, relative to the workspace, with one track for each thread of dbt. It opens in https://ui.perfetto.dev.',
    option: ['FILE', 'write a trace for ui.perfetto.dev'],
  }),
  report: input({
    default: 'dbt-watcher.html',
    schema: string(),
    mayBeEmpty: true,
    description:
      'The path of the HTML report, relative to the workspace. It is also uploaded as an artifact that opens in the browser. If empty, there is none.',
    option: ['FILE', 'the HTML report; empty for none'],
  }),
  'failing-rows': input({
    default: '0',
    schema: count,
    description:
      'How many rows of each failed test the job summary and the report show (they may contain personal data). Never on public repositories, for pull requests from forks, and for what is tagged `pii`.',
    option: ['N', 'rows of each failed test in summary and report'],
  }),
  annotations: input({
    default: 'true',
    schema: flag,
    description: 'Whether failures and warnings are annotated in the file where they are fixed.',
  }),
  comment: input({
    default: 'false',
    schema: flag,
    description: 'Keep one comment on the pull request up to date; needs `pull-requests: write`.',
  }),
  redact: input({
    default: '',
    schema: readBy((names) => names.split(/[\s,]+/).filter(Boolean)),
    description:
      'Names of further environment variables whose values are secret, separated by spaces or commas. Values of variables named like secrets (`TOKEN`, `PASSWORD`, `SECRET`, `PRIVATE_KEY`, `DBT_ENV_SECRET_`) are always hidden.',
    option: ['NAMES', 'further environment variables to hide, "A,B"'],
  }),
  'api-share': input({
    default: '50',
    schema: pipe(
      string().check(regex(/^([1-9]\d?|100)$/, 'expected a whole number of per cent, 1 to 100')),
      transform((percent) => Number(percent) / 100),
    ),
    description: "The percentage of the repository's remaining hourly API budget that the step may use.",
  }),
}

type Name = keyof typeof INPUTS
const NAMES = Object.keys(INPUTS) as Name[]
const SCHEMA = object(
  Object.fromEntries(NAMES.map((name) => [name, INPUTS[name].schema])) as {
    [N in Name]: (typeof INPUTS)[N]['schema']
  },
)

/** How messages name an input: that of a workflow, or an option of the command line. */
export type Naming = (input: string) => string

/** As a workflow names it. */
export function inputNaming(input: string): string {
  return `Input ${input}`
}

/**
 * Reads the inputs. One that is wrong gets its default and a sentence in `wrong` that names it, its value and
 * what would be right: so the roll-up can still be created and show it.
 */
export function readInputs(
  get: (name: string) => string | undefined,
  naming: Naming = inputNaming,
): { inputs: Inputs; wrong: string[] } {
  const raw = (name: string) => get(name)?.trim() ?? ''
  const given: RawInputs = {}
  for (const name of NAMES)
    given[name] = raw(name) || (isEmptied(name, get(name)) ? '' : INPUTS[name].default)
  const parsed = SCHEMA.safeParse(given)
  if (parsed.success) return { inputs: parsed.data, wrong: [] }
  const wrong = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]) as Name
    given[name] = INPUTS[name].default
    // The first line is the title of the roll-up.
    const value = raw(name).replace(/\s+/g, ' ')
    return `${naming(name)} "${value}": ${issue.message.replace(/^Invalid option: /, '')}.`
  })
  return { inputs: SCHEMA.parse(given), wrong }
}

/** Whether an input is empty because the user wants it so. */
function isEmptied(name: Name, value: string | undefined): boolean {
  const entry: Input<ZodMiniType> = INPUTS[name]
  return value?.trim() === '' && entry.mayBeEmpty === true
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
  // Two jobs that differ only in what is cut need different names.
  const digest = createHash('sha256').update(values).digest('hex').slice(0, 8)
  return `${name.slice(0, LONGEST_NAME - 10).toWellFormed()} ${digest})`
}
