import { expect, test } from 'vitest'
import { recap, verdictText } from '../../src/report/log.ts'
import { wordCut } from '../../src/report/text.ts'
import { conclude, end, NEVER_STARTED } from '../../src/run/conclude.ts'
import { reduce } from '../../src/run/reduce.ts'
import type { Run } from '../../src/run/run.ts'
import { begunRun, last } from '../run/begun.ts'
import { endedRun, manifestNode, SUBJECT } from './large-run.ts'

/** A run in which dbt printed so many errors of its own. */
function withErrors(count: number): Run {
  const run = begunRun()
  for (let i = 1; i <= count; i++) {
    const msg = `Compilation Error number ${i} in a model with a rather long name`
    const nothing = { at: 1, invocationId: 'x', thread: '', node: undefined, data: {} }
    reduce(run, { ...nothing, name: 'Generic', level: 'error', msg })
  }
  conclude(run, { ...NEVER_STARTED, exit: { code: 1, signal: null } }, 1)
  end(run, 1)
  return run
}

test('more errors of dbt itself than are shown: how many', () => {
  expect(recap(withErrors(20), new Map())).not.toContain('more error')
  expect(recap(withErrors(21), new Map())).toContain('and 1 more error of dbt, which the log has')
  // More than are kept.
  expect(recap(withErrors(500), new Map())).toContain('and 480 more errors of dbt')
})

test('the error of the step is its title, however many errors there are', () => {
  const text = verdictText(withErrors(200), SUBJECT)
  expect(text).toBe(
    'dbt could not parse the project: Compilation Error number 1 in a model with a rather long name',
  )
})

test.each([
  ['No dbt_project.yml found at expected path /work/dbt_project.yml', true],
  ["Error: Invalid value for '--profiles-dir': Path '/home/me/.dbt' does not exist.", true],
  ['there is no shell that could read "&&"', false],
])('where the projects are is said to one who gave the wrong folder: %s', (error, expected) => {
  const run = withErrors(0)
  last(run).errors.push(error)
  const text = verdictText(run, { ...SUBJECT, projects: ['transform'] })
  expect(text.includes('Folders with a dbt_project.yml: transform.')).toBe(expected)
})

test.each([
  ['warn', 'warn', '1 warned · 1 passed in 32 s (fail-on: warn)'],
  ['warn', 'error', '1 warned · 1 passed in 32 s'],
  ['warn', 'never', '1 warned · 1 passed in 32 s'],
  ['error', 'warn', '1 failed · 1 passed in 32 s'],
  ['success', 'warn', '2 passed in 32 s'],
] as const)('a node with status %s and fail-on %s: %s', (status, failOn, text) => {
  const run = endedRun([
    [manifestNode('model.shop.a'), { status, message: 'x' }],
    [manifestNode('model.shop.b'), { status: 'success' }],
  ])
  run.exitCode = status === 'error' ? 1 : 0
  expect(verdictText(run, { ...SUBJECT, failOn })).toBe(text)
})

test('a selection that matches nothing fails by fail-on too', () => {
  const run = begunRun()
  last(run).id = 'x'
  conclude(run, { ...NEVER_STARTED, exit: { code: 0, signal: null } }, 1)
  end(run, 1)
  expect(verdictText(run, { ...SUBJECT, failOn: 'warn' })).toBe('no node selected (fail-on: warn)')
})

test.each([
  ['short', 20, 'short'],
  ['one two three four', 12, 'one two …'],
  ['x'.repeat(20), 10, `${'x'.repeat(8)} …`],
])('wordCut(%s, %i)', (text, limit, cut) => expect(wordCut(text, limit)).toBe(cut))
