import { expect, test } from 'vitest'
import { firstLine } from '../../src/report/message.ts'

test.each([
  ['Compilation Error\n  [WARNING]: Did not find matching node', 'Did not find matching node'],
  [
    'Compilation Error\n  [\u001b[33mWARNING\u001b[0m]: Did not find matching node',
    'Did not find matching node',
  ],
  ['[error] [DbDriverFailed (dbt1308)]: no such column', 'no such column'],
  ['Runtime Error in model a (models/a.sql)\n  no such column', 'no such column'],
])('the line that says something: %j', (message, line) => {
  expect(firstLine(message)).toBe(line)
})
