/**
 * Real dbt Core with and without the plugin: what dbt-watcher reads is the same, to the letter but for times and ids.
 * ALL=1 (script/test --all) adds the other versions and projects.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test, vi } from 'vitest'
import { workspaceWith } from '../workspace.ts'
import { comparable, dbtOf, isMissing, printedBy, type Run, unreadAfterStart } from './core.ts'

vi.setConfig({ maxConcurrency: 2, testTimeout: 300_000 })

const ALL = process.env.ALL === '1'
const VERSIONS = ALL ? ['core-1.8', 'core-1.10', 'core', 'core-1.12'] : ['core-1.8', 'core']
const DAYS = ['--event-time-start', '2024-05-01', '--event-time-end', '2024-05-05']

interface Case {
  title: string
  project: string
  command: string[]
  /** Commands that run before, in the same copy. */
  before?: string[][]
  env?: Record<string, string>
  /** Default: 1, so that nodes come in the same order. 0 for a command without the option. */
  threads?: number
  /** Which nodes dbt still starts depends on time: only the end is compared. */
  racy?: boolean
  exit: number
}

const CASES: Case[] = [
  { title: 'failures', project: 'example', command: ['build', '--vars', '{broken: true}'], exit: 1 },
  {
    title: 'a hook whose query fails while it is rendered',
    project: 'faults',
    command: ['build', '--select', 'base', '--vars', '{hook_query: true}'],
    exit: 2,
  },
]
if (ALL) {
  CASES.push(
    { title: 'no failure', project: 'example', command: ['build'], exit: 0 },
    { title: 'partial parsing', project: 'example', command: ['build'], before: [['build']], exit: 0 },
    { title: 'everything, and a hook that prints', project: 'zoo', command: ['build'], exit: 1 },
    { title: 'fail-fast', project: 'zoo', command: ['build', '--fail-fast'], racy: true, exit: 1 },
    { title: 'tests', project: 'zoo', command: ['test'], before: [['build']], exit: 1 },
    {
      title: 'freshness',
      project: 'zoo',
      command: ['source', 'freshness'],
      before: [['run-operation', 'make_sources']],
      exit: 1,
    },
    {
      title: 'an operation that prints',
      project: 'zoo',
      command: ['run-operation', 'say', '--args', '{text: "::error::é"}'],
      exit: 0,
    },
    {
      title: 'microbatch',
      project: 'microbatch',
      command: ['build', ...DAYS],
      // Core 1.10 waits for ever for a second thread, in which it runs the batches.
      threads: 2,
      exit: 1,
    },
    {
      title: 'a start hook that fails',
      project: 'green',
      command: ['build', '--vars', '{hook_fails: start}'],
      exit: 1,
    },
    {
      title: 'an end hook that fails',
      project: 'green',
      command: ['build', '--vars', '{hook_fails: end}'],
      exit: 1,
    },
    { title: 'no node', project: 'green', command: ['build', '--select', 'tag:none'], exit: 0 },
    { title: 'a list', project: 'green', command: ['list'], threads: 0, exit: 0 },
    { title: 'a project that cannot be parsed', project: 'unparsable', command: ['build'], exit: 2 },
    { title: 'no profile', project: 'green', command: ['build', '--profiles-dir', 'nowhere'], exit: 2 },
    { title: 'a usage error', project: 'green', command: ['build', '--no-such-option'], exit: 2 },
  )
}

for (const version of VERSIONS) {
  describe.skipIf(isMissing(version))(`dbt Core, ${version}`, { concurrent: true }, () => {
    const dbt = [dbtOf(version)]

    test.for(CASES)('$title: $project', async (one, { expect, onTestFinished }) => {
      const run = async (plugin: boolean) => {
        const workspace = workspaceWith(one.project)
        onTestFinished(workspace.remove)
        const { before = [], env = {}, threads = 1 } = one
        const command = threads > 0 ? [...one.command, '--threads', `${threads}`] : one.command
        for (const command of before) await printedBy({ dbt, command, workspace, env, plugin: false })
        const printed = await printedBy({ dbt, command, workspace, env, plugin })
        return { ...printed, read: comparable(printed, workspace) }
      }
      const plain = await run(false)
      const watched = await run(true)
      expect(watched.exit).toEqual(plain.exit)
      if (!one.racy) expect(watched.read).toEqual(plain.read)
      // Microbatch came with 1.9; before, it is another strategy that does not exist.
      if (version !== 'core-1.8') expect(plain.exit.code).toBe(one.exit)
      if (!watched.lines.some((line) => line.includes('"NodeStart"'))) return
      expect(unreadAfterStart(plain)).toContain('SQLQuery')
      expect(unreadAfterStart(watched)).toEqual([])
    })

    test('hides what dbt hides, and keeps what hooks print', async ({ expect, onTestFinished }) => {
      const workspace = workspaceWith('green')
      onTestFinished(workspace.remove)
      const secret = 'correct-horse-battery'
      const macros = join(workspace.folder, workspace.projectDir, 'macros')
      mkdirSync(macros, { recursive: true })
      writeFileSync(
        join(macros, 'prints.sql'),
        "{% macro prints() %}{{ print('printed line') }}{{ log('the word is ' ~ var('word'), info=true) }}" +
          `{{ exceptions.warn('a warning with ' ~ var('word')) }}{% endmacro %}`,
      )
      const run: Run = {
        ...{ dbt, workspace, plugin: true, env: { DBT_ENV_SECRET_WORD: secret } },
        command: ['run-operation', 'prints', '--vars', `{word: ${secret}}`],
      }
      const { lines, exit } = await printedBy(run)
      expect(exit.code).toBe(0)
      const text = lines.join('\n')
      expect(text).toContain('printed line')
      expect(text).toContain('the word is *****')
      expect(text).toContain('a warning with *****')
      expect(text).not.toContain(secret)
    })

    test('writes the log file that a user asks for in full', async ({ expect, onTestFinished }) => {
      const workspace = workspaceWith('green')
      onTestFinished(workspace.remove)
      const command = ['build', '--log-level-file', 'debug', '--log-format-file', 'json']
      const { lines, exit } = await printedBy({ dbt, command, workspace, plugin: true })
      expect(exit.code).toBe(0)
      const file = readFileSync(join(workspace.folder, workspace.projectDir, 'logs/dbt.log'), 'utf8')
      expect(file).toContain('"name": "SQLQuery"')
      expect(unreadAfterStart({ lines, exit })).toEqual([])
    })
  })
}

describe.skipIf(!ALL || isMissing('core'))('dbt Core, started', { concurrent: true }, () => {
  const python = join(dirname(dbtOf('core')), 'python')
  const cases: [way: string, dbt: string[], loaded: boolean][] = [
    [
      'by a shim, as of pyenv',
      ['bash', '-c', `exec env bash -c 'exec "$0" "$@"' '${dbtOf('core')}' "$@"`, 'dbt'],
      true,
    ],
    ['as a module', [python, '-m', 'dbt.cli.main'], true],
    ['without Python variables, as by pipx', [python, '-E', '-m', 'dbt.cli.main'], false],
    ['isolated', [python, '-I', '-m', 'dbt.cli.main'], false],
  ]

  test.for(cases)('%s', async ([, dbt, loaded], { expect, onTestFinished }) => {
    const workspace = workspaceWith('green')
    onTestFinished(workspace.remove)
    // A PYTHONPATH of the user's own.
    const own = join(workspace.temp, 'python')
    mkdirSync(own)
    writeFileSync(join(own, 'sitecustomize.py'), 'print("a line of the user")\n')
    const env = { PYTHONPATH: own }
    const printed = await printedBy({ dbt, command: ['build'], workspace, env, plugin: true })
    expect(printed.exit.code).toBe(0)
    expect(printed.lines.includes('a line of the user')).toBe(loaded)
    expect(unreadAfterStart(printed).length === 0).toBe(loaded)
  })
})

describe.skipIf(!ALL || isMissing('core'))('dbt Core, stopped', { concurrent: true }, () => {
  test.for(['SIGINT', 'SIGTERM'] as const)('%s', async (signal, { expect, onTestFinished }) => {
    const run = async (plugin: boolean) => {
      const workspace = workspaceWith('slow')
      onTestFinished(workspace.remove)
      let sent = false
      const printed = await printedBy({
        ...{ dbt: [dbtOf('core')], command: ['build'], workspace, plugin },
        onLine: (line, started) => {
          if (sent || !line.includes('"NodeExecuting"') || !line.includes('model.slow.snail')) return
          sent = true
          // Its query must have begun.
          setTimeout(() => started.kill(signal), 1000)
        },
      })
      const lines = comparable(printed, workspace)
      const names = lines.map(
        (line) => /"level": "(\w+)".*"name": "(\w+)", "pid"/.exec(line)?.slice(1).join(' ') ?? line,
      )
      return { exit: printed.exit, names }
    }
    expect(await run(true)).toEqual(await run(false))
  })
})
