import { expect, test } from 'vitest'
import { cut, row, width } from '../../src/report/row.ts'

const PLAIN = { colour: false, hrefOf: undefined }

test.each([
  ['abc', 3],
  ['', 0],
  ['größe', 5],
  ['e\u0301', 1],
  ['日本語', 6],
  ['한글', 4],
  ['✅', 2],
  ['⚠️', 2],
  ['✗ ▸ ━', 5],
  ['a\u200bb', 2],
])('the width of %j', (text, columns) => {
  expect(width(text)).toBe(columns)
})

test.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'abcd…'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['abc', 1, '…'],
  ['abc', 0, ''],
])('%j in %i columns', (text, columns, shown) => {
  expect(cut(text, columns)).toBe(shown)
})

test('a row ends where it is full', () => {
  const cells = [{ text: 'one ' }, { text: 'two ' }, { text: 'three' }]
  expect(row(cells, 13, PLAIN)).toBe('one two three')
  expect(row(cells, 12, PLAIN)).toBe('one two thr…')
  expect(row(cells, 7, PLAIN)).toBe('one tw…')
  expect(row(cells, 4, PLAIN)).toBe('one ')
})
