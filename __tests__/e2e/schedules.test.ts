/**
 * Random schedules of faults, kills and chunks against the real bundles: whatever happens, the promises hold.
 *
 * Each schedule follows from a seed. `script/test --faults` plays 500; a failure prints its seed, and
 * `FAULTS_SEED=<seed> FAULTS_ONLY=<number> vitest run schedules` plays it again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Fault } from '../stand-in/faults.ts'
import { isAlive, readRecord, runPost } from './action.ts'
import { patience } from './patience.ts'
import { stageFor } from './stage.ts'
import { CONCLUSION, countsOf, truthOf } from './truth.ts'
import { scenarioOf } from './workspace.ts'

const COUNT = Number(process.env.FAULTS ?? 16)
const SEED = Number(process.env.FAULTS_SEED ?? 20_261_122)
const ONLY = process.env.FAULTS_ONLY

/** Two processes a schedule, most of the time asleep. */
const AT_ONCE = 6

const effect = fc.constantFrom('before' as const, 'after' as const, 1, 3)
const fault: fc.Arbitrary<Fault | undefined> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  fc.record({ status: fc.constantFrom(500 as const, 502 as const, 503 as const, 504 as const), effect }),
  fc.record({ reset: fc.constant(true as const), effect }),
  fc.constant<Fault>({ outage: true }),
  fc.record({ nullCheckRun: fc.uniqueArray(fc.nat(5), { maxLength: 3 }) }),
  fc.record({ aliasErrors: fc.uniqueArray(fc.nat(5), { maxLength: 3 }) }),
  fc.record({
    secondary: fc.constant(true as const),
    retryAfter: fc.nat(3),
    status: fc.constantFrom(200 as const, 403 as const, 429 as const),
  }),
  fc.record({
    resourceLimits: fc.constant(true as const),
    effect: fc.constantFrom('before' as const, 'after' as const),
  }),
  fc.record({ delay: fc.nat(3000) }),
)

const schedule = fc.record({
  scenario: fc.constantFrom(
    'core-build-example-broken',
    'fusion-build-example-broken',
    'core-zoo',
    'fusion-zoo',
    'core-build-example',
    'core-microbatch',
    'fusion-fail-fast',
    'core-start-hook-fails',
  ),
  faults: fc.array(fault, { maxLength: 14 }),
  checks: fc.constantFrom('auto', 'all', 'failures', 'rollup'),
  tests: fc.constantFrom('auto', 'each'),
  maxChecks: fc.constantFrom('5', '30', '1000'),
  /** Milliseconds after each line; the recorded streams have some 200. */
  lineDelay: fc.constantFrom(0, 2, 8),
  chunk: fc.constantFrom('', '7', '1000', 'character'),
  /** What fails, fails again: the recorded stream is the same. */
  retries: fc.constantFrom('0', '0', '1'),
  artifacts: fc.boolean(),
  end: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    fc.record({
      signal: fc.constantFrom('SIGINT' as const, 'SIGTERM' as const, 'SIGKILL' as const),
      after: fc.nat(4000),
    }),
  ),
})

type Schedule = typeof schedule extends fc.Arbitrary<infer T> ? T : never

const schedules = fc.sample(schedule, { numRuns: COUNT, seed: SEED })

describe.concurrent('whatever happens', () => {
  const free = slots(AT_ONCE)
  for (const [number, one] of schedules.entries()) {
    if (ONLY !== undefined && number !== Number(ONLY)) continue
    test(`schedule ${number} of seed ${SEED}`, async ({ onTestFinished }) => {
      const release = await free()
      try {
        await play(one, onTestFinished)
      } catch (error) {
        throw new Error(`seed ${SEED}, schedule ${number}: ${JSON.stringify(one)}`, { cause: error })
      } finally {
        release()
      }
    })
  }
})

async function play(one: Schedule, onTestFinished: Parameters<typeof stageFor>[1]): Promise<void> {
  const { scenario: name, faults, checks, tests, maxChecks, lineDelay, chunk, retries, artifacts, end } = one
  let next = 0
  const stage = await stageFor(name, onTestFinished, { remaining: 50_000, fault: () => faults[next++] })
  const inputs = { checks, tests, 'max-checks': maxChecks, retries, 'retry-delay': '0' }
  const running = stage.start({
    inputs,
    artifacts,
    env: { FAKE_DBT_LINE_DELAY: String(lineDelay), ...(chunk ? { FAKE_DBT_CHUNK: chunk } : {}) },
  })
  let killed = false
  if (end) {
    const gone = await Promise.race([running.done.then(() => true), sleep(end.after, false)])
    killed = !gone
    if (killed) running.kill(end.signal)
  }
  const { exitCode, outputs, state, endedAt } = await running.done
  const records = readRecord(stage.record)

  // 1. The result is dbt's.
  const truth = truthOf(scenarioOf(name))
  // A signal that comes when dbt has ended cuts the view short and changes no result.
  const whole = outputs.status !== undefined && outputs.status !== 'cancelled'
  if (!killed || whole) {
    expect(outputs['exit-code']).toBe(String(truth.exitCode))
    expect(exitCode).toBe(truth.exitCode === 0 ? 0 : 1)
    const counts = countsOf(truth)
    for (const [key, count] of Object.entries(counts))
      expect([key, outputs[key]]).toEqual([key, String(count)])
    const dbtEnded = records.findLast((record) => record.exit !== undefined)?.at ?? 0
    expect(endedAt - dbtEnded).toBeLessThan(patience(40_000))
  } else if (end?.signal !== 'SIGKILL' && records.length > 0) {
    // Before dbt is started there is nothing to cancel, and node may not even be listening.
    expect([exitCode, outputs.status]).toEqual([1, 'cancelled'])
    const parts = ['success', 'warn', 'failed', 'skipped', 'cancelled']
    expect(parts.reduce((sum, key) => sum + Number(outputs[key]), 0)).toBe(Number(outputs.total))
  }

  // 2. Post comes in any case; GitHub is well again by then, and nothing is left open.
  next = Number.POSITIVE_INFINITY
  expect((await runPost(stage.step({ inputs, artifacts }), state)).exitCode).toBe(0)
  const runs = stage.github.checkRuns()
  expect(runs.filter((run) => run.status !== 'completed').map((run) => run.name)).toEqual([])
  const dbt = records.findLast(({ pid }) => pid !== undefined)?.pid
  if (dbt) expect(isAlive(dbt)).toBe(false)

  // 3. Every check run tells the truth, or that nobody saw the end; none was made twice.
  for (const [key, run] of stage.checks()) {
    if (key === 'rollup') continue
    const node = truth.nodes.get(key)
    const expected = node ? [CONCLUSION[node.outcome]] : []
    if (killed && !whole) expected.push('cancelled')
    expect(expected, key).toContain(run.conclusion)
  }
  expect(runs.filter((run) => run.externalId?.endsWith('/rollup')).length).toBeLessThanOrEqual(1)
  expect(stage.checks().size).toBeLessThanOrEqual(Number(maxChecks) + 1)
  expect(stage.github.violations).toEqual([])
}

/** At most so many at once: vitest starts all tests of a concurrent suite that it may. */
function slots(count: number): () => Promise<() => void> {
  const waiting: (() => void)[] = []
  let taken = 0
  return async () => {
    if (taken >= count) await new Promise<void>((resolve) => waiting.push(resolve))
    taken++
    return () => {
      taken--
      waiting.shift()?.()
    }
  }
}
