import { expect, test } from 'vitest'
import { framesOf, macrosOf, pathsOf } from '../../src/project/dbt-error.ts'

test.each([
  ['--> models/a.sql:4:16', [{ path: 'models/a.sql', line: 4, column: 16 }]],
  ['--> models/1. staging/m 2.sql:4:16', [{ path: 'models/1. staging/m 2.sql', line: 4, column: 16 }]],
  ['--> models/x.sql', [{ path: 'models/x.sql', line: undefined, column: undefined }]],
  ['--> Dockerfile:3', [{ path: 'Dockerfile', line: 3, column: undefined }]],
  ['see (in models/1. staging/q.sql:3:1)', [{ path: 'models/1. staging/q.sql', line: 3, column: 1 }]],
])('places of v2: %s', (text, frames) => expect(framesOf(text)).toEqual(frames))

test.each([
  ['Parsing Error\n  Error reading shop: 1. staging/s.yml - Runtime Error', '1. staging/s.yml'],
  ['Compilation Error in model m (models/1. staging/m.sql)', 'models/1. staging/m.sql'],
  ['Compilation Error in model m (models/m.sql)', 'models/m.sql'],
  ['the problem in models/m.sql', 'models/m.sql'],
])('paths of Core: %j', (text, path) => expect(pathsOf(text)[0]).toBe(path))

test('macros of Core', () => {
  expect(macrosOf('  > in macro cents (macros/all of it/cents.sql)')).toEqual([
    { name: 'cents', path: 'macros/all of it/cents.sql' },
  ])
})
