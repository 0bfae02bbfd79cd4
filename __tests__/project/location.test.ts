import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TestEntry } from '../../src/dbt/manifest.ts'
import { blockLine, definitionLine, errorLine, testLine } from '../../src/project/location.ts'

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

test('the line of a snapshot among several', () => {
  expect(blockLine('{% snapshot a %}\n{% endsnapshot %}\n{%- snapshot b -%}\n', 'snapshot', 'b')).toBe(3)
})

describe('the line of an error', () => {
  const source = "{% set x = 1 %}\nselect\n  id,\n  nope\nfrom {{ ref('a') }}\nwhere id > 1\n"
  const sql = '\nselect\n  id,\n  nope\nfrom a\nwhere id > 1\n'
  test.each([
    ['DuckDB', '  Binder Error: no\n  LINE 12:   nope\n            ^', 4],
    ['Postgres', 'Database Error\n  syntax error\n  LINE 9:   id,\n', 3],
    ['Snowflake', 'SQL compilation error: error line 3 at position 2\ninvalid identifier', 3],
    ['BigQuery', 'Unrecognized name at [4:3]', 4],
    ['a quoted name', 'Referenced column "nope" not found in FROM clause!', 4],
    ['Jinja', "Compilation Error in model a\n  'x' is undefined\n    line 5\n", 5],
    ['Fusion', 'Failed to render\n  --> models/a.sql:5:2', 5],
    ['Fusion, a generated file', 'Failed\n  --> target/run/a.sql:5:2', undefined],
    ['a line that the source does not have', 'LINE 5: from a', undefined],
    ['nothing', 'connection refused', undefined],
    ['a line beyond the file', 'Compilation Error\n  line 99', undefined],
  ])('%s', (_, message, line) => expect(errorLine(message, 'models/a.sql', source, sql)).toBe(line))
})
