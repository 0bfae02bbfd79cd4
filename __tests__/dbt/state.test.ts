import { expect, test } from 'vitest'
import { splitWords } from '../../src/dbt/command.ts'
import { withState } from '../../src/dbt/state.ts'

const ALL = '--state /s --defer --defer-state /d --select state:modified+'

test.each([
  ['build', `build ${ALL}`],
  ['build --exclude a', `build --exclude a ${ALL}`],
  ['build --select a', 'build --select a --state /s --defer --defer-state /d'],
  ['build -fs a', 'build -fs a --state /s --defer --defer-state /d'],
  ['test --selector nightly --no-defer', 'test --selector nightly --no-defer --state /s'],
  ['seed', 'seed --state /s --select state:modified+'],
  ['build --state mine', 'build --state mine'],
  ['clone', 'clone'],
  ['run-operation grant', 'run-operation grant'],
])('%s', (line, words) => {
  expect(withState(splitWords(line), { state: '/s', defer: '/d' }, {})).toEqual(splitWords(words))
})

test('variables of the user are options too', () => {
  const folders = { state: '/s', defer: '/d' }
  expect(withState(['build'], folders, { DBT_STATE: 'mine' })).toEqual(['build'])
  expect(withState(['run', '-s', 'a'], folders, { DBT_ENGINE_DEFER: 'false' })).toEqual([
    'run',
    '-s',
    'a',
    '--state',
    '/s',
  ])
  expect(withState(['run', '-s', 'a'], { state: '/s', defer: undefined }, {})).toEqual([
    'run',
    '-s',
    'a',
    '--state',
    '/s',
  ])
})
