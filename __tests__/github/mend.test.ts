/** What post and the attempts after it close and make. */
import { expect, test } from 'vitest'
import type { Checks, Existing, Write } from '../../src/github/checks.ts'
import { type MendOptions, mend } from '../../src/github/mend.ts'
import { ROLLUP } from '../../src/report/check-run.ts'
import { sleep } from '../../src/sleep.ts'
import { virtualClock } from '../virtual-clock.ts'

const PREFIX = '1/1/dbt/'

/** A commit that has these check runs, of `[key, whether it is completed]`. */
function commitWith(runs: [string, boolean][]) {
  const written: string[] = []
  const write = ({ check, id }: Write) => {
    written.push(`${id === undefined ? 'make' : 'close'} ${check.key}`)
    return { id: id ?? check.key, url: '' }
  }
  const existing = runs.map(
    ([key, completed]): Existing => ({
      id: key,
      url: '',
      name: key,
      externalId: `${PREFIX}${key}`,
      completed,
      annotations: 0,
    }),
  )
  const checks: Checks = {
    writeAll: async (writes) => writes.map(write),
    writeOne: async (one) => write(one),
    list: async () => existing,
  }
  return { checks, written }
}

const rest: Pick<MendOptions, 'prefix' | 'endedOf' | 'now' | 'sleep'> = {
  prefix: PREFIX,
  endedOf: () => ({ conclusion: 'failure', title: 'failed' }),
  now: Date.now,
  sleep,
}

const wanted = new Map(['model.a', 'model.b', 'model.c', ROLLUP].map((key) => [key, key]))

test('makes what is missing, and closes what is open', async () => {
  const { checks, written } = commitWith([['model.b', false]])
  await mend({ ...rest, checks, wanted, most: 300, deadline: Date.now() + 60_000 })
  expect(written.sort()).toEqual(['close model.b', 'make model.a', 'make model.c', `make ${ROLLUP}`].sort())
})

test('those that are there take the room of those that are missing', async () => {
  const { checks, written } = commitWith([
    ['model.x', true],
    ['model.b', true],
  ])
  await mend({ ...rest, checks, wanted, most: 3, deadline: Date.now() + 60_000 })
  expect(written.sort()).toEqual(['make model.a', `make ${ROLLUP}`].sort())
})

test('who is limited does not ask again before the time that GitHub names', async () => {
  const clock = virtualClock(0)
  const { checks } = commitWith([])
  const asked: number[] = []
  const list: Checks['list'] = async () => {
    asked.push(clock.now())
    return { failure: { kind: 'limited', message: 'slow down', until: clock.now() + 60_000, primary: false } }
  }
  const { now, sleep } = clock
  const options = { ...rest, now, sleep, checks: { ...checks, list }, wanted, most: 3, deadline: 150_000 }
  const { unshown } = await clock.runUntil(mend(options))
  expect(asked).toEqual([0, 60_000, 120_000])
  expect(unshown.reason).toBe('slow down')
})

test('closes the one of two that is open, in whatever order they are listed', async () => {
  for (const order of [1, -1]) {
    const { checks } = commitWith([])
    const closed: (string | undefined)[] = []
    const made = { url: '', name: 'a', externalId: `${PREFIX}model.a`, annotations: 0 }
    const list = async () =>
      [
        { ...made, id: 'open', completed: false },
        { ...made, id: 'done', completed: true },
      ].sort(() => order)
    const writeAll: Checks['writeAll'] = async (writes) => {
      closed.push(...writes.map(({ id }) => id))
      return writes.map(({ id }) => ({ id: id ?? '', url: '' }))
    }
    await mend({ ...rest, checks: { ...checks, list, writeAll }, deadline: Date.now() + 60_000 })
    expect(closed).toEqual(['open'])
  }
})
