import { expect, test } from 'vitest'
import { excerpt } from '../../src/project/excerpt.ts'
import { excerptText } from '../../src/report/source-lines.ts'

const SOURCE = 'select\n    id,\n    nmae,\n    town\nfrom a\nwhere b\n'

test('lines around, with a caret below the name', () => {
  const found = excerpt(SOURCE, { line: 3, column: 5, compiledLine: 21 })
  expect(excerptText(found)).toBe(
    '  1 | select\n  2 |     id,\n> 3 |     nmae,\n    |     ^^^^\n  4 |     town\n  5 | from a\n  6 | where b',
  )
  expect(found.caption).toBe('line 21 of the compiled SQL is line 3 of the file')
})

test('at the ends of the file, and without a column', () => {
  const lines = ['select', '    id,']
  expect(excerpt(SOURCE, { line: 1 }, 1)).toEqual({ first: 1, lines, line: 1, caption: '' })
  const last = excerpt(SOURCE, { line: 6, compiledLine: 6 }, 1)
  expect(excerptText(last)).toBe('  5 | from a\n> 6 | where b')
  expect(last.caption).toBe('')
  expect(excerptText(excerpt('', { line: 1 }))).toBe('')
})

test('the caret stands below its column after tabs and in long lines', () => {
  const carets = (source: string, column: number) => {
    const [line = '', caret = ''] = excerptText(excerpt(source, { line: 1, column })).split('\n')
    return line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)
  }
  expect(carets('\tx,\tnmae', 5)).toBe('nmae')
  expect(carets(`${'x'.repeat(500)} nmae ${'y'.repeat(500)}`, 502)).toBe('nmae')
})
