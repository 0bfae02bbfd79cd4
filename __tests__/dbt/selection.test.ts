import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitWords } from '../../src/dbt/command.ts'
import { pathOptions, reselect, reselectByFile } from '../../src/dbt/selection.ts'

const SELECTION = { selectors: ['a', 'b'], exact: false }

/** Every spelling that `--help` and trials of both engines know; what stays is what does not select by name. */
const CASES: [line: string, kept: string][] = [
  ['build', 'build'],
  ['build --select x', 'build'],
  ['build --select x y --exclude z tag:q', 'build'],
  ['build --select=x', 'build'],
  ['build --select=x y', 'build'],
  ['build -s x+ -m y --models z --model w', 'build'],
  ['build -sx y', 'build'],
  ['build -s=x', 'build'],
  ['build -fs x', 'build -f'],
  ['build -xfsx', 'build -x -f'],
  ['build --selector nightly --threads 4', 'build --threads 4'],
  ['build --selector=nightly', 'build'],
  ['--no-use-colors build --exclude x --full-refresh', '--no-use-colors build --full-refresh'],
  [`run --vars '{"-s": "--select x"}' --select y`, `run --vars '{"-s": "--select x"}'`],
  [`run --vars '-s' -s y`, `run --vars '-s'`],
  ['build -t prod -s x', 'build -t prod'],
  ['build -tprod -s x', 'build -tprod'],
  ['build --target=prod --select x --defer --state s', 'build --target=prod --defer --state s'],
  ['build --resource-type model seed --select x', 'build --resource-type model seed'],
  ['build --indirect-selection cautious -s x', 'build --indirect-selection cautious'],
  ['source freshness --select source:raw -t x', 'source freshness -t x'],
  ['build --select', 'build'],
]

test.each(CASES)('%s', (line, kept) => {
  expect(reselect(splitWords(line), SELECTION)).toEqual([...splitWords(kept), '--select', 'a', 'b'])
})

test('an exact selection takes no tests along, whatever the command says', () => {
  const exact = { selectors: ['a'], exact: true }
  expect(reselect(['build', '--indirect-selection=eager', '-s', 'x'], exact)).toEqual(
    splitWords('build --indirect-selection empty --select a'),
  )
})

test('twice is as once', () => {
  const words = fc.constantFrom(
    '--select',
    '-s',
    '--select=x',
    '-fs',
    '--vars',
    '-t',
    '--state',
    'x',
    '--full-refresh',
  )
  fc.assert(
    fc.property(fc.array(words), (some) => {
      // The last option has its value.
      const once = reselect(['build', ...some, 'x', '--empty'], SELECTION)
      expect(reselect(once, SELECTION)).toEqual(once)
    }),
  )
})

const BY_FILE: [line: string, env: Record<string, string>, deferred: string][] = [
  ['build -s x', {}, ''],
  ['build --defer --state prod -s x', {}, '--defer-state prod'],
  ['build --state=prod', {}, '--defer-state prod'],
  ['build --state prod --defer-state other', {}, ''],
  ['build --defer', { DBT_STATE: 'prod' }, '--defer-state prod'],
  ['build --defer', { DBT_STATE: 'prod', DBT_DEFER_STATE: 'other' }, ''],
]

test.each(BY_FILE)('by a file: %s %j', (line, env, deferred) => {
  const words = reselectByFile(splitWords(line), '/kept', env)
  expect(words.slice(-2)).toEqual(['--select', 'result:error'])
  expect(words.join(' ')).toContain(`--state /kept ${deferred}`.trim())
  expect(words.filter((word) => /^--state/.test(word))).toEqual(['--state'])
  expect(words.filter((word) => word === '--defer-state')).toHaveLength(
    /defer-state/.test(line + deferred) ? 1 : 0,
  )
})

test('options that name a path', () => {
  const line = `build --target-path t --state=s --vars '--project-dir' -s x --profiles-dir p --favor-state -t prod`
  expect(pathOptions(splitWords(line))).toEqual(['--target-path t', '--state s', '--profiles-dir p'])
})

test.each([
  ['build --target --target --profiles-dir /evil', ['--profiles-dir /evil']],
  ['build -r/evil', ['-r /evil']],
  ['build -xr /evil', ['-xr /evil']],
  ['build -r /evil', ['-r /evil']],
  ['build --vars --state', []],
])('a path hides nowhere: %s', (line, found) => {
  expect(pathOptions(splitWords(line))).toEqual(found)
})
