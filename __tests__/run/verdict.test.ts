/** What the step ends with, and what the roll-up's title has of it. */
import { describe, expect, test } from 'vitest'
import type { Exit } from '../../src/dbt/process.ts'
import { endingText } from '../../src/report/ending.ts'
import { rollUp } from '../../src/report/roll-up.ts'
import type { Subject } from '../../src/report/subject.ts'
import { startInvocation } from '../../src/run/commands.ts'
import { conclude, end, NEVER_STARTED } from '../../src/run/conclude.ts'
import { begin, nodeOf, type Run } from '../../src/run/run.ts'
import { type FailOn, verdict } from '../../src/run/verdict.ts'
import { SUBJECT } from '../report/large-run.ts'
import { BUILD, last } from './begun.ts'

const ALWAYS: FailOn[] = ['error', 'warn', 'never']

interface Ended {
  nodes?: Record<string, string>
  exit?: Partial<Exit>
  errors?: string[]
  stopped?: boolean
  words?: string[]
  idle?: string
}

/** A run of one command that ended so. */
function ended({ nodes = {}, exit = {}, errors = [], stopped = false, words = ['build'], idle }: Ended): Run {
  const run = begin(0)
  startInvocation(run, { ...BUILD, words, idle }, 0).id = 'x'
  for (const [id, status] of Object.entries(nodes)) {
    Object.assign(nodeOf(run, id), { status, message: 'Database Error\n  no such column\n' })
  }
  last(run).errors.push(...errors)
  if (stopped) run.stoppedAt = 1
  conclude(run, { ...NEVER_STARTED, exit: { code: 0, signal: null, ...exit } }, 2)
  end(run, 2)
  return run
}

const GREEN = { 'model.shop.orders': 'success' }
const FAILED = { ...GREEN, 'test.shop.unique_orders.1': 'fail' }
const HOOK = 'operation.shop.shop-on-run-end-0'

describe('dbt itself failed: failure with every fail-on, and the title has the reason', () => {
  test.each<[string, Ended, string]>([
    [
      'killed',
      { nodes: GREEN, exit: { code: null, signal: 'SIGKILL' } },
      'dbt was killed by SIGKILL (exit code 137)',
    ],
    [
      'killed after a failed test',
      { nodes: FAILED, exit: { code: null, signal: 'SIGKILL' } },
      'dbt was killed by SIGKILL (exit code 137)',
    ],
    [
      'killed below a wrapper',
      { nodes: FAILED, exit: { code: 137 } },
      'dbt was killed by SIGKILL (exit code 137)',
    ],
    [
      'a failed hook',
      { nodes: { ...GREEN, [HOOK]: 'error' }, exit: { code: 1 } },
      'hook shop-on-run-end-0 failed: no such column',
    ],
    [
      'a failed hook and a failed test',
      { nodes: { ...FAILED, [HOOK]: 'error' }, exit: { code: 1 } },
      'hook shop-on-run-end-0 failed: no such column',
    ],
    [
      'a failed hook, after which dbt itself fails',
      { nodes: { ...GREEN, [HOOK]: 'error' }, exit: { code: 2 }, errors: ["'Exposure' has no attribute"] },
      'hook shop-on-run-end-0 failed: no such column',
    ],
    [
      'a failed hook, and a panic',
      { nodes: { ...GREEN, [HOOK]: 'error' }, exit: { code: 101 }, errors: ['thread panicked'] },
      'dbt ended with exit code 101: thread panicked',
    ],
    [
      'a hook that dbt Core 1.8 does not name, beside a failed test',
      { nodes: FAILED, exit: { code: 1 }, errors: ['on-run-start failed, error:\n the door is shut'] },
      'dbt ended with exit code 1: the door is shut',
    ],
    [
      'exit 1 without a failed node',
      { nodes: GREEN, exit: { code: 1 }, errors: ['IO Error: no database'] },
      'dbt ended with exit code 1: IO Error: no database',
    ],
    [
      'exit 2',
      { nodes: FAILED, exit: { code: 2 }, errors: ['Warnings as errors'] },
      'dbt ended with exit code 2: Warnings as errors',
    ],
    ['a panic', { nodes: FAILED, exit: { code: 101 } }, 'dbt ended with exit code 101'],
  ])('%s', (_, how, reason) => {
    const run = ended(how)
    expect(ALWAYS.map((failOn) => verdict(run, failOn))).toEqual(['failure', 'failure', 'failure'])
    expect(endingText(run, SUBJECT)).toBe(reason)
    const check = rollUpOf(run, 'never')
    expect(check.conclusion).toBe('failure')
    expect(check.title).toContain(reason)
  })
})

test('stopped: cancelled, even if nodes had failed', () => {
  const run = ended({ nodes: FAILED, exit: { code: null, signal: 'SIGKILL' }, stopped: true })
  expect(ALWAYS.map((failOn) => verdict(run, failOn))).toEqual(['cancelled', 'cancelled', 'cancelled'])
  expect(rollUpOf(run, 'error').conclusion).toBe('cancelled')
})

test('failed nodes alone: fail-on decides the step, the roll-up shows them anyway', () => {
  const run = ended({ nodes: FAILED, exit: { code: 1 } })
  expect(ALWAYS.map((failOn) => verdict(run, failOn))).toEqual(['failure', 'failure', 'success'])
  expect(rollUpOf(run, 'never')).toMatchObject({
    conclusion: 'failure',
    title: expect.stringMatching(/^1 failed · 1 passed in /),
  })
})

test('a retry that went well takes the place of the failure; one that was killed does not', () => {
  for (const [exit, expected] of [
    [{ code: 0, signal: null }, 'success'],
    [{ code: null, signal: 'SIGKILL' }, 'failure'],
  ] as const) {
    const run = ended({ nodes: { 'model.shop.orders': 'error' }, exit: { code: 1 } })
    const ids = ['model.shop.orders']
    startInvocation(run, { ...BUILD, purpose: 'retry', selection: { selectors: ['x'], exact: true, ids } }, 3)
    if (exit.code === 0) nodeOf(run, 'model.shop.orders').status = 'success'
    conclude(run, { ...NEVER_STARTED, exit }, 4)
    end(run, 4)
    expect(verdict(run, 'never')).toBe(expected)
  }
})

test('exit 1 of a later command is not explained by a node that an earlier one failed', () => {
  const run = ended({ nodes: FAILED, exit: { code: 1 } })
  startInvocation(run, { ...BUILD, words: ['test'] }, 3).id = 'y'
  conclude(run, { ...NEVER_STARTED, exit: { code: 1, signal: null } }, 4)
  end(run, 4)
  expect(verdict(run, 'never')).toBe('failure')
})

describe('a selection that matches nothing', () => {
  test('neutral, stated in the title, and failure with fail-on: warn', () => {
    const run = ended({})
    expect(ALWAYS.map((failOn) => verdict(run, failOn))).toEqual(['success', 'failure', 'success'])
    expect(rollUpOf(run, 'error')).toMatchObject({
      conclusion: 'neutral',
      title: 'no node selected',
    })
  })

  test('where the selection is ours it is in order: neutral, and no failure', () => {
    const run = ended({ idle: 'nothing modified against main' })
    expect(ALWAYS.map((failOn) => verdict(run, failOn))).toEqual(['success', 'success', 'success'])
    expect(rollUpOf(run, 'warn')).toMatchObject({
      conclusion: 'neutral',
      title: 'nothing modified against main',
    })
    // The tests after all nodes are ours, what they are the tests of is not.
    const build = ended({})
    startInvocation(build, { ...BUILD, words: ['test'], idle: 'no test selected' }, 3).id = 'y'
    conclude(build, { ...NEVER_STARTED, exit: { code: 0, signal: null } }, 4)
    end(build, 4)
    expect(verdict(build, 'warn')).toBe('failure')
    expect(endingText(build, SUBJECT)).toBe('no node selected')
  })

  test('commands that select nothing to run are no such case', () => {
    for (const words of [['deps'], ['debug'], ['parse'], ['run-operation', 'x'], ['--version']]) {
      const run = ended({ words })
      expect(verdict(run, 'warn')).toBe('success')
      expect(rollUpOf(run, 'warn').conclusion).toBe('success')
    }
  })

  test('hooks alone are no nodes', () => {
    expect(rollUpOf(ended({ nodes: { [HOOK]: 'success' } }), 'error').conclusion).toBe('neutral')
  })
})

test('dbt could not be started', () => {
  const run = begin(0)
  startInvocation(run, BUILD, 0).errors.push('Input dbt "dbt": the program was not found.')
  conclude(run, NEVER_STARTED, 1)
  end(run, 1)
  expect(verdict(run, 'never')).toBe('failure')
  expect(endingText(run, SUBJECT)).toBe('dbt did not start: Input dbt "dbt": the program was not found.')
})

function rollUpOf(run: Run, failOn: FailOn) {
  const subject: Subject = { ...SUBJECT, failOn }
  return rollUp(run, subject, { summary: '', annotations: [] })
}
