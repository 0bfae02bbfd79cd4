import { describe, expect, test } from 'vitest'
import { nodeTitle } from '../../src/report/node-title.ts'
import { rollUpTitle } from '../../src/report/title.ts'
import { startInvocation } from '../../src/run/commands.ts'
import { end } from '../../src/run/conclude.ts'
import { nodeOf, type Run } from '../../src/run/run.ts'
import { begunRun, last } from '../run/begun.ts'
import { endedRun, manifestNode, SUBJECT } from './large-run.ts'

const model = (name: string, dependsOn: string[] = []) => manifestNode(`model.shop.${name}`, { dependsOn })

describe('the title of the roll-up', () => {
  const failing = endedRun([
    [model('a'), { status: 'error', message: 'x' }],
    [model('b', ['model.shop.a']), { status: 'skipped' }],
    [model('c'), { status: 'warn', message: 'w' }],
    [model('d'), { status: 'no-op' }],
    [model('e'), { status: 'success' }],
  ])

  test('failures first, then what they blocked, warnings, other skips, the rest and the time', () => {
    expect(rollUpTitle(failing, SUBJECT)).toBe(
      '1 failed · 1 blocked · 1 warned · 1 skipped · 1 passed in 32 s',
    )
  })

  test('beside the last run of the base branch', () => {
    const base = { label: 'main', seconds: 29, failed: new Set<string>() }
    expect(rollUpTitle(failing, { ...SUBJECT, base })).toMatch(
      /^1 failed \(1 new\) · .* in 32 s \(main: 29 s\)$/,
    )
    const known = { ...base, seconds: undefined, failed: new Set(['model.shop.a']) }
    expect(rollUpTitle(failing, { ...SUBJECT, base: known })).toMatch(/^1 failed · .* in 32 s$/)
  })

  test('thousands are separated', () => {
    const run = endedRun(Array.from({ length: 1200 }, (_, i) => [model(`m${i}`), {}]))
    expect(rollUpTitle(run, SUBJECT)).toBe('1,200 passed in 32 s')
  })

  test('while it runs', () => {
    const run = begunRun()
    expect(rollUpTitle(run, SUBJECT)).toBe('dbt is starting')
    last(run).nodeCount = 3000
    nodeOf(run, 'model.shop.a').status = 'error'
    nodeOf(run, 'model.shop.b').status = 'success'
    nodeOf(run, 'model.shop.c')
    expect(rollUpTitle(run, SUBJECT)).toBe('1 failed · 2 of 3,000 · 1 running')
  })

  test.each([
    [['build', '--select', 'nothing_here'], 'no node selected'],
    [['deps'], 'dbt deps succeeded'],
  ])('%j without a node', (words, title) => {
    expect(rollUpTitle(over(words, 0), SUBJECT)).toBe(title)
  })

  test.each([
    [137, 'dbt was killed by SIGKILL (exit code 137) · 1 failed in 9.0 s'],
    [2, 'dbt ended with exit code 2 · 1 failed in 9.0 s'],
    [1, '1 failed in 9.0 s'],
  ])('exit code %i after a failure', (exitCode, title) => {
    const run = over(['build'], exitCode)
    nodeOf(run, 'model.shop.a').status = 'error'
    expect(rollUpTitle(run, SUBJECT)).toBe(title)
  })

  test.each([
    // What began and what it printed: of Core, then of v2.
    ['x', "Runtime Error\n  Could not find profile named 'nope'", 'dbt failed: profile "nope" was not found'],
    [
      'x',
      "Profile 'nope' not found in profiles.yml\n  --> dbt_project.yml:3:10",
      'dbt failed: profile "nope" was not found',
    ],
    [
      'x',
      "Compilation Error\n  Model 'model.bikes.trees' (models/trees.sql) depends on a node named 'leaves' which was not found",
      "dbt could not parse the project: models/trees.sql: ref('leaves') does not exist",
    ],
    [
      'x',
      "Ref 'leaves' not found in project. Searched for 'bikes.leaves, leaves'\n  --> models/trees.sql:1:15",
      "dbt could not parse the project: models/trees.sql: ref('leaves') does not exist",
    ],
    ['x', '\u001b[31mParsing Error\u001b[0m\n  at path x', 'dbt could not parse the project: at path x'],
    // Before its log begins.
    [
      '',
      "Usage: dbt build [OPTIONS]\nTry 'dbt build --help' for help.\n\nError: No such option '--selct'.",
      'dbt failed: dbt has no option --selct',
    ],
    [
      '',
      "error: unexpected argument '--selct' found\n\nFor more information, try '--help'.",
      'dbt failed: dbt has no option --selct',
    ],
    // Of a program that should start it.
    [
      '',
      'error: Failed to spawn: `dbt`\n  Caused by: No such file or directory (os error 2)',
      'dbt could not start: error: Failed to spawn: `dbt`',
    ],
    [
      '',
      'Traceback (most recent call last):\n  File "/bin/dbt", line 3\nModuleNotFoundError: No module named \'dbt\'',
      "dbt could not start: ModuleNotFoundError: No module named 'dbt'",
    ],
    // Of `dbt-watcher watch`.
    ['', '{"a":1}\nThe stream has no event of dbt. It should be', 'no event of dbt in the stream'],
  ])('an error before the first node, of dbt %j: %s', (id, error, title) => {
    const run = over(['build'], 2)
    last(run).id = id
    last(run).errors.push(error)
    expect(rollUpTitle(run, SUBJECT)).toBe(title)
  })

  test('v2 lists nodes of a project that it cannot parse', () => {
    const run = over(['build'], 1)
    last(run).errors.push("Ref 'leaves' not found in project.\n  --> models/trees.sql:1:21")
    nodeOf(run, 'model.shop.trees').status = 'skipped'
    expect(rollUpTitle(run, SUBJECT)).toMatch(/^dbt could not parse the project: models\/trees\.sql: ref/)
  })
})

function over(words: string[], exitCode: number): Run {
  const run = begunRun()
  const invocation = last(run)
  Object.assign(invocation, {
    exitCode,
    finishedAt: 9_000,
    id: 'x',
    command: { ...invocation.command, words },
  })
  end(run, 9_000)
  return run
}

describe('the title of a node', () => {
  function retrying() {
    const run = begunRun()
    run.retries = { most: 2, tests: false, userErrors: false }
    const node = nodeOf(run, 'model.shop.a')
    Object.assign(node, {
      status: 'error',
      message: 'Runtime Error in model a (a.sql)\n  boom',
      executionTime: 2,
    })
    return { run, node }
  }

  test('while a retry remains', () => {
    const { run, node } = retrying()
    expect(nodeTitle(run, node)).toBe('failed, retry 1 of 2 follows: boom')
  })

  test('in a retry, and after the last one', () => {
    const { run, node } = retrying()
    const retry = { purpose: 'retry' as const, words: ['build'], delay: 0 }
    const selection = { selectors: ['a'], exact: true, ids: [node.uniqueId] }
    last(run).exitCode = 1
    startInvocation(run, { ...retry, selection }, 0)
    expect(nodeTitle(run, node)).toBe('failed, retry 1 of 2 follows: boom')
    Object.assign(node, { status: 'started', startedAt: 5 })
    expect(nodeTitle(run, node)).toBe('running, retry 1 of 2')
    Object.assign(node, { status: 'error', message: 'again' })
    last(run).exitCode = 1
    startInvocation(run, { ...retry, selection }, 0)
    Object.assign(node, { status: 'success', executionTime: 1.2 })
    expect(nodeTitle(run, node)).toBe('success in 1.2 s after it failed, retry 2 of 2: flaky')
    Object.assign(node, { status: 'error', message: 'still', executionTime: 1.2 })
    expect(nodeTitle(run, node)).toBe('error in 1.2 s, retry 2 of 2: still')
  })

  test('what was only compiled has passed no test', () => {
    const run = endedRun([
      [model('a'), { executionTime: 1.2 }],
      [manifestNode('test.shop.t1.x', { dependsOn: ['model.shop.a'] }), { status: 'success' }],
    ])
    for (const words of [['compile'], ['docs', 'generate'], ['show', '-s', 'a']]) {
      last(run).command = { ...last(run).command, words }
      const [node] = run.nodes.values()
      expect(node && nodeTitle(run, node)).toBe('success in 1.2 s')
      expect(rollUpTitle(run, SUBJECT)).toMatch(/^2 compiled/)
    }
  })

  test('a model has what its tests came to', () => {
    const run = endedRun([
      [model('a'), { executionTime: 1.2 }],
      [manifestNode('test.shop.t1.x', { dependsOn: ['model.shop.a'] }), { status: 'pass' }],
      [manifestNode('test.shop.t2.x', { dependsOn: ['model.shop.a'] }), { status: 'fail' }],
    ])
    const [node] = run.nodes.values()
    expect(node && nodeTitle(run, node)).toBe('success in 1.2 s · 1 of 2 tests passed')
  })
})
