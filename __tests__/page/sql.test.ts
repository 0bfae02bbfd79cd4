import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tokens } from '../../page/sql.ts'

test('keywords, strings, numbers, comments and Jinja are coloured', () => {
  const kinds = tokens("select 'a''b', 10 from {{ ref('x') }} -- from").filter(({ kind }) => kind !== 'text')
  expect(kinds).toEqual([
    { kind: 'keyword', text: 'select' },
    { kind: 'string', text: "'a''b'" },
    { kind: 'number', text: '10' },
    { kind: 'keyword', text: 'from' },
    { kind: 'jinja', text: "{{ ref('x') }}" },
    { kind: 'comment', text: '-- from' },
  ])
})

test('the parts are the text again', () => {
  fc.assert(
    fc.property(fc.string(), (sql) => {
      expect(joined(sql)).toBe(sql)
    }),
  )
})

test('a hostile text is read to its end', () => {
  const sql = `${"'".repeat(20_000)}${'/*'.repeat(9000)}`
  expect(joined(sql)).toBe(sql)
})

function joined(sql: string): string {
  return tokens(sql)
    .map(({ text }) => text)
    .join('')
}
