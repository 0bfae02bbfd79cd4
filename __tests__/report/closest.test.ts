import fc from 'fast-check'
import { expect, test } from 'vitest'
import { closest } from '../../src/report/closest.ts'

const COMMANDS = [
  'build',
  'run',
  'test',
  'seed',
  'snapshot',
  'compile',
  'source',
  'clone',
  'retry',
  'list',
  'ls',
]

test.for([
  ['biuld', 'build'],
  ['bild', 'build'],
  ['BUILD ', 'build'],
  ['snapshoot', 'snapshot'],
  ['runn', 'run'],
  ['tset', 'test'],
  ['build', undefined],
  ['deploy', undefined],
  ['', undefined],
  ['x', undefined],
])('%s: %s', ([word, meant]) => {
  expect(closest(word ?? '', COMMANDS)).toBe(meant)
})

test('one edit is always found, and nothing that has no letter in common', () => {
  fc.assert(
    fc.property(fc.constantFrom(...COMMANDS.filter((word) => word.length > 2)), fc.nat(), (word, at) => {
      const i = at % word.length
      const found = closest(`${word.slice(0, i)}#${word.slice(i + 1)}`, [word, 'something-else'])
      expect(found).toBe(word)
    }),
  )
  expect(closest('#####', COMMANDS)).toBeUndefined()
})
