/** Ten jobs of one repository, an hour long, that share the 1,000 points of its GITHUB_TOKEN. */
import { expect, test } from 'vitest'
import { budgetOf } from '../../src/github/budget.ts'
import type { Answer, Checks, Write } from '../../src/github/checks.ts'
import { startPublisher } from '../../src/github/publisher.ts'
import type { CheckRun } from '../../src/report/check-run.ts'

const HOUR = 3_600_000
const LIMIT = 1000

/** A clock that many wait on, and jumps to whoever wakes first. */
function clock() {
  let time = 0
  let sleepers: { at: number; wake(): void }[] = []
  return {
    now: () => time,
    sleep: (ms: number) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const sleeper = { at: time + ms, wake: resolve }
      sleepers.push(sleeper)
      return {
        done: promise,
        wake: () => {
          sleepers = sleepers.filter((other) => other !== sleeper)
          resolve()
        },
      }
    },
    /** Until nobody sleeps before `end`. */
    async run(end: number) {
      for (;;) {
        await new Promise(setImmediate)
        const next = sleepers.reduce<(typeof sleepers)[number] | undefined>(
          (first, sleeper) => (first && first.at <= sleeper.at ? first : sleeper),
          undefined,
        )
        if (!next || next.at > end) break
        sleepers = sleepers.filter((sleeper) => sleeper !== next)
        time = Math.max(time, next.at)
        next.wake()
      }
      time = Math.max(time, end)
    },
  }
}

/** @param others points that other workflows take in the first minute */
async function simulate(jobs: number, others: number) {
  const { now, sleep, run } = clock()
  let used = 0
  let resetAt = HOUR
  const requests = new Array<number>(jobs).fill(0)
  let refused = 0
  const open = new Set<string>()

  const api = (job: number, onHeaders: (headers: Record<string, string>) => void): Checks => {
    const spend = (): boolean => {
      if (now() >= resetAt) {
        used = 0
        resetAt += HOUR
      }
      const allowed = used < LIMIT
      if (allowed) used++
      onHeaders({
        'x-ratelimit-remaining': String(LIMIT - used),
        'x-ratelimit-used': String(used),
        'x-ratelimit-reset': String(resetAt / 1000),
        'x-ratelimit-resource': 'graphql',
      })
      requests[job] = (requests[job] ?? 0) + 1
      if (!allowed) refused++
      return allowed
    }
    const apply = (write: Write): Answer => {
      const id = `${job}/${write.check.key}`
      if (write.complete && write.check.conclusion) open.delete(id)
      else open.add(id)
      return { id, url: id }
    }
    return {
      writeAll: async (writes) =>
        spend()
          ? writes.map(apply)
          : writes.map(() => ({ failure: { kind: 'limited', message: '', until: resetAt, primary: true } })),
      writeOne: async (write) => apply(write),
      list: async () => [],
    }
  }

  const finished = Array.from({ length: jobs }, async (_, job) => {
    const wanted = new Map<string, CheckRun>()
    const budget = budgetOf({ startedAt: 0, nodes: () => 400, share: 0.5 })
    const publisher = startPublisher({
      checks: api(job, (headers) => budget.learn(headers, now())),
      budget,
      render: async (key) => wanted.get(key),
      links: new Map(),
      prefix: '',
      now,
      sleep,
    })
    const want = (key: string, conclusion?: 'success' | 'failure', weight = 1) => {
      const title = `${now()}`
      const check: CheckRun = {
        key,
        name: key,
        conclusion,
        startedAt: 0,
        completedAt: now(),
        title,
        summary: '',
        text: '',
        annotations: [],
      }
      wanted.set(key, check)
      publisher.touch(key, weight)
    }
    // A node starts and ends every nine seconds, a hundred with check runs of their own.
    for (let i = 0; i < 400; i++) {
      want('rollup', undefined, 3)
      if (i < 100) want(`n${i}`)
      await sleep(9000).done
      if (i < 100) want(`n${i}`, 'success', 2)
    }
    want('rollup', 'success', 3)
    const { keys } = await publisher.finish(now() + 30_000)
    return { unshown: keys.length, thinned: budget.thinned() }
  })
  await run(HOUR - 1)
  if (others > 0) used += others
  await run(2 * HOUR)
  return { ends: await Promise.all(finished), requests, refused, open: open.size }
}

test('ten jobs: nobody is starved, nobody is refused, everything is closed', async () => {
  const { ends, requests, refused, open } = await simulate(10, 0)
  expect(open).toBe(0)
  expect(ends.map((end) => end.unshown)).toEqual(new Array(10).fill(0))
  expect(refused).toBe(0)
  expect(Math.min(...requests)).toBeGreaterThan(30)
  expect(Math.max(...requests) / Math.min(...requests)).toBeLessThan(2)
})

test('one job alone is as lively as a person can follow', async () => {
  const { requests, ends } = await simulate(1, 0)
  expect(requests[0]).toBeGreaterThan(150)
  expect(ends[0]?.thinned).toBe(false)
})

test('others took all: REST closes what is open', async () => {
  const { ends, open } = await simulate(3, LIMIT)
  expect(open).toBe(0)
  expect(ends.map((end) => end.unshown)).toEqual([0, 0, 0])
})
