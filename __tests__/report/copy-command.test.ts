import { describe, expect, test } from 'vitest'
import { splitWords } from '../../src/dbt/command.ts'
import type { ManifestNode } from '../../src/dbt/manifest.ts'
import { copyCommand } from '../../src/report/copy-command.ts'
import { dispatchCommand, dispatchText } from '../../src/report/dispatch.ts'
import { nodeOf } from '../../src/run/run.ts'
import { endedRun, manifestNode, SUBJECT } from './large-run.ts'

const ORDERS = manifestNode('model.shop.stg_orders', { fqn: ['shop', 'staging', 'stg_orders'] })
const UNIQUE = manifestNode('test.shop.unique_orders_id.abc', {
  fqn: ['shop', 'staging', 'unique_orders_id'],
})
const UNIT = manifestNode('unit_test.shop.stg_orders.adds_up', {
  ...{ name: 'adds_up', fqn: ['shop', 'staging', 'stg_orders', 'adds_up'], dependsOn: [ORDERS.uniqueId] },
})

function command(line: string, node: ManifestNode, others: ManifestNode[] = []): string {
  const run = endedRun([node, ...others].map((known) => [known, {}]))
  return copyCommand(run, nodeOf(run, node.uniqueId), { ...SUBJECT, commands: [splitWords(line)] })
}

test('packages that were installed first are none of the commands', () => {
  const run = endedRun([[ORDERS, {}]])
  const [build] = run.invocations
  if (!build) throw new Error('the run has no invocation')
  run.invocations.unshift({ ...build, command: { ...build.command, purpose: 'deps', words: ['deps'] } })
  nodeOf(run, ORDERS.uniqueId).invocation = 2
  const subject = { ...SUBJECT, commands: [splitWords('build --full-refresh')] }
  expect(copyCommand(run, nodeOf(run, ORDERS.uniqueId), subject)).toBe(
    'dbt build -s stg_orders --full-refresh',
  )
})

describe('the command to copy', () => {
  test.each([
    ['build', ORDERS, 'dbt build -s stg_orders'],
    ['dbt run', ORDERS, 'dbt run -s stg_orders'],
    ['build', UNIQUE, 'dbt test -s unique_orders_id'],
    ['build', UNIT, 'dbt test -s adds_up'],
    ['compile', ORDERS, 'dbt compile -s stg_orders'],
    ['seed --full-refresh', manifestNode('seed.shop.raw'), 'dbt seed -s raw --full-refresh'],
    ['source freshness --target ci', source(), 'dbt source freshness -s source:shop.farm.feed --target ci'],
    // Selection goes in every spelling, and so does what only changes the output.
    [
      "build --vars '{a: 1}' -s tag:x+ --exclude y -t ci",
      ORDERS,
      "dbt build -s stg_orders --vars '{a: 1}' -t ci",
    ],
    ['--debug build --select=a b --log-format json -q', ORDERS, 'dbt build -s stg_orders'],
    ['build -tprod -rtimes.json', ORDERS, 'dbt build -s stg_orders -tprod'],
    ['--target build build', ORDERS, 'dbt --target build build -s stg_orders'],
    ['--target build build --no-sample --no-show', UNIQUE, 'dbt --target build test -s unique_orders_id'],
    ['build --selector nightly --defer --state prod', ORDERS, 'dbt build -s stg_orders --defer --state prod'],
    [
      'build --full-refresh --resource-type model test',
      ORDERS,
      'dbt build -s stg_orders --full-refresh --resource-type model test',
    ],
    [
      'build --full-refresh --exclude-resource-types model --defer',
      UNIQUE,
      'dbt test -s unique_orders_id --defer',
    ],
    ['docs generate', ORDERS, ''],
  ])('after %s', (line, node, wanted) => expect(command(line, node)).toBe(wanted))

  test('of run-operation, which selects nothing, is the same again', () => {
    const run = endedRun([])
    const line = "run-operation grant --args '{role: x}'"
    const subject = { ...SUBJECT, commands: [splitWords(line)] }
    expect(copyCommand(run, nodeOf(run, 'macro.shop.grant'), subject)).toBe(`dbt ${line}`)
  })

  test('of several commands is the one that ran the node', () => {
    const run = endedRun([[ORDERS, {}]])
    const [first] = run.invocations
    const like = (purpose: 'deps' | 'retry') =>
      first ? [{ ...first, command: { ...first.command, purpose } }] : []
    if (first) run.invocations = [...like('deps'), first, ...like('retry'), first]
    const node = { ...nodeOf(run, ORDERS.uniqueId), invocation: 4 }
    const commands = [['seed'], ['run', '--full-refresh']]
    expect(copyCommand(run, node, { ...SUBJECT, commands })).toBe('dbt run -s stg_orders --full-refresh')
  })
})

describe('the exact selector, where the name would take something else:', () => {
  const exact = /^dbt (build|test) --select '?fqn:\S+ --indirect-selection empty$/
  test.each([
    ['a folder of the name', manifestNode('model.shop.other', { fqn: ['shop', 'stg_orders', 'other'] })],
    ['a package of the name', manifestNode('model.stg_orders.x', { fqn: ['stg_orders', 'x'] })],
    ['a folder that begins with it', manifestNode('model.shop.x', { fqn: ['shop', 'stg_orders.old', 'x'] })],
    ['a seed of the name', manifestNode('seed.shop.stg_orders', { fqn: ['shop', 'stg_orders'] })],
    ['a model of a package', manifestNode('model.other.stg_orders', { fqn: ['other', 'stg_orders'] })],
  ])('%s', (_, other) => expect(command('build', ORDERS, [other])).toMatch(exact))

  test('a name with characters that dbt gives a meaning', () => {
    expect(command('build', manifestNode('model.shop.a*b', { fqn: ['shop', 'a*b'] }))).toMatch(exact)
  })

  test('not for its own unit tests, tests, and a longer name', () => {
    const longer = manifestNode('model.shop.stg_orders_2', { fqn: ['shop', 'stg_orders_2'] })
    const top = manifestNode('model.shop.stg_orders', { fqn: ['shop', 'stg_orders'] })
    const unit = { ...UNIT, fqn: ['shop', 'stg_orders', 'adds_up'] }
    expect(command('build', top, [UNIQUE, unit, longer])).toBe('dbt build -s stg_orders')
  })

  test('versions each have their own', () => {
    const version = (v: string) =>
      manifestNode(`model.shop.cages.v${v}`, { version: v, name: 'cages', fqn: ['shop', 'cages', `v${v}`] })
    expect(command('build', version('1'), [version('2')])).toBe('dbt build -s cages.v1')
  })
})

function source(): ManifestNode {
  return manifestNode('source.shop.farm.feed', { fqn: ['shop', 'sources', 'farm', 'feed'] })
}

describe('a run by hand on GitHub', () => {
  const dispatch = { workflow: 'dbt.yml', repository: 'acme/shop', runId: '7', commit: 'abc' }
  test('is offered where the workflow has the inputs', () => {
    const inputs = ['rerun-of', 'commit', 'select']
    const subject = { ...SUBJECT, dispatch: { ...dispatch, inputs } }
    expect(dispatchCommand(subject)).toBe(
      'gh workflow run dbt.yml --repo acme/shop -f rerun-of=7 -f commit=abc',
    )
    expect(dispatchCommand(subject, ORDERS)).toContain(" -f 'select=fqn:")
    const fewer = { ...SUBJECT, dispatch: { ...dispatch, inputs: ['rerun-of', 'commit'] } }
    expect(dispatchCommand(fewer, ORDERS)).toBe('')
  })
  test.each([[undefined], [[]], [['rerun-of']]])('is explained where it has %j', (inputs) => {
    const subject = { ...SUBJECT, dispatch: { ...dispatch, inputs } }
    expect(dispatchCommand(subject)).toBe('')
    expect(dispatchText(subject)).toContain('add [workflow_dispatch](https://docs.github.com/')
  })
  test('is not mentioned outside GitHub', () => expect(dispatchText(SUBJECT)).toBe(''))
})
