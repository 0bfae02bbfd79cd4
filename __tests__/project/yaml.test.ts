import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TestEntry } from '../../src/dbt/manifest.ts'
import {
  definitionLine,
  entryLines,
  hookLine,
  modelHooks,
  pathLine,
  repeatedLine,
} from '../../src/project/yaml-entries.ts'
import { testLine } from '../../src/project/yaml-tests.ts'

const YAML = `version: 2
models:
  - name: orders
    tests:
      - dbt_utils.unique_combination_of_columns:
          combination_of_columns: [a, b]
    columns:
      - name: id
        data_tests:
          - unique
          - not_null:
              config: {severity: warn}
          - name: custom
            test_name: accepted_values
            values: ['x']
      - name: status
        tests:
          - accepted_values:
              values: [placed, shipped]
          - accepted_values:
              values: [returned]
              where: "1 = 1"
  - name: customers
    versions:
      - v: 1
        columns:
          - name: id
            tests: [unique]
sources:
  - name: raw
    tables:
      - name: others
        columns:
          - {name: id, tests: [not_null]}
      - name: payments
        columns:
          - {name: id, tests: [not_null]}
unit_tests:
  - name: totals
    model: orders
`

const entry = (part: Partial<TestEntry>): TestEntry => ({
  name: 'unique',
  column: '',
  fileKey: 'models.orders',
  attachedNode: '',
  source: '',
  kwargs: {},
  ...part,
})

describe('the line of a generic test', () => {
  test.each<[string, Partial<TestEntry>, number]>([
    ['a word', { column: 'id' }, 10],
    ['a map', { name: 'not_null', column: 'id' }, 11],
    ['with a name of its own', { name: 'accepted_values', column: 'id', kwargs: { values: ['x'] } }, 13],
    [
      'of two, by the arguments',
      { name: 'accepted_values', column: 'status', kwargs: { values: ['returned'] } },
      20,
    ],
    ['of a package, on the model', { name: 'dbt_utils.unique_combination_of_columns', kwargs: {} }, 5],
    ['of a version', { column: 'id', fileKey: 'models.customers', attachedNode: 'model.p.customers.v1' }, 28],
    [
      'of a source',
      { name: 'not_null', column: 'id', fileKey: 'sources.raw', source: 'source.p.raw.payments' },
      37,
    ],
    ['a test that is not found: the column', { name: 'no_such', column: 'status' }, 16],
    ['a column that is not found: the model', { name: 'no_such', column: 'no_such' }, 3],
    ['nothing is found: the first line', { fileKey: 'seeds.no_such' }, 1],
  ])('%s', (_, part, line) => expect(testLine(YAML, entry(part))).toBe(line))

  test('no text throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.constant(YAML).map((y) => y.slice(0, y.length / 2)),
        ),
        fc.string(),
        (yaml, key) => {
          expect(testLine(yaml, entry({ fileKey: key }))).toBeGreaterThan(0)
        },
      ),
    )
    expect(testLine('&a [*a, *a, *a]', entry({}))).toBe(1)
    expect(testLine(`${'['.repeat(5000)}`, entry({}))).toBe(1)
  })
})

test('the line of a definition', () => {
  expect(definitionLine(YAML, 'unit_tests', 'totals')).toBe(39)
  expect(definitionLine(YAML, 'unit_tests', 'none')).toBe(1)
})

describe('of several entries of one test', () => {
  const yaml = `models:
  - name: trips
    data_tests:
      - at_most:
          arguments: {column_name: miles, most: 10}
      - at_most:
          column_name: hours
          most: 10
      - at_most: {column_name: hours, most: 100}
    columns:
      - name: speed
        data_tests:
          - at_most: {arguments: {most: 1}}
          - at_most: {arguments: {most: 10}}
          - at_most:
              name: sane_speed
              arguments: {most: 10, unit: knots}
          - accepted_values: {arguments: {values: [ab, abc]}}
          - accepted_values: {arguments: {values: [ab]}}
          - accepted_values: {arguments: {values: [1, 2]}, config: {where: "speed = 1"}}
`
  const of = (name: string, column: string, kwargs: Record<string, unknown>, own = '') =>
    testLine(
      yaml,
      entry({
        name,
        column,
        fileKey: 'models.trips',
        kwargs: { model: '{{ x }}', column_name: column, ...kwargs },
      }),
      own,
    )

  test.each<[string, number, number]>([
    ['a number is no part of a longer one', of('at_most', 'speed', { most: 1 }), 13],
    ['the longer one', of('at_most', 'speed', { most: 10 }), 14],
    ['its own name', of('at_most', 'speed', { most: 10, unit: 'knots' }, 'sane_speed'), 15],
    ['a list is no part of a longer one', of('accepted_values', 'speed', { values: ['ab'] }), 19],
    ['the longer list', of('accepted_values', 'speed', { values: ['ab', 'abc'] }), 18],
    ['numbers that the manifest has as text', of('accepted_values', 'speed', { values: ['1', '2'] }), 20],
    ['column_name as an argument', of('at_most', 'hours', { most: 10 }), 6],
    ['column_name below arguments', of('at_most', 'miles', { most: 10 }), 4],
    ['column_name in a flow map', of('at_most', 'hours', { most: 100 }), 9],
  ])('%s', (_, line, expected) => expect(line).toBe(expected))
})

describe('aliases and merge keys', () => {
  const yaml = `models:
  - name: a
    columns:
      - &key
        name: id
        data_tests: &tests
          - unique
          - not_null
      - name: town
        data_tests: *tests
  - name: b
    columns:
      - *key
      - <<: *key
        name: other_id
      - <<: [*key, {description: x}]
        name: third
        data_tests: [unique]
  - &whole
    name: c
    data_tests:
      - rows: {least: 1}
  - <<: *whole
    name: d
`
  test.each<[string, Partial<TestEntry>, number]>([
    ['a list by its alias', { name: 'not_null', column: 'town', fileKey: 'models.a' }, 8],
    ['a column by its alias', { column: 'id', fileKey: 'models.b' }, 7],
    ['tests below a merge key', { name: 'not_null', column: 'other_id', fileKey: 'models.b' }, 8],
    ['an own key before a merged one', { column: 'third', fileKey: 'models.b' }, 18],
    ['a merged model', { name: 'rows', fileKey: 'models.d', kwargs: { least: 1 } }, 22],
  ])('%s', (_, part, line) => expect(testLine(yaml, entry(part))).toBe(line))

  test('an alias of itself ends', () => {
    expect(
      testLine('models: &a\n  - name: orders\n    <<: *a\n    columns: *a\n', entry({ column: 'id' })),
    ).toBeGreaterThan(0)
  })
})

test('hooks', () => {
  const yaml =
    'name: x\non-run-start:\n  # first\n  - select 1\n  - >\n    select\n    2\non-run-end: select 3\n'
  expect(hookLine(yaml, 'on-run-start', 0)).toBe(4)
  expect(hookLine(yaml, 'on-run-start', 1)).toBe(5)
  expect(hookLine(yaml, 'on-run-start', 2)).toBe(undefined)
  expect(hookLine(yaml, 'on-run-end', 0)).toBe(8)
  expect(hookLine('on-run-end: [', 'on-run-end', 3)).toBe(undefined)
})

test('what else is looked up in YAML', () => {
  expect(repeatedLine('models:\n  - name: a\n  - name: b\n  - name: a\n', 'a')).toBe(4)
  expect(repeatedLine('models:\n  - name: a\nseeds:\n  - name: a\n', 'a')).toBe(undefined)
  expect(pathLine(YAML, 'models', 'orders', ['columns', 1, 'tests'])).toBe(17)
  expect(pathLine(YAML, 'models', 'orders', ['columns', 9])).toBe(7)
  expect(entryLines(YAML, 'models', 'orders')).toEqual([3, 22])
  expect(entryLines(YAML, 'models', 'none')).toBe(undefined)
})

test('dbt Core reads YAML 1.1, in which yes is true', () => {
  const yaml = `models:
  - name: orders
    columns:
      - name: id
        tests:
          - matches: {strict: no}
          - matches: {strict: yes}
`
  const test = { name: 'matches', column: 'id', fileKey: 'models.orders', attachedNode: '', source: '' }
  expect(testLine(yaml, { ...test, kwargs: { column_name: 'id', strict: true } })).toBe(7)
  expect(testLine(yaml, { ...test, kwargs: { column_name: 'id', strict: 'no' } })).toBe(6)
})

describe('modelHooks', () => {
  test('finds hooks at any depth, each once, with the lines that they span', () => {
    const yaml = `x: &shared ['grant a', {sql: grant b}]
models:
  shop:
    +post-hook: *shared
    marts: {+pre-hook: *shared}
    +pre-hook: |
      create table t as
      select 1
on-run-end: grant c`
    expect(modelHooks(yaml).map(({ text, lines }) => [text.trim(), lines.map(({ line }) => line)])).toEqual([
      ['grant a', [1]],
      ['grant b', [1]],
      ['create table t as\nselect 1', [6, 7, 8]],
    ])
  })

  test('follows aliases that multiply, or lead to themselves, once', () => {
    const laughs = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`)}]`)
    const yaml = ['a0: &a0 [1, *a0, 2]', ...laughs, 'm: {post-hook: [*a9, grant x]}'].join('\n')
    expect(modelHooks(yaml).map(({ text }) => text)).toEqual(['grant x'])
  })
})
