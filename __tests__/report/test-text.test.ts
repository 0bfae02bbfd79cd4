import { describe, expect, test } from 'vitest'
import type { ManifestNode, TestEntry } from '../../src/dbt/manifest.ts'
import type { Fields } from '../../src/json.ts'
import { failureParts } from '../../src/report/failure.ts'
import { sentenceOf } from '../../src/report/sentence.ts'
import { differencesIn, differenceTable } from '../../src/report/unit-test.ts'
import type { Node } from '../../src/run/run.ts'
import { endedRun, manifestNode, SUBJECT } from './large-run.ts'

function sentence(entry: Partial<TestEntry> | undefined, state: Partial<Node>, failCalc?: string): string {
  const orders = manifestNode('model.shop.orders')
  const about = {
    column: '',
    fileKey: 'models.orders',
    attachedNode: orders.uniqueId,
    source: '',
    kwargs: {},
  }
  const found: ManifestNode = manifestNode('test.shop.my_test.abc', {
    dependsOn: [orders.uniqueId],
    test: entry && { name: '', ...about, ...entry },
    ...(failCalc && { failCalc }),
  })
  const run = endedRun([
    [orders, {}],
    [found, { name: 'my_test', status: 'fail', ...state }],
  ])
  const node = run.nodes.get(found.uniqueId)
  return node ? sentenceOf(run, node) : ''
}

test.each([
  ['fail', 'Got 2 results, configured to fail if != 0', true],
  // With store_failures the relation has a name, but no query made it.
  ['error', 'Database Error\n  no such column', false],
])('the rows of a test are stored only if its query ran: %s', (status, message, expected) => {
  const found = manifestNode('test.shop.my_test.abc')
  const run = endedRun([[found, { status, message, relation: '"db"."audit"."my_test"' }]])
  const node = run.nodes.get(found.uniqueId)
  const around = { subject: SUBJECT, evidence: { location: undefined, sql: '' }, links: new Map() }
  const parts = node ? failureParts(run, node, { around, blocked: undefined, longestMessage: 1000 }) : []
  expect(parts.join('\n').includes('select * from "db"."audit"."my_test"')).toBe(expected)
})

const got = (rows: number, condition = '!= 0') => ({
  failures: rows,
  message: `Got ${rows} results, configured to fail if ${condition}`,
})

describe('a failed test in words', () => {
  const values: Fields = {
    column_name: 'status',
    values: ['placed', 2],
    model: '{{ get_where_subquery(ref("orders")) }}',
  }
  test.each([
    [{ name: 'unique', column: 'id' }, got(1), 'orders.id is not unique: 1 value occurs more than once'],
    [
      { name: 'unique', column: 'id' },
      got(1200),
      'orders.id is not unique: 1,200 values occur more than once',
    ],
    [{ name: 'not_null', column: 'id' }, got(3), 'orders.id is null in 3 rows'],
    [
      { name: 'accepted_values', column: 'status', kwargs: values },
      got(2),
      "orders.status has 2 values other than 'placed', 2",
    ],
    [
      { name: 'relationships', column: 'customer_id', kwargs: { to: "ref('customers')", field: 'id' } },
      got(3),
      '3 rows of orders.customer_id have no match in customers.id',
    ],
    [
      { name: 'pen.at_least', kwargs: { minimum: 5 } },
      got(1),
      'pen.at_least(minimum: 5) on orders failed for 1 row',
    ],
    [{ name: 'not_null', column: 'id' }, got(12, '>10'), 'orders.id is null in 12 rows (fails if >10)'],
    [undefined, got(2), 'my_test returned 2 rows, and should return none'],
  ])('%j', (entry, state, wanted) => expect(sentence(entry, state)).toBe(wanted))

  test('what is counted may be something else than rows', () => {
    expect(sentence(undefined, got(10), 'sum(amount)')).toBe('my_test failed: sum(amount) is 10')
    expect(sentence({ name: 'pen.total' }, got(10), 'sum(amount)')).toBe(
      'pen.total on orders failed: sum(amount) is 10',
    )
  })

  test('v2 has the arguments in a mapping of their own', () => {
    const kwargs = { arguments: { values: ['a'] } }
    expect(sentence({ name: 'accepted_values', column: 's', kwargs }, got(1))).toBe(
      "orders.s has 1 value other than 'a'",
    )
  })

  test('one that ended in an error has the error', () => {
    const message = 'Runtime Error in test t (tests/t.sql)\n  Binder Error: no such column'
    expect(sentence(undefined, { status: 'error', failures: 0, message })).toBe(
      'Binder Error: no such column',
    )
  })
})

describe('the difference of a unit test', () => {
  // Recorded from dbt Core 1.11.
  const message =
    'actual differs from expected:\n\n\u001b[0m@@ ,id,name,price\n→  ,1 ,Gala,3.0→2.0\n+++,4 ,Fuji,1.0\n---,2 ,Elsa,1.5\n   ,3 ,Topa,2.5\n...,...,...,...\n\n'

  test('is a table, with differences in bold', () => {
    const found = differencesIn(message)
    expect(found?.rows.map(({ kind }) => kind)).toEqual(['changed', 'unexpected', 'missing', 'same'])
    expect(found && differenceTable(found)).toBe(
      [
        '| | `id` | `name` | `price` |',
        '|---|---|---|---|',
        '| expected | `1` | `Gala` | **`3.0`** |',
        '| actual | `1` | `Gala` | **`2.0`** |',
        '| actual, unexpected | **`4`** | **`Fuji`** | **`1.0`** |',
        '| expected, missing | **`2`** | **`Elsa`** | **`1.5`** |',
        '',
        '1 row is as expected.',
      ].join('\n'),
    )
  })

  test.each([
    ['no difference', 'Got 1 result'],
    ['a value with a comma', '@@,a\n→,1,2→3'],
    ['a mark that is not known', '@@,a\n??,1'],
    ['nothing below the head', '@@,a'],
  ])('is left as it is: %s', (_, text) => expect(differencesIn(text)).toBeUndefined())

  test('hostile cells stay in theirs', () => {
    const found = differencesIn('@@,a\n+++,`|<b>')
    expect(found && differenceTable(found)).toContain('| actual, unexpected | **``\u0020`\\|<b>\u0020``** |')
  })
})
