import { describe, expect, test } from 'vitest'
import { type ChoiceOptions, chooseChecks } from '../../src/report/choice.ts'
import { nodeOf } from '../../src/run/run.ts'
import { begunRun, last } from '../run/begun.ts'

const DEFAULTS: ChoiceOptions = { checks: 'auto', tests: 'auto', maxChecks: 10 }

function run(options: Partial<ChoiceOptions>, nodeCount?: number) {
  const state = begunRun()
  last(state).nodeCount = nodeCount
  const choice = chooseChecks(state, { ...DEFAULTS, ...options })
  const see = (id: string, status = 'started') => {
    const node = nodeOf(state, id)
    node.status = status
    return choice.admit(node)
  }
  const models = (count: number, status?: string) =>
    Array.from({ length: count }, (_, i) => see(`model.p.m${i}`, status)).filter(Boolean).length
  return { state, choice, see, models }
}

describe('which nodes have a check run of their own', () => {
  test('all, while they fit', () => expect(run({}, 10).models(10)).toBe(10))
  test('none but failures where they do not', () => {
    const { models, see } = run({}, 11)
    expect(models(50)).toBe(0)
    expect(see('model.p.late', 'error')).toBe(true)
  })
  test('none but failures where their number is not known', () => expect(run({}).models(8)).toBe(0))
  test('all of them at the end, where they turn out to fit', () => {
    const { choice, models, state } = run({})
    models(8, 'success')
    state.exitCode = 0
    expect(choice.fill()).toHaveLength(8)
  })

  test('warnings wait until the end, so that they take no place of a failure', () => {
    const { choice, see, models } = run({}, 10_000)
    for (let i = 0; i < 50; i++) expect(see(`test.p.w${i}`, 'warn')).toBe(false)
    expect(models(320, 'error')).toBe(10)
    expect(choice.fill()).toEqual([])
    expect(choice.leftOut).toBe(310 + 50)
  })

  test('with checks: all, half of the places are kept for failures and warnings', () => {
    const { models, see, choice } = run({ checks: 'all' }, 100)
    expect(models(50, 'success')).toBe(5)
    expect(see('model.p.late', 'error')).toBe(true)
    expect(see('test.p.late', 'warn')).toBe(true)
    expect(choice.fill()).toHaveLength(3)
  })

  test('no ephemeral model unless it failed: one takes no place from a failure', () => {
    const state = begunRun()
    const choice = chooseChecks(state, { ...DEFAULTS, checks: 'all', maxChecks: 1 })
    const see = (id: string, status: string, materialized: string) => {
      Object.assign(nodeOf(state, id), { status, materialized })
    }
    see('model.p.compiled_in', 'success', 'ephemeral')
    see('model.p.skipped', 'skipped', 'ephemeral')
    see('model.p.bad', 'error', 'table')
    expect(choice.fill().map(({ uniqueId }) => uniqueId)).toEqual(['model.p.bad'])
    expect(choice.leftOut).toBe(0)
    see('model.p.compiled_in', 'error', 'ephemeral')
    expect(
      chooseChecks(state, { ...DEFAULTS, checks: 'all' }).admit(nodeOf(state, 'model.p.compiled_in')),
    ).toBe(true)
  })

  test('never more than max-checks, in every mode', () => {
    for (const checks of ['auto', 'all', 'failures'] as const) {
      const { models, choice } = run({ checks }, 100)
      models(100, 'error')
      choice.fill()
      expect(choice.leftOut).toBe(90)
    }
    expect(run({ maxChecks: 0 }, 5).models(5, 'error')).toBe(0)
  })

  test('at the end the rest, the worst first', () => {
    const { choice, models, see } = run({ checks: 'all' }, 100)
    models(60, 'success')
    see('model.p.a', 'skipped')
    see('model.p.b', 'cancelled')
    const ids = choice.fill().map((node) => node.uniqueId)
    expect(ids.slice(0, 2)).toEqual(['model.p.b', 'model.p.a'])
    expect(ids).toHaveLength(5)
    expect(choice.leftOut).toBe(52)
  })

  test('a test has one when it fails or warns, or when each is asked for', () => {
    const auto = run({}, 5)
    expect(auto.see('test.p.t', 'pass')).toBe(false)
    expect(auto.see('unit_test.p.m.t', 'skipped')).toBe(false)
    expect(auto.see('test.p.t', 'fail')).toBe(true)
    expect(run({ tests: 'each' }, 5).see('test.p.t')).toBe(true)
  })

  test('only failures', () => {
    const { see } = run({ checks: 'failures' }, 5)
    expect(see('model.p.a', 'success')).toBe(false)
    expect(see('model.p.a', 'partial success')).toBe(true)
  })

  test.each(['rollup', 'none'] as const)('none with %s', (checks) => {
    expect(run({ checks }, 5).models(5, 'error')).toBe(0)
  })
})
