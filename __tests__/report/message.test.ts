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
  [
    'Compilation Error\n  [WARNING]: Deprecated functionality\n  The `log-path` config is deprecated',
    'The `log-path` config is deprecated',
  ],
  [
    "Runtime Error\n  Resource names cannot contain spaces:\n    * 'model.shop.my model' (models/my model.sql)",
    "Resource names cannot contain spaces: 'model.shop.my model' (models/my model.sql)",
  ],
  [
    "Runtime Error\n  Could not read selector file data: Runtime Error\n    'pth' is not a valid method name",
    "'pth' is not a valid method name",
  ],
])('the line that says something: %j', (message, line) => {
  expect(firstLine(message)).toBe(line)
})
