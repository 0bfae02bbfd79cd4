/** The example on a real Postgres, with dbt-postgres (script/install-dbt postgres): only the profile's target differs. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GitHub, startGitHub } from '../stand-in/github.ts'
import { type Result, runAction } from './action.ts'
import { NO_POSTGRES, type Postgres, startPostgres } from './postgres.ts'
import { ROOT, type Workspace, workspaceWith } from './workspace.ts'

const DBT = join(ROOT, '.cache/dbt/postgres/bin/dbt')
const PASSWORD = 'saddle-Bell_42'
const why =
  NO_POSTGRES || (existsSync(DBT) ? '' : 'dbt-postgres is not installed (script/install-dbt postgres)')
if (why) console.log(`Postgres is not tested: ${why}`)

describe.skipIf(why !== '')('the example on Postgres', () => {
  let server: Postgres
  beforeAll(async () => {
    server = await startPostgres(PASSWORD)
  })
  afterAll(() => server?.stop())

  /** Runs a command in a copy of the example, changed. @param lines what replaces what in a file */
  async function run(
    command: string,
    change?: [file: string, from: string, to: string],
    env = {},
    files: Record<string, string> = {},
  ) {
    const workspace = workspaceWith('example')
    const github = await startGitHub()
    try {
      const project = join(workspace.folder, workspace.projectDir)
      if (change) {
        const [file, from, to] = change
        const text = readFileSync(join(project, file), 'utf8')
        expect(text).toContain(from)
        writeFileSync(join(project, file), text.replace(from, to))
      }
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(project, name)), { recursive: true })
        writeFileSync(join(project, name), text)
      }
      const result = await runAction({
        ...{ workspace, github },
        env: { DBT_SEND_ANONYMOUS_USAGE_STATS: 'false', ...server.env, ...env },
        inputs: {
          ...{ 'project-dir': workspace.projectDir, dbt: DBT, command, junit: 'junit.xml', json: 'run.json' },
        },
      })
      return { ...result, ...shownBy(result, workspace, github) }
    } finally {
      await github.close()
      workspace.remove()
    }
  }

  test('is green, and fails as on DuckDB', async () => {
    const green = await run('build --target postgres')
    expect(green.exitCode, green.log).toBe(0)
    expect(green.outputs).toMatchObject({ total: '30', success: '29', skipped: '1' })
    expect(green.summary).toContain('postgres `1.')

    const broken = await run("build --target postgres --vars '{broken: true}'")
    expect(broken.outputs, broken.log).toMatchObject({ failed: '2', warn: '1' })
    expect(broken.annotations).toContain('models/staging/stg_repairs.sql:4')
    expect(broken.annotations).toContain('models/marts/marts.yml:9')
  })

  test.for<[name: string, file: string, from: string, to: string, place: string, words: RegExp]>([
    [
      'a missing column',
      'models/marts/station_balance.sql',
      'stations.station_name,',
      'stations.station_nam,',
      'models/marts/station_balance.sql:4',
      /station_nam/,
    ],
    [
      'a syntax error',
      'models/marts/bike_costs_v1.sql',
      'left join',
      'left jion',
      'models/marts/bike_costs_v1.sql:5',
      /syntax error/,
    ],
    [
      'a missing table',
      'models/staging/stg_stations.sql',
      "{{ ref('raw_stations') }}",
      'bikes.raw_station',
      'models/staging/stg_stations.sql:5',
      /raw_station/,
    ],
    [
      'a function that is unknown',
      'models/marts/costs_by_kind.sql',
      'sum(cost)',
      'summ(cost)',
      'models/marts/costs_by_kind.sql:4',
      /summ/,
    ],
    [
      'a value of another type',
      'models/staging/stg_bikes.sql',
      'cast(bought_on as date)',
      "cast('never' as date)",
      'models/staging/stg_bikes.sql:4',
      /never/,
    ],
  ])('%s is on its line', async ([, file, from, to, place, words]) => {
    const result = await run('build --target postgres', [file, from, to])
    expect(result.exitCode).toBe(1)
    expect(result.annotations, result.log).toContain(place)
    expect(result.summary).toMatch(words)
  })

  test('the schema of a pull request is dropped by the macro of docs/slim-ci.md, and no other', async () => {
    const docs = readFileSync(join(ROOT, 'docs/slim-ci.md'), 'utf8')
    const macro = /```sql\n-- macros\/drop_pull_request_schema.sql\n([\s\S]*?)```/.exec(docs)?.[1] ?? ''
    const schemas =
      "{% macro schemas() %}{% for row in run_query('select schema_name from information_schema.schemata') %}{{ log('schema ' ~ row[0], info=true) }}{% endfor %}{% endmacro %}"
    const files = { 'macros/drop_pull_request_schema.sql': macro, 'macros/schemas.sql': schemas }
    const as = (schema: string): [string, string, string] => [
      'profiles.yml',
      'schema: bikes',
      `schema: ${schema}`,
    ]
    const seed = await run(
      'seed --target postgres\nrun-operation schemas --target postgres',
      as('pr_7'),
      {},
      files,
    )
    expect(seed.log).toContain('schema pr_7')
    const drop = await run(
      'run-operation drop_pull_request_schema --target postgres\nrun-operation schemas --target postgres',
      as('pr_7'),
      {},
      files,
    )
    expect(drop.exitCode, drop.log).toBe(0)
    expect(drop.log).toContain('schema public')
    expect(drop.log).not.toContain('schema pr_7')
    const other = await run('run-operation drop_pull_request_schema --target postgres', undefined, {}, files)
    expect(other.summary).toContain('this is for pull requests, not for bikes')
  })

  test('a wrong password and a refused connection are named, without the password', async () => {
    const wrong = await run('build --target postgres', undefined, { PGPASSWORD: 'wrong-Bell_43' })
    expect(wrong.exitCode).toBe(1)
    expect(wrong.title).toMatch(/the database cannot be reached: .*password authentication failed/)
    expect(wrong.shown).not.toContain('wrong-Bell_43')

    const refused = await run('build --target postgres', undefined, { PGPORT: '9' })
    expect(refused.exitCode).toBe(1)
    expect(refused.title).toMatch(/the database cannot be reached: .*[Cc]onnection refused/)
    expect(refused.shown).not.toContain(PASSWORD)
  })
})

/** All that a person can see, the title of the roll-up, and where the annotations are, relative to the project. */
function shownBy(result: Result, { folder, projectDir }: Workspace, github: GitHub) {
  const files = ['junit.xml', 'run.json', 'dbt-watcher.html'].map((name) =>
    readFileSync(join(folder, name), 'utf8'),
  )
  const runs = github.checkRuns()
  return {
    shown: [
      result.log,
      result.summary,
      JSON.stringify(result.outputs),
      JSON.stringify(github.requests),
      ...files,
    ].join('\n'),
    title: `${runs.find(({ name }) => name === 'dbt-watcher')?.output?.title}`,
    annotations: runs
      .flatMap(({ annotations }) => annotations)
      .map(({ path, startLine }) => `${path.replace(`${projectDir}/`, '')}:${startLine}`),
  }
}
