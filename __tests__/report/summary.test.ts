import { describe, expect, test } from 'vitest'
import { baseRun } from '../../src/report/base-run.ts'
import { BODY_LIMIT, commentBody } from '../../src/report/comment.ts'
import { CHECK_LIMIT, SUMMARY_LIMIT, shortSummary, summary } from '../../src/report/summary.ts'
import { bytes } from '../../src/report/text.ts'
import { unseen } from '../../src/run/run.ts'
import { bareText } from '../e2e/markdown.ts'
import { ABOUT } from '../run/about.ts'
import { savedRun } from '../run/saved-run.ts'
import { endedRun, largeRun, manifestNode, summaryInput } from './large-run.ts'

const SIZES = [
  [900, 2],
  [900, 90],
  [10_000, 320],
  [10_000, 1_250],
] as const

describe.each(SIZES)('%i nodes, %i chains with a failure', (count, failures) => {
  const run = largeRun(count, failures)
  const input = summaryInput(run)
  const text = summary(input, SUMMARY_LIMIT)

  test('the summary is below 200 KB, and whole', () => {
    expect(bytes(text)).toBeLessThan(200_000)
    expect(text.match(/<details/g)?.length).toBe(text.match(/<\/details>/g)?.length)
    expect(bareText(text, 'acme/shop')).toEqual([])
    if (count === 900) expect(text).not.toContain('The rest is left out')
  })

  test('one table first, with at most 20 failures; every list is folded', () => {
    const [before = ''] = text.split('<details')
    expect(before.split('\n').filter((line) => line.startsWith('| ❌')).length).toBeLessThanOrEqual(20)
    expect(before.split('\n').length).toBeLessThan(40)
    const unfolded = text.replace(/<details>[\s\S]*?<\/details>/g, '')
    expect(unfolded.split('\n').filter((line) => line.startsWith('- ')).length).toBeLessThanOrEqual(10)
  })

  test('failures with one cause are one row', () => {
    const rows = text
      .split('\n')
      .filter((line) => line.startsWith('| ❌') && line.includes('Connection refused'))
    expect(rows).toHaveLength(1)
    if (failures > 9)
      expect(rows[0]).toContain(`and ${(Math.ceil(failures / 3) - 3).toLocaleString('en-US')} more`)
  })

  test('the text of the roll-up fits', () => {
    expect(bytes(summary(input, CHECK_LIMIT))).toBeLessThanOrEqual(CHECK_LIMIT)
  })

  test('the comment is the first block, below 3 KB', () => {
    const body = shortSummary(input, BODY_LIMIT)
    const whole = commentBody({ checkName: 'dbt-watcher', runId: '7700', body })
    expect(bytes(whole)).toBeLessThan(3_000)
    expect(whole).toContain('| ❌')
    expect(whole).not.toContain('<details')
    if (failures > 60)
      expect(whole).toMatch(/and [\d,]+ more failures; all of them are in the \[job summary\]/)
  })
})

test('a long name does not push the cause out of sight', () => {
  const run = endedRun([
    [manifestNode(`model.shop.${'long_name_'.repeat(9)}`), { status: 'error', message: 'boom' }],
  ])
  const row = shortSummary(summaryInput(run), BODY_LIMIT)
    .split('\n')
    .find((line) => line.startsWith('| ❌'))
  expect(row).toMatch(/^\| ❌&nbsp;\[?`(?:long_name_){4}long_name…`\S* \| boom \|/)
})

test('cause, place and command of a failure stand within the first screen', () => {
  const text = summary(summaryInput(largeRun(900, 2)), SUMMARY_LIMIT)
  const screen = text.split('\n').slice(0, 45).join('\n')
  expect(screen).toContain('Referenced column "column_1" not found')
  expect(screen).toContain('models/marts/a_model_with_a_long_name_1_0.sql#L12')
  expect(screen).toContain('dbt build -s a_model_with_a_long_name_')
})

test('the base run: what is new, fixed and flaky, and how long it took', () => {
  const run = largeRun(20, 2)
  const before = largeRun(20, 2)
  // It succeeds here, as do those that no failure blocks.
  const good = [...before.nodes.values()].filter(({ status }) => status === 'success')
  const [fixed, flaky] = good
  const failedToo = 'model.shop.a_model_with_a_long_name_0_0'
  for (const node of before.nodes.values()) {
    if (node.status === 'error' && node.uniqueId !== failedToo) node.status = 'success'
  }
  Object.assign(fixed ?? {}, { status: 'error' })
  flaky?.earlier.push({ ...unseen(1), status: 'error' })
  Object.assign(before, { startedAt: 0, finishedAt: 29_000 })
  const base = baseRun('main', 'https://github.com/acme/shop/actions/runs/1', savedRun(before, ABOUT))
  const { subject, ...input } = summaryInput(run)
  const text = summary({ ...input, subject: { ...subject, base } }, SUMMARY_LIMIT)
  expect(text.split('\n')[0]).toBe(
    '### ❌ `dbt-watcher`: 2 failed (1 new) · 14 blocked · 4 passed in 32 s (main: 29 s)',
  )
  expect(text).toContain('1 new failure since [`main`](https://github.com/acme/shop/actions/runs/1)')
  expect(text).toContain('Compared with main: 1 fixed · 1 flaky')
  expect(text).toContain(`${flaky?.name}`)
  expect(text).toContain('failed in 1 of 1 run of main and succeeded in a retry')
  expect(text.match(/\*\*new\*\*/g)).toHaveLength(1)
})

test('a run in which all is well is a line and folds', () => {
  const text = summary(summaryInput(endedRun([[manifestNode('model.shop.a'), {}]])), SUMMARY_LIMIT)
  expect(text).toMatch(
    /^### ✅ `dbt-watcher`: 1 passed in 32 s\n\n`dbt build --target ci` · dbt `1.11.16`\n\n>/,
  )
})
