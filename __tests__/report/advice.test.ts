/** Errors before the first node as both engines print them (start-up-errors.json), and what they are made into. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { usage } from '../../src/arguments.ts'
import { adviceFor, pointOf } from '../../src/report/advice.ts'
import { SUBJECT } from './large-run.ts'

const printed = JSON.parse(readFileSync(join(import.meta.dirname, 'start-up-errors.json'), 'utf8')) as Record<
  string,
  Record<'core' | 'v2', string>
>

/** The point, and a word of the way out; by engine where the engines do not say the same. */
const POINTS: Record<string, { title: string | { core: string; v2: string }; wayOut?: string }> = {
  'bad-yaml': { title: "YAML error in dbt_project.yml, line 18: did not find expected ',' or ']'" },
  'bad-key': {
    title: {
      core: "dbt_project.yml: 'model-pathz', 'nam' were unexpected",
      v2: 'dbt_project.yml: "model-pathz" was unexpected',
    },
  },
  'bad-model-yaml': {
    title: {
      core: 'YAML error in bad.yml, line 3',
      v2: 'YAML error in models/bad.yml, line 3: did not find expected node content',
    },
  },
  'bad-jinja': {
    title: {
      core: "models/mac.sql: Expected an expression, got 'end of statement block'",
      v2: 'models/mac.sql: syntax error: unexpected end of block',
    },
  },
  'unknown-target': {
    title: {
      core: 'profile "bikes" has no target "nope"; it has dev',
      v2: 'profile "bikes" has no target "nope"',
    },
    wayOut: '--target',
  },
  'unknown-profile': { title: 'profile "nope" was not found', wayOut: 'profiles-dir' },
  'no-profiles': { title: 'no profiles.yml at /work/none', wayOut: 'profiles-dir' },
  'no-profiles2': {
    title: { core: 'profile "bikes" was not found', v2: 'no profiles.yml at /work/empty' },
    wayOut: 'profiles-dir',
  },
  'env-profile': { title: 'environment variable SHOP_DB_PATH is not set', wayOut: 'under env: on the step' },
  'env-model': { title: 'environment variable SHOP_REGION is not set', wayOut: 'forks' },
  'ref-nowhere': { title: "models/trees.sql: ref('stg_treees') does not exist" },
  'source-nowhere': { title: 'models/trees.sql: source raw.treees does not exist' },
  'package-path': { title: 'no dbt_project.yml in /work/nowhere', wayOut: 'packages.yml' },
  'package-git': {
    title:
      "package https://127.0.0.1:9/x.git cannot be fetched: unable to access 'https://127.0.0.1:9/x.git/': Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn't connect to server",
    wayOut: 'private',
  },
  'package-hub': {
    title: {
      core: 'packages cannot be downloaded from hub.getdbt.com',
      v2: 'packages cannot be downloaded from https://hub.getdbt.com/api/v1/index.json',
    },
    wayOut: 'connect',
  },
  'and-and': { title: '"&&" in command, but there is no shell here', wayOut: 'on a line of its own' },
  pipe: { title: '"|" in command, but there is no shell here', wayOut: 'on a line of its own' },
  'no-project': {
    title: { core: 'no dbt_project.yml in /work/shop', v2: 'no dbt_project.yml in the project folder' },
    wayOut: 'project-dir',
  },
  misspelt: { title: 'dbt has no command "buld"; did you mean "build"?' },
  'bad-flag': { title: 'dbt has no option --selct', wayOut: '--select' },
  'no-packages': {
    title: {
      core: 'packages are not installed',
      v2: 'packages cannot be downloaded from https://hub.getdbt.com/api/v1/index.json',
    },
  },
  'no-adapter': { title: 'no adapter for type "nosuchdb"', wayOut: 'profiles.yml' },
  'no-adapter2': {
    title: { core: 'no adapter for type "snowflake"', v2: 'profiles.yml: field "database" is required' },
  },
  unreachable: {
    title:
      'the database cannot be reached: IO Error: Cannot open file "/nonexistent/dir/x.duckdb": No such file or directory',
    wayOut: 'the runner may connect',
  },
  'dbt-version': { title: 'bikes needs dbt >=9.0.0, and 1.11.16 is installed' },
  'no-profiles3': { title: 'no profiles.yml', wayOut: 'profiles-dir' },
  'no-packages2': { title: 'packages are not installed', wayOut: 'dbt deps' },
  'open-quote': {
    title: {
      core: 'YAML error in landing/landing.yml, line 15: a quote is not closed',
      v2: 'YAML error in models/landing/landing.yml, line 15: a quote is not closed',
    },
  },
  'bad-exposure': {
    title:
      "models/published/published.yml: exposures annual_review: 'painting' is not one of ['dashboard', 'notebook']",
  },
  'adapter-not-yet': { title: 'dbt v2 has no adapter for type "postgres" yet', wayOut: 'It has snowflake' },
  'and-and-ours': { title: '"&&" in command, but there is no shell here', wayOut: 'on a line of its own' },
  // While dbt parses, it does not say from which file.
  'raised-in-macro': { title: 'macros/m.sql: boom a' },
  twice: { title: 'two models are named "stg_bikes"' },
}

test('every error that was recorded is in the table', () => {
  expect(Object.keys(printed).sort()).toEqual(Object.keys(POINTS).sort())
})

describe.each(Object.entries(POINTS))('%s', (name, { title, wayOut }) => {
  const messages = Object.entries(printed[name] ?? {}) as ['core' | 'v2', string][]
  test.each(messages)('on %s', (engine, message) => {
    const advice = adviceFor(message, SUBJECT)
    expect(advice?.title).toBe(typeof title === 'string' ? title : title[engine])
    if (wayOut) expect(advice?.wayOut).toContain(wayOut)
  })
})

describe('in a shell', () => {
  const shell = { ...SUBJECT, caller: 'shell' as const }
  const ways = Object.entries(printed).flatMap(([name, messages]) =>
    Object.values(messages).map((message) => [name, adviceFor(message, shell)] as const),
  )

  test('no advice speaks of what only a workflow has', () => {
    for (const [name, advice] of ways) {
      expect(advice?.wayOut, name).not.toMatch(
        /\binputs?\b|workspace|\bstep\b|\bjob\b|runner|env:|Dependabot/i,
      )
    }
  })

  test('options are those of --help', () => {
    const options = ways.flatMap(
      ([, advice]) => advice?.wayOut.match(/--(?:project|profiles|deps)\S*/g) ?? [],
    )
    expect(new Set(options)).toEqual(new Set(['--project-dir', '--profiles-dir', '--deps']))
    for (const option of options) expect(usage()).toContain(`\n  ${option} `)
  })

  test.each([
    ['unknown-profile', 'Set --profiles-dir to the folder of a profiles.yml that has it.'],
    ['no-project', 'Set --project-dir to the folder that has it'],
    ['env-model', 'Set SHOP_REGION in the environment of dbt-watcher.'],
    ['no-packages2', 'Run "dbt deps" before, or set --deps always.'],
    ['unreachable', 'that this machine may connect (VPN, IP allow list)'],
  ])('%s', (name, words) => {
    expect(adviceFor(printed[name]?.core ?? '', shell)?.wayOut).toContain(words)
  })
})

describe('without a dbt_project.yml in the folder', () => {
  const { core = '' } = printed['no-profiles'] ?? {}

  test.each([
    ['workflow', 'Set input project-dir to the folder that has it, relative to the workspace.'],
    ['shell', 'Set --project-dir to the folder that has it.'],
  ] as const)('that is said first, instead of the missing profile, in a %s', (caller, wayOut) => {
    const subject = { ...SUBJECT, caller, projects: ['shop'] }
    expect(adviceFor(core, subject)).toEqual({ title: 'no dbt_project.yml in the project folder', wayOut })
    expect(adviceFor(core, { ...subject, projectDir: 'transform' })?.title).toBe(
      'no dbt_project.yml in transform',
    )
    // Nor is there one anywhere else.
    expect(adviceFor(core, { ...subject, projects: [] })?.title).toBe(
      'no dbt_project.yml in the project folder',
    )
  })

  test('an error of the project that was found is about that', () => {
    const { core: error = '' } = printed['unknown-profile'] ?? {}
    expect(adviceFor(error, { ...SUBJECT, projects: ['shop'] })?.title).toBe('profile "nope" was not found')
  })

  test('with one, the profile is what is missing', () => {
    expect(adviceFor(core, SUBJECT)?.title).toBe('no profiles.yml at /work/none')
  })
})

test('databases as they refuse', () => {
  for (const message of [
    'connection to server at "10.0.0.7", port 5432 failed: Connection refused',
    'Database Error\n  could not translate host name "db" to address: Name or service not known',
    'Database Error\n  250001 (08001): Failed to connect to DB: x.snowflakecomputing.com:443',
    'FATAL:  password authentication failed for user "ci"',
  ]) {
    expect(pointOf(message), message).toMatch(/^the database cannot be reached: /)
  }
})

test('a value that v2 does not know is an adapter in profiles.yml alone', () => {
  const message =
    'YAML error: type: unknown variant `painting`, expected one of `dashboard`, `ml`\n  --> models/p.yml:22:11'
  expect(pointOf(message)).toBe(
    'YAML error in models/p.yml, line 22: type: unknown variant `painting`, expected one of `dashboard`, `ml`',
  )
})

test('nothing for an error that is not known, and no time for a hostile one', () => {
  expect(adviceFor('Something else', SUBJECT)).toBeUndefined()
  expect(adviceFor('', SUBJECT)).toBeUndefined()
  for (const unit of [' - a\n', "'", 'Error reading ', '--> ', 'tip: ', '(', '  '])
    adviceFor(unit.repeat(50_000), SUBJECT)
})
