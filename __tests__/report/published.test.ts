import { expect, test } from 'vitest'
import { nothingPublished, publishNotices } from '../../src/report/published.ts'

test('a token that expires while dbt runs: check runs are there, and some are not up to date', () => {
  const published = nothingPublished()
  Object.assign(published.unshown, { keys: ['a', 'b'], reason: 'Bad credentials', forbidden: true })
  expect(publishNotices(published)).toEqual([expect.stringContaining('No check runs: GitHub says "Bad cred')])
  published.unshown.none = false
  expect(publishNotices(published)).toEqual([
    expect.stringContaining('2 check runs could not be brought up to date'),
  ])
})
