import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { align } from '../../src/project/align.ts'
import { sqlParts } from '../../src/project/ephemeral.ts'
import { sqlPlace } from '../../src/project/sql-place.ts'
import { readTemplate, unclosedBlock } from '../../src/project/template.ts'

/** The lines of the source from which the lines of the compiled SQL come; 0 for none. */
const lines = (source: string, compiled: string) =>
  align(source, compiled).map((origin) => origin?.template.line ?? 0)

describe('compiled lines and those of the source', () => {
  test.each<[string, string, string, number[]]>([
    ['plain text', 'select\n  a\nfrom b', 'select\n  a\nfrom b', [1, 2, 3]],
    ['tags that leave nothing', '{{ config(x=1) }}\n\n{# c #}\nselect 1', '\n\n\nselect 1', [0, 0, 0, 4]],
    [
      'a condition that is false',
      'select a\n{% if x %}\n  , b\n{% endif %}\nfrom c',
      'select a\n\nfrom c',
      [1, 0, 5],
    ],
    [
      'a loop, whose lines repeat',
      'select\n{% for c in x %}\n  sum({{ c }}) as s_{{ c }},\n  max({{ c }}) as m_{{ c }},\n{% endfor %}\n  1\nfrom t',
      'select\n\n  sum(a) as s_a,\n  max(a) as m_a,\n\n  sum(b) as s_b,\n  max(b) as m_b,\n\n  1\nfrom t',
      [1, 0, 3, 4, 0, 3, 4, 0, 6, 7],
    ],
    [
      'a call that writes several lines',
      "select\n  {{ money('a') }} as a,\n  {{ money('b') }} as b\nfrom t",
      'select\n  round(\n    a / 100\n  ) as a,\n  round(\n    b / 100\n  ) as b\nfrom t',
      [1, 2, 2, 2, 3, 3, 3, 4],
    ],
    [
      'a call over several lines',
      "select\n  {{ pivot(\n    ['x', 'y'],\n    'v'\n  ) }}\nfrom t",
      'select\n  sum(x) as x,\n  sum(y) as y\nfrom t',
      [1, 2, 2, 6],
    ],
    [
      'one line twice',
      'with a as (\n  select\n    x\n),\nb as (\n  select\n    x\n)',
      'with a as (\n  select\n    x\n),\nb as (\n  select\n    x\n)',
      [1, 2, 3, 4, 5, 6, 7, 8],
    ],
    [
      'lines from nowhere',
      'select a\nfrom t',
      'select a\n-- added by a wrapper of the adapter\nfrom t',
      [1, 0, 2],
    ],
    [
      'Windows line ends',
      'select\r\n  a\r\nfrom {{ ref("b") }}\r\n',
      'select\r\n  a\r\nfrom "x"."b"\r\n',
      [1, 2, 3, 0],
    ],
  ])('%s', (_, source, compiled, expected) => expect(lines(source, compiled)).toEqual(expected))

  test('no text throws', () => {
    const text = fc.array(
      fc.constantFrom('{{', '}}', '{%', '%}', 'if', 'endif', 'for', 'endfor', 'a', '\n', '{#', '#}', ' '),
    )
    fc.assert(
      fc.property(text, text, (source, compiled) => {
        expect(align(source.join(''), compiled.join(''))).toHaveLength(compiled.join('').split('\n').length)
      }),
    )
  })

  test('a file that is too large for it has no lines', () => {
    const large = 'select 1\n'.repeat(5000)
    expect(lines(large, large).every((line) => line === 0)).toBe(true)
  })
})

test('each line of a template is one of its lines', () => {
  const { lines, loops } = readTemplate('a\n{% for x in\n  y %}\n{{ f(\n1) }} b\n{% endfor %}\nc {# \n #} d')
  expect(lines.map(({ line, span, depth }) => [line, span, depth])).toEqual([
    [1, 1, 0],
    [2, 2, 1],
    [4, 2, 1],
    [6, 1, 1],
    [7, 2, 0],
  ])
  expect(loops).toEqual([{ first: 1, last: 3 }])
})

test('the block that is not closed', () => {
  expect(unclosedBlock('{% if a %}\n{% for b in c %}\n{% endfor %}\n')).toBe(1)
  expect(unclosedBlock('{% if a %}{% endif %}\n{% set x = 1 %}{% set y %}')).toBe(2)
  expect(unclosedBlock('select 1')).toBe(undefined)
})

describe('ephemeral models in compiled SQL', () => {
  test('a name with letters of any language', () => {
    const sql = 'with  __dbt__cte__bücher as (\nselect titl\n)\nselect * from __dbt__cte__bücher'
    expect(sqlParts(sql).map(({ name }) => name)).toEqual(['bücher', ''])
  })

  test('dbt Core: the model joins its own with', () => {
    const sql =
      "with  __dbt__cte__a as (\nselect ')' -- )\n), __dbt__cte__b as (\nselect (1)\n), own as (\n  select 1\n)\nselect * from own"
    expect(sqlParts(sql)).toEqual([
      { name: 'a', sql: "\nselect ')' -- )\n", from: 0 },
      { name: 'b', sql: '\nselect (1)\n', from: 2 },
      { name: '', sql: 'with own as (\n  select 1\n)\nselect * from own', from: 4 },
    ])
  })

  test('v2: the model in a subquery', () => {
    const sql =
      'with __dbt__cte__a as (\nselect 1\n)\n--EPHEMERAL-SELECT-WRAPPER-START\nselect * from (\nselect 2\n--EPHEMERAL-SELECT-WRAPPER-END\n)'
    const own = sqlParts(sql).at(-1)
    expect(own?.from).toBe(2)
    expect(own?.sql.split('\n').map((line) => line.trim())).toEqual(['', '', '', 'select 2', '', ''])
  })
})

describe('a name without a line, in SQL that has it on each of some hundred lines', () => {
  const error = 'column reference "customer_id" is ambiguous'
  const rows = Array.from({ length: 600 }, (_, i) => `  case when customer_id = ${i} then`)
  const place = (source: string[], compiled: string[]) => {
    return sqlPlace(error, {
      ...{ source: source.join('\n'), compiled: compiled.join('\n'), sent: '', ephemeral: () => '' },
    })
  }

  // Each of them was aligned anew, for minutes.
  test('lines of the file: there is no telling which', { timeout: 10_000 }, () => {
    const source = rows.map((row, i) => `${row} {{ price(${i}) }} end as c${i},`)
    const compiled = rows.map((row, i) => `${row} x${i} end as c${i},`)
    expect(place(['select', ...source, '1'], ['select', ...compiled, '1'])).toBeUndefined()
  })

  test('lines of a loop: the one in it', { timeout: 10_000 }, () => {
    const loop = ['{% for i in range(600) %}', '  case when customer_id = {{ i }} then', '{% endfor %}']
    const compiled = rows.flatMap((row) => ['', row])
    expect(place(['select', ...loop, '1'], ['select', ...compiled, '', '1'])).toMatchObject({ line: 3 })
  })
})
