import { expect, test } from 'vitest'
import { budgetOf } from '../../src/github/budget.ts'
import type { Answer, Checks, Existing, Write } from '../../src/github/checks.ts'
import type { Failure } from '../../src/github/failure.ts'
import { startPublisher } from '../../src/github/publisher.ts'
import type { CheckRun } from '../../src/report/check-run.ts'

/** GitHub in memory, on a clock that jumps to where someone waits for it. */
function world(
  fault: (request: number, api: string) => Failure | 'after' | undefined = () => undefined,
  nodes = 50,
) {
  let time = 0
  let requests = 0
  const runs: (Existing & { write: Write })[] = []
  const log: string[] = []
  const lost: Failure = { kind: 'lost', message: '502' }

  function apply(write: Write): Answer {
    const known = runs.find((run) => run.id === write.id)
    const run = known ?? {
      id: `id${runs.length}`,
      url: '',
      name: '',
      externalId: write.externalId,
      completed: false,
      annotations: 0,
      write,
    }
    if (!known) runs.push(run)
    run.url = `https://x/${run.id}`
    run.completed = write.complete && write.check.conclusion !== undefined
    run.annotations += write.annotations.length
    run.write = write
    return { id: run.id, url: run.url }
  }
  function request(api: string, writes: Write[]): Answer[] {
    requests++
    log.push(`${Math.round(time / 1000)}s ${api} ${writes.map((write) => write.check.key).join(' ')}`)
    const failure = fault(requests, api)
    if (failure === 'after') {
      writes.map(apply)
      return writes.map(() => ({ failure: lost }))
    }
    return failure ? writes.map(() => ({ failure })) : writes.map(apply)
  }
  const checks: Checks = {
    writeAll: async (writes) => request('graphql', writes),
    writeOne: async (write) => request('rest', [write])[0] as Answer,
    list: async () => {
      requests++
      log.push(`${Math.round(time / 1000)}s list`)
      const failure = fault(requests, 'list')
      return failure && failure !== 'after' ? { failure } : runs.map(({ write: _, ...run }) => run)
    },
  }
  const budget = budgetOf({ startedAt: 0, nodes: () => nodes, share: 0.5 })
  let sleeper: { at: number; wake(): void } | undefined
  const wanted = new Map<string, CheckRun>()
  const rendered: string[] = []
  const publisher = startPublisher({
    checks,
    budget,
    render: async (key) => {
      rendered.push(key)
      return wanted.get(key)
    },
    links: new Map(),
    prefix: '1/1/dbt/',
    now: () => time,
    sleep: (ms) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      sleeper = { at: time + ms, wake: resolve }
      return { done: promise, wake: resolve }
    },
  })
  /** Lets all run that can, then jumps to where the publisher wakes, or to `latest`. */
  async function jump(latest: number): Promise<void> {
    await new Promise(setImmediate)
    const at = Math.min(latest, sleeper?.at ?? latest)
    time = Math.max(time, at)
    if (sleeper && sleeper.at <= time) {
      sleeper.wake()
      sleeper = undefined
    }
    await new Promise(setImmediate)
  }
  return {
    publisher,
    runs,
    log,
    rendered,
    want(key: string, part: Partial<CheckRun> = {}, weight = part.conclusion ? 2 : 1) {
      const check = {
        key,
        name: key,
        conclusion: undefined,
        startedAt: 0,
        completedAt: 0,
        title: '',
        summary: '',
        text: '',
        annotations: [],
        ...part,
      }
      wanted.set(key, check)
      publisher.touch(key, weight)
    },
    until: async (seconds: number) => {
      while (time < seconds * 1000) await jump(seconds * 1000)
    },
    finish: async (seconds = 30) => {
      let done = false
      const finished = publisher.finish(time + seconds * 1000).finally(() => {
        done = true
      })
      while (!done) await jump(time + 1000)
      return await finished
    },
    /** Leaves just enough of the hour to close what is open. */
    spend: () => budget.learn({ 'x-ratelimit-remaining': 3, 'x-ratelimit-reset': time / 1000 + 3000 }, time),
    requests: () => requests,
    time: () => time / 1000,
  }
}

const annotation = { path: 'a.sql', line: 1, level: 'failure' as const, title: 't', message: 'm' }

test('a node that starts and ends between two requests is one write', async () => {
  const w = world()
  w.want('rollup', {}, 3)
  await w.until(1)
  w.want('a')
  w.want('a', { conclusion: 'success' })
  w.want('rollup', { conclusion: 'success' })
  expect(await w.finish()).toMatchObject({ keys: [] })
  expect(w.log.slice(0, 2).map((line) => line.split(' ').slice(1).join(' '))).toEqual([
    'graphql rollup',
    'graphql rollup a',
  ])
})

test('what was completed is not opened again, and learns its new end', async () => {
  const w = world()
  w.want('hook', { conclusion: 'failure' })
  await w.until(5)
  w.want('hook', { title: 'running, try 2 of 2' })
  await w.until(10)
  expect(w.runs[0]).toMatchObject({ completed: true, write: { check: { conclusion: 'failure' } } })
  w.want('hook', { conclusion: 'success' })
  expect(await w.finish()).toMatchObject({ keys: [] })
  expect(w.runs).toHaveLength(1)
  expect(w.runs[0]).toMatchObject({ completed: true, write: { check: { conclusion: 'success' } } })
})

test('what is open is closed before more is opened, and failures come first', async () => {
  const w = world()
  w.want('open')
  await w.until(3)
  for (let i = 0; i < 40; i++) w.want(`new${i}`)
  w.want('bad', { conclusion: 'failure' }, 3)
  w.want('open', { conclusion: 'success' })
  await w.finish()
  expect(w.log[1]).toMatch(/graphql open bad new/)
})

test('a write that took effect though its answer was lost is not made twice', async () => {
  const w = world((n) => (n === 1 || n === 4 ? 'after' : undefined))
  w.want('a', { conclusion: 'failure', annotations: [annotation] })
  w.want('rollup')
  await w.until(20)
  w.want('a', { conclusion: 'failure', title: 'new', annotations: [annotation] })
  w.want('rollup', { conclusion: 'failure', annotations: [annotation] })
  expect(await w.finish()).toMatchObject({ keys: [] })
  expect(w.runs.map((run) => [run.externalId, run.annotations])).toEqual(
    expect.arrayContaining([
      ['1/1/dbt/a', 1],
      ['1/1/dbt/rollup', 1],
    ]),
  )
  expect(w.runs).toHaveLength(2)
  expect(w.log.filter((line) => line.endsWith('list'))).toHaveLength(2)
})

test('more than 50 annotations come in pieces, and the check run is completed with the last', async () => {
  const w = world()
  const annotations = Array.from({ length: 120 }, (_, i) => ({ ...annotation, line: i + 1 }))
  w.want('rollup', { conclusion: 'failure', annotations })
  await w.finish()
  expect(w.runs[0]).toMatchObject({ annotations: 120, completed: true })
  expect(w.log).toHaveLength(3)
  // For all three, and once more at the end.
  expect(w.rendered).toEqual(['rollup', 'rollup'])
})

test.each(['while the first is under way', 'after the first'])(
  'what changes between two pieces of the annotations is in the second: %s',
  async (title) => {
    const annotations = Array.from({ length: 120 }, (_, i) => ({ ...annotation, line: i + 1 }))
    const change = () => w.want('rollup', { conclusion: 'failure', title, annotations })
    const titles: (string | undefined)[] = []
    const w = world((request) => {
      if (request > 1) titles.push(w.runs[0]?.write.check.title)
      else if (title !== 'after the first') change()
      return undefined
    })
    w.want('rollup', { conclusion: 'failure', title: 'first', annotations })
    await w.until(0.5)
    if (title === 'after the first') change()
    await w.finish()
    titles.push(w.runs[0]?.write.check.title)
    expect(titles).toEqual(['first', title, title])
    expect(w.runs[0]).toMatchObject({ annotations: 120, completed: true })
  },
)

test('a completed check run is written again for what is noticed, and for nothing else', async () => {
  const w = world()
  const ended = { conclusion: 'success' as const, noticed: '' }
  w.want('a', { ...ended, summary: 'before' })
  await w.until(5)
  w.want('a', { ...ended, summary: 'with a fact of the manifest' })
  await w.until(10)
  expect(w.requests()).toBe(1)
  w.want('a', { ...ended, summary: 'with a test', noticed: 'its test failed' })
  await w.finish()
  expect(w.requests()).toBe(2)
})

test('a skipped node waits for the check run that it links to', async () => {
  const w = world()
  w.want('skipped', { conclusion: 'skipped', after: 'cause' }, 3)
  w.want('cause', { conclusion: 'failure' }, 1)
  await w.finish()
  expect(w.log.map((line) => line.split(' ').slice(2))).toEqual([['cause'], ['skipped']])
})

test('a token that may not write is believed once both APIs said so', async () => {
  const w = world(() => ({ kind: 'forbidden', message: 'Resource not accessible by integration' }))
  w.want('rollup')
  await w.until(5)
  expect(await w.finish()).toMatchObject({
    forbidden: true,
    reason: 'Resource not accessible by integration',
  })
  expect(w.log.map((line) => line.split(' ')[1])).toEqual(['graphql', 'rest'])
})

test('a token for REST alone is enough', async () => {
  const w = world((_, api) => (api === 'graphql' ? { kind: 'forbidden', message: 'no GraphQL' } : undefined))
  w.want('rollup', { conclusion: 'success' })
  w.want('a', { conclusion: 'success' })
  await w.until(5)
  expect(await w.finish()).toMatchObject({ keys: [], forbidden: false })
  expect(w.log.filter((line) => line.includes('graphql'))).toHaveLength(1)
})

test('a token that expires: what is not shown is named, and the server has check runs', async () => {
  const denial: Failure = { kind: 'forbidden', message: 'Not Found', absent: true }
  const w = world((n) => (n > 1 ? denial : undefined))
  w.want('rollup')
  await w.until(5)
  w.want('a', { conclusion: 'success' })
  await w.until(20)
  w.want('b', { conclusion: 'failure' })
  const { keys, ...rest } = await w.finish()
  expect(keys.sort()).toEqual(['a', 'b'])
  expect(rest).toMatchObject({ forbidden: true, absent: false, reason: 'Not Found' })
})

test('a lost answer may have made check runs, though the token is denied from then on', async () => {
  const w = world((n) => (n === 1 ? 'after' : { kind: 'forbidden', message: 'Bad credentials' }))
  w.want('rollup')
  await w.until(20)
  expect(await w.finish()).toMatchObject({ forbidden: true, none: false, absent: false })
})

test('while REST is limited, nothing is asked of it, and GraphQL goes on', async () => {
  const until = 3_600_000
  const w = world((n, api) => {
    if (api === 'list') return { kind: 'limited', message: 'used up', until, primary: true }
    return n === 1 ? 'after' : undefined
  })
  w.want('a', { conclusion: 'success' })
  await w.until(60)
  w.want('b', { conclusion: 'skipped', after: 'a' })
  await w.until(120)
  expect(w.runs).toHaveLength(2)
  expect(await w.finish()).toMatchObject({ keys: ['a'], reason: 'used up' })
  expect(w.log.map((line) => line.split(' ')[1])).toEqual(['graphql', 'list', 'graphql'])
})

test('waits as long as GitHub says', async () => {
  const w = world((n) =>
    n === 1 ? { kind: 'limited', message: 'slow down', until: 90_000, primary: false } : undefined,
  )
  w.want('rollup')
  await w.until(100)
  await w.finish()
  expect(w.log.map((line) => line.split(' ')[0])).toEqual(['0s', '90s'])
})

test('goes by REST while the budget of GraphQL is used up', async () => {
  const until = 3_600_000
  const w = world((_, api) =>
    api === 'graphql' ? { kind: 'limited', message: '', until, primary: true } : undefined,
  )
  w.want('rollup', { conclusion: 'success' })
  w.want('a', { conclusion: 'success' })
  expect(await w.finish()).toMatchObject({ keys: [] })
  expect(w.log.filter((line) => line.includes('rest'))).toHaveLength(2)
})

test('what GraphQL refuses goes by REST, and is given up when that refuses it too', async () => {
  const w = world((_, api) => (api === 'list' ? undefined : { kind: 'refused', message: 'no such thing' }))
  w.want('a')
  expect(await w.finish()).toMatchObject({ keys: ['a'], reason: 'no such thing', absent: false, late: false })
  expect(w.log.map((line) => line.split(' ')[1])).toEqual(['graphql', 'rest', 'rest'])
})

test('an outage that lasts: gives up at the deadline and says what is missing', async () => {
  const w = world(() => ({ kind: 'lost', message: 'bad gateway' }))
  w.want('rollup')
  await w.until(60)
  const before = w.requests()
  expect(before).toBeLessThan(12)
  const start = w.time()
  expect(await w.finish(30)).toMatchObject({ keys: ['rollup'], reason: 'bad gateway' })
  expect(w.time() - start).toBeLessThanOrEqual(31)
})

test('more than the time is enough for: it says so, and does not blame GitHub, which answered all', async () => {
  const w = world((n) => (n === 2 ? { kind: 'lost', message: 'bad gateway' } : undefined), 40_000)
  for (let i = 0; i < 40_000; i++) w.want(`n${i}`, { conclusion: 'success' })
  await w.until(10)
  const { keys, reason, late } = await w.finish(30)
  expect(keys.length).toBeGreaterThan(10_000)
  expect([reason, late]).toEqual(['no time left', true])
})

test('time that failures cost after dbt has ended is no fault of max-checks', async () => {
  const w = world(
    (n) => (n > 2 && n % 2 === 0 ? { kind: 'unsent', message: 'bad gateway' } : undefined),
    40_000,
  )
  w.want('rollup')
  await w.until(5)
  for (let i = 0; i < 40_000; i++) w.want(`n${i}`, { conclusion: 'success' })
  expect(await w.finish(30)).toMatchObject({ reason: 'bad gateway', late: false })
})

test('nodes that end while dbt runs are sent as they come, where the share is enough for all', async () => {
  const limits = { 'x-ratelimit-remaining': '1000', 'x-ratelimit-reset': '3600', 'x-ratelimit-used': '0' }
  const gapsOf = (writes: number) => {
    const budget = budgetOf({ startedAt: 0, nodes: () => 5000, writes: () => writes, share: 0.5 })
    for (let i = 0; i < 100; i++) budget.learn(limits, 0)
    return [budget.gap(60_000, true, true), budget.gap(60_000, true, false)]
  }
  // 5,000 check runs are 250 requests of our 500; 20,000 would be 1,000.
  expect(gapsOf(5000)).toEqual([1000, 7080])
  expect(gapsOf(20_000)).toEqual([7080, 7080])
})

test('an outage that ends: everything is shown, nothing twice', async () => {
  const w = world((n) => (n > 2 && n < 9 ? { kind: 'lost', message: 'bad gateway' } : undefined))
  for (let i = 0; i < 60; i++) w.want(`n${i}`, { conclusion: 'success' })
  expect(await w.finish(300)).toMatchObject({ keys: [] })
  expect(new Set(w.runs.map((run) => run.externalId)).size).toBe(60)
  expect(w.runs).toHaveLength(60)
})

test.each([1, 10, 60])(
  'promise 7: 10,000 nodes in %i minutes: 60 requests and one a minute',
  async (minutes) => {
    const w = world(undefined, 10_000)
    const step = (minutes * 60) / 10_000
    for (let i = 0; i < 10_000; i++) {
      await w.until(i * step)
      w.want('rollup', { title: `${i} of 10000` }, 3)
      // A hundred have a check run of their own.
      if (i % 100 === 0) w.want(`n${i}`)
      if (i % 100 === 50) w.want(`n${i - 50}`, { conclusion: i % 500 === 50 ? 'failure' : 'success' }, 3)
    }
    expect(await w.finish()).toMatchObject({ keys: [] })
    expect(w.runs).toHaveLength(101)
    expect(w.requests()).toBeLessThanOrEqual(60 + minutes)
  },
)

test('asked to hurry, it sends what waits at once, and then goes on as before', async () => {
  const w = world()
  w.want('rollup', {}, 3)
  await w.until(1)
  w.want('a', { conclusion: 'success' })
  w.publisher.hurry()
  await w.until(1.2)
  w.want('b', { conclusion: 'success' })
  await w.until(1.4)
  expect(w.log).toEqual(['0s graphql rollup', '1s graphql a'])
  await w.finish()
})

test('asked to hurry while the budget is scarce, it opens nothing and goes on at its own pace', async () => {
  const w = world()
  w.want('rollup', {}, 3)
  await w.until(1)
  w.spend()
  w.want('rollup', { title: 'almost' }, 3)
  w.want('a', { conclusion: 'success' })
  w.publisher.hurry()
  await w.until(60)
  expect(w.log).toEqual(['0s graphql rollup', '1s graphql rollup'])
})

test('after the end nodes are sent at once, and the roll-up alone waits for what it links to', async () => {
  const w = world()
  w.want('rollup', {}, 3)
  await w.until(1)
  w.publisher.close(60_000)
  w.want('rollup', { conclusion: 'success' })
  await w.until(1.5)
  expect(w.log).toEqual(['0s graphql rollup'])
  w.want('a', { conclusion: 'success' })
  await w.until(1.6)
  expect(w.log[1]).toMatch(/^2s graphql rollup a$/)
  w.want('rollup', { conclusion: 'success', summary: 'with links' })
  expect(await w.finish()).toMatchObject({ keys: [] })
  expect(w.log.slice(2)).toHaveLength(1)
})

test('a roll-up whose links are late is sent without them', async () => {
  const w = world()
  w.want('rollup', {}, 3)
  await w.until(1)
  w.publisher.close(60_000)
  w.want('rollup', { conclusion: 'success' })
  await w.until(20)
  expect(w.runs[0]).toMatchObject({ completed: true })
  w.want('rollup', { conclusion: 'success', summary: 'with links' })
  expect(await w.finish()).toMatchObject({ keys: [] })
  expect(w.runs[0]?.write.check.summary).toBe('with links')
})
