import { expect, test } from 'vitest'
import { ROLLUP } from '../../src/report/check-run.ts'
import { nothingPublished, publishNotices } from '../../src/report/published.ts'

test('a token that expires while dbt runs: check runs are there, and some are not up to date', () => {
  const unshown = { keys: ['a', 'b'], reason: 'Bad credentials', forbidden: true, absent: false, late: false }
  const published = { ...nothingPublished(), unshown }
  expect(publishNotices(published)).toEqual([expect.stringContaining('No check runs: GitHub says "Bad cred')])
  published.links.set(ROLLUP, 'https://github.com/acme/shop/runs/1')
  expect(publishNotices(published)).toEqual([
    expect.stringContaining('2 check runs could not be brought up to date'),
  ])
})
