/** Every command of real dbt (script/install-dbt): its nodes are shown, or it is stated that it ran none, and what it did. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startGitHub } from '../stand-in/github.ts'
import { runAction } from './action.ts'
import { testEngines } from './engines.ts'
import { workspaceWith } from './workspace.ts'

interface Case {
  command: string
  /** Of the roll-up, without the time. */
  title: RegExp
  /** Part of the summary. */
  says?: string | RegExp
  /** The output total. */
  total: number
  /** dbt's exit code, where it is not 0. */
  exit?: number
  conclusion?: string
}

/** In this order: some need what others built. */
const CASES: (Case & {
  /** Where exposures are not reported: 1.8, v2. */
  bare?: Partial<Case>
  /** Where dbt v2 does something else. */
  v2?: Partial<Case> | 'none'
  /** Where 2.0.0-alpha.4 does. */
  alpha?: Partial<Case>
  /** Where v2 is read by its JSON log. */
  json?: Partial<Case>
  before?: 'state'
})[] = [
  {
    command: '--version',
    title: /^dbt --version succeeded$/,
    says: /ran no node. It printed:\n\n```\n[^`]*\d+\.\d+/,
    total: 0,
  },
  {
    command: 'parse',
    title: /^dbt parse succeeded$/,
    says: '`dbt parse` ran no node: it read the project',
    total: 0,
  },
  { command: 'seed', title: /^4 passed$/, total: 4 },
  { command: 'run', title: /^12 passed$/, total: 12 },
  { command: 'snapshot', title: /^1 passed$/, total: 1 },
  {
    ...{ command: 'test', title: /^12 passed$/, total: 12 },
    // That log names the model of a unit test as compiled, and no end of it.
    json: { title: /^1 cancelled · 12 passed$/, total: 13, conclusion: 'neutral' },
  },
  {
    command: 'build',
    title: /^1 skipped · 29 passed$/,
    total: 30,
    bare: { title: /^29 passed$/, total: 29 },
  },
  { command: 'retry', title: /dbt retry succeeded$/, says: '`dbt retry` ran no node', total: 0, v2: 'none' },
  {
    command: 'build --exclude *',
    title: /^no node selected/,
    says: '`dbt build` ran no node.',
    total: 0,
    conclusion: 'neutral',
  },
  {
    command: 'debug',
    title: /^dbt debug succeeded$/,
    says: '`dbt debug` ran no node: it checked the configuration',
    total: 0,
  },
  { command: 'compile', title: /^28 compiled$/, total: 28 },
  {
    ...{ command: 'source freshness', title: /^1 warned/, total: 1, conclusion: 'neutral' },
    // "Unhandled command: Source"
    alpha: { title: /^no node selected · 1 dbt warning$/, total: 0 },
  },
  { command: 'clone --state state', before: 'state', title: /^17 passed$/, total: 17 },
  {
    command: 'list',
    title: /^dbt list succeeded$/,
    says: '`dbt list` ran no node: it listed resources',
    total: 0,
  },
  // Core compiles its tests as well.
  {
    command: 'show --select rentals',
    title: /^4 compiled$/,
    total: 4,
    v2: { title: /^1 compiled$/, total: 1 },
  },
  { command: 'run-operation greet', title: /^1 passed$/, says: 'greet', total: 1 },
  {
    command: 'run-operation nobody',
    title: /macro.*nobody/,
    total: 0,
    exit: 2,
    conclusion: 'failure',
    v2: { exit: 1 },
  },
  {
    ...{ command: 'docs generate', title: /^28 compiled$/, total: 28 },
    // "`dbt docs generate` is not supported."
    v2: { title: /dbt docs generate succeeded$/, says: '`dbt docs generate` ran no node.', total: 0 },
  },
  {
    command: "build --vars '{broken: true}'",
    title: /^2 failed · 8 blocked/,
    total: 30,
    exit: 1,
    conclusion: 'failure',
    bare: { title: /^2 failed · 7 blocked/, total: 29 },
  },
  // v2 also runs again what warned.
  {
    command: "retry --vars '{broken: true}'",
    title: /^2 failed · 8 blocked$/,
    total: 10,
    exit: 1,
    conclusion: 'failure',
    bare: { title: /^2 failed · 7 blocked$/, total: 9 },
    v2: { title: /^2 failed · 7 blocked · 1 warned$/, total: 10 },
  },
  { command: 'clean', title: /^dbt clean succeeded$/, says: '`dbt clean` ran no node: it deleted', total: 0 },
  { command: 'deps', title: /^dbt deps succeeded$/, says: '`dbt deps` ran no node: it installed', total: 0 },
]

const FRESHNESS = `{ loaded_at_field: cast(started_at as timestamp), freshness: { warn_after: { count: 1, period: day } } }`
/** 1.8 does not take it below config, v2 only there. */
function sourcesFor(engine: string): string {
  const table =
    engine === 'core-1.8'
      ? FRESHNESS.replace('{', '{ name: raw_rentals,')
      : `{ name: raw_rentals, config: ${FRESHNESS} }`
  return `version: 2\nsources:\n  - name: depot\n    schema: main\n    tables:\n      - ${table}\n`
}

// A minute or two for each: the oldest only with all.
const ENGINES = testEngines().filter(({ name }) => process.env.ALL === '1' || name !== 'core-1.8')

for (const { name: engine, dbt, skipped } of ENGINES) {
  test.skipIf(skipped)(`dbt ${engine}: every command`, async ({ onTestFinished }) => {
    const workspace = workspaceWith('example')
    onTestFinished(() => workspace.remove())
    const project = join(workspace.folder, workspace.projectDir)
    mkdirSync(join(project, 'macros'))
    writeFileSync(
      join(project, 'macros/greet.sql'),
      "{% macro greet() %}{{ log('hello', info=true) }}{% endmacro %}\n",
    )
    writeFileSync(join(project, 'models/sources.yml'), sourcesFor(engine))

    const isCore = engine.startsWith('core')
    for (const one of CASES) {
      if (one.v2 === 'none' && !isCore) continue
      const {
        command,
        title,
        says,
        total,
        exit = 0,
        conclusion = 'success',
      }: Case = {
        ...one,
        ...(isCore && engine !== 'core-1.8' ? {} : one.bare),
        ...(isCore || one.v2 === 'none' ? {} : one.v2),
        ...(engine === 'v2-oss' || engine === 'v2-renamed' ? one.alpha : {}),
        ...(engine === 'v2-renamed' ? one.json : {}),
      }
      if (one.before === 'state') cpSync(join(project, 'target'), join(project, 'state'), { recursive: true })
      const github = await startGitHub()
      const result = await runAction({
        ...{ workspace, github },
        env: { DBT_SEND_ANONYMOUS_USAGE_STATS: 'false', DBT_PROFILES_DIR: project },
        inputs: { 'project-dir': workspace.projectDir, dbt, command, rerun: 'never', report: '' },
      })
      const rollUp = github.checkRuns().find(({ name }) => name === 'dbt-watcher')
      await github.close()
      const about = `dbt ${command}\n${result.log}`
      expect(result.outputs['exit-code'], about).toBe(`${exit}`)
      expect(result.exitCode, about).toBe(exit === 0 ? 0 : 1)
      expect(rollUp?.conclusion, about).toBe(conclusion)
      const shown = `${rollUp?.output?.title}`
      expect(shown.replace(/ in [\d.]+ (s|min).*$/, ''), about).toMatch(title)
      expect(result.outputs.total, about).toBe(`${total}`)
      expect(result.summary, about).toContain(shown.slice(0, 20).replaceAll('&', '&amp;'))
      if (says) expect(result.summary, about).toMatch(says)
      // What was only compiled has passed no test.
      if (/^(compile|docs|show)/.test(command))
        expect(JSON.stringify(github.checkRuns())).not.toMatch(/passed/)
      if (total === 0 && exit === 0) expect(result.summary, about).toMatch(/` ran no node/)
    }
  })
}
