/** The footer of a terminal: a recorded run of real dbt, interrupted by a look at it, at three widths. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { eventReader } from '../../src/dbt/event.ts'
import { type Style, width } from '../../src/report/row.ts'
import { type FooterInput, footer } from '../../src/report/terminal.ts'
import { startInvocation } from '../../src/run/commands.ts'
import { reduce } from '../../src/run/reduce.ts'
import { begin, nodeOf } from '../../src/run/run.ts'
import { BUILD, begunRun, last } from '../run/begun.ts'

const TESTS = join(import.meta.dirname, '..')
const PLAIN: Style = { colour: false, hrefOf: undefined }
const COLOURED: Style = { colour: true, hrefOf: (path, line) => `file://host/repo/${path}#${line}` }

/** The run after the first `count` results of a recorded stream, and when that was. */
function partOf(scenario: string, count: number) {
  const stream = readFileSync(join(TESTS, 'scenarios', scenario, 'stream.jsonl'), 'utf8')
  const read = eventReader()
  const events = stream.split('\n').flatMap((line) => read(line) ?? [])
  const run = begin(events[0]?.at ?? 0, 'bikes')
  startInvocation(run, BUILD, run.startedAt)
  let ended = 0
  let now = run.startedAt
  for (const event of count === 0 ? [] : events) {
    reduce(run, event)
    now = event.at
    if (event.name === 'NodeFinished' && ++ended === count) break
  }
  return { run, now }
}

const BEFORE = new Map([
  ['model.bikes.stg_rentals', 25_000],
  ['model.bikes.bike_costs.v2', 2_500],
])
const PLACES = new Map([
  ['model.bikes.stg_repairs', { path: 'example/models/staging/stg_repairs.sql', line: 7 }],
])

function inputOf(part: Pick<FooterInput, 'run' | 'now'>, columns: number): FooterInput {
  return { ...part, columns, rows: 30, before: BEFORE, places: PLACES, style: PLAIN }
}

describe.for([80, 120, 200])('%i columns', (columns) => {
  test('golden', async () => {
    const looks = [0, 3, 12, 26, 30].map((count) => {
      const part = partOf('core-build-example-broken', count)
      // The recorded nodes took a few milliseconds.
      return footer(inputOf({ ...part, now: part.now + count * 1500 }, columns)).join('\n')
    })
    await expect(`${looks.join('\n\n')}\n`).toMatchFileSnapshot(
      join(TESTS, 'golden/terminal', `${columns}.txt`),
    )
  })

  test('no line is wider', () => {
    for (const count of [1, 9, 20, 29]) {
      for (const style of [PLAIN, COLOURED]) {
        const part = partOf('core-build-example-broken', count)
        for (const line of footer({ ...inputOf(part, columns), style })) {
          expect(width(stripVTControlCharacters(line))).toBeLessThan(columns)
        }
      }
    }
  })
})

/** A run in which so many models run and so many have failed. */
function busy(running: number, failed: number) {
  const run = begunRun()
  for (let i = 0; i < running + failed; i++) {
    const node = nodeOf(run, `model.shop.m${i}`)
    Object.assign(node, {
      startedAt: i,
      ...(i < failed ? { status: 'error', message: 'no such table' } : {}),
    })
  }
  return run
}

test.each([
  [1, 1],
  [3, 1],
  [4, 2],
  [10, 8],
  [100, 15],
])('%i rows hold %i lines', (rows, lines) => {
  const run = busy(40, 40)
  const shown = footer({ ...inputOf({ run, now: 90_000 }, 80), rows })
  expect(shown.length).toBeLessThanOrEqual(lines)
  expect(shown.at(-1)).toContain('40 failed · 40 of 80+ · 40 running')
})

test('what there is no room for is counted', () => {
  const shown = footer(inputOf({ run: busy(10, 10), now: 90_000 }, 80))
  expect(shown[0]).toBe('✗ 5 more failed')
  expect(shown.slice(1, 6).every((line) => /^✗ model .*m\d {2}no such table$/.test(line))).toBe(true)
  expect(shown.at(-2)).toBe('  and 3 more')
})

test('a stop is confirmed', () => {
  const run = busy(1, 0)
  run.stoppedAt = 5
  expect(footer(inputOf({ run, now: 10 }, 80)).at(-1)).toMatch(
    /^stopping \(Ctrl-C again to force it\) · 0 of 1\+/,
  )
})

test('a rerun counts its own nodes', () => {
  const run = busy(1, 2)
  last(run).nodeCount = 3
  for (const node of run.nodes.values()) if (node.status === 'error') node.origin = 'the last run'
  const shown = footer(inputOf({ run, now: 10 }, 80))
  expect(shown.at(-1)).toContain('0 of 3 · 1 running')
  expect(shown.join()).not.toContain('failed')
})

test('colours and hyperlinks', () => {
  const run = busy(0, 1)
  const places = new Map([['model.shop.m0', { path: 'models/m0.sql', line: 3 }]])
  const [line] = footer({ ...inputOf({ run, now: 10 }, 80), places, style: COLOURED })
  expect(line).toBe(
    '\u001b[31m✗ \u001b[0mmodel m0  ' +
      '\u001b]8;;file://host/repo/models/m0.sql#3\u001b\\\u001b[36mmodels/m0.sql:3\u001b[0m\u001b]8;;\u001b\\' +
      '\u001b[2m  no such table\u001b[0m',
  )
})

test('names and messages are text', () => {
  const run = busy(1, 1)
  for (const node of run.nodes.values()) {
    node.name = 'a\u001b[2Jb\nc\u202ed'
    node.message = '\u001b]8;;http://evil\u001b\\click\u001b]8;;\u001b\\\r\u0007'
  }
  const shown = footer(inputOf({ run, now: 10 }, 80)).join('\n')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not come through
  expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  expect(shown.split('\n')).toHaveLength(3)
})
