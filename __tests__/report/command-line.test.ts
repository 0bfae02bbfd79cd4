/** What the command line prints before and after a recorded run. */
import { expect, test } from 'vitest'
import { againLine, type Closing, closing } from '../../src/report/command-line.ts'
import type { Style } from '../../src/report/row.ts'
import { begin } from '../../src/run/run.ts'
import { ABOUT } from '../run/about.ts'
import { savedRun } from '../run/saved-run.ts'
import { recorded } from './recorded.ts'

const PLAIN: Style = { colour: false, hrefOf: undefined }
const COLOURED: Style = { colour: true, hrefOf: (path) => `file:///shop/${path}` }
const CLOSING: Closing = {
  text: '2 failed',
  verdict: 'failure',
  report: 'dbt-watcher.html',
  next: 'dbt-watcher rerun',
}

test('what failed can be run again', async () => {
  const { run } = await recorded('core-build-example-broken')
  expect(closing(run, CLOSING, PLAIN).split('\n')).toEqual([
    '2 failed',
    'Report: dbt-watcher.html',
    "To run what hasn't succeeded (10 of 30 nodes):",
    '  dbt-watcher rerun',
  ])
})

test('in colour, with a link to the report', async () => {
  const { run } = await recorded('core-build-example-broken')
  expect(closing(run, CLOSING, COLOURED)).toBe(
    '\u001b[31m2 failed\u001b[0m\n' +
      'Report: \u001b]8;;file:///shop/dbt-watcher.html\u001b\\dbt-watcher.html\u001b]8;;\u001b\\\n' +
      "To run what hasn't succeeded (10 of 30 nodes):\n  \u001b[1mdbt-watcher rerun\u001b[0m",
  )
})

test.each([
  ['core-build-example', 'success', 32],
  ['core-build-example-broken', 'success', 33],
  ['core-build-example-broken', 'failure', 31],
  ['core-sigint', 'cancelled', 33],
] as const)('%s, %s', async (scenario, verdict, sgr) => {
  const { run } = await recorded(scenario)
  expect(closing(run, { ...CLOSING, verdict }, COLOURED)).toMatch(`\u001b[${sgr}m2 failed\u001b[0m`)
})

test.each([
  ['core-build-example', 'nothing is left'],
  ['core-unparsable', 'nothing began'],
  ['core-empty-selection', 'nothing was selected'],
])('%s: no command to type, since %s', async (scenario) => {
  const { run } = await recorded(scenario)
  expect(closing(run, { ...CLOSING, report: '' }, PLAIN)).toBe('2 failed')
})

test('a stopped run starts again from its beginning', async () => {
  const { run } = await recorded('core-sigint')
  expect(closing(run, CLOSING, PLAIN)).toContain('To run everything again:\n  dbt-watcher rerun')
})

test('no command to type where none can continue the run', async () => {
  const { run } = await recorded('core-build-example-broken')
  expect(closing(run, { ...CLOSING, next: '' }, PLAIN)).not.toContain('To run')
})

test('texts are inert', () => {
  const text = 'dbt failed: \u001b[2J\u0007\n::error::x'
  const shown = closing(begin(0), { ...CLOSING, text, report: '' }, PLAIN)
  expect(shown).toBe('dbt failed: \n::\u200berror::x'.replace('::\u200b', ':\u200b:'))
})

test('how much a rerun runs', async () => {
  const { run } = await recorded('core-build-example-broken')
  const saved = savedRun(run, { ...ABOUT, commands: [['build']] })
  expect(againLine(saved, ['a', 'b'], 'dbt build')).toBe('2 of 30 nodes again: dbt build')
  expect(againLine(saved, undefined, 'dbt build')).toBe('Everything again: dbt build')
})
