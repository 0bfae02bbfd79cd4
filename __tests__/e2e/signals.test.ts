/** Signals as a runner sends them, and what post does after main was killed. */
import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, test, vi } from 'vitest'
import { every, mutations } from '../stand-in/faults.ts'
import { isAlive, readRecord, runPost } from './action.ts'
import { cancel } from './cancel.ts'
import { patience } from './patience.ts'
import { conclusionsOf, stageFor } from './stage.ts'
import { countsOf, truthOf } from './truth.ts'
import { scenarioOf } from './workspace.ts'

// Nearly all of the time is waiting.
vi.setConfig({ maxConcurrency: 8 })

/** Budget enough for checks that are shown while dbt runs. */
const RICH = { remaining: 50_000 }
const EVERY_NODE = { checks: 'all', tests: 'each' }

/** Holds main for ever where it loads more once dbt is started. */
const HOLD = `
  const { spawn } = require('node:child_process').ChildProcess.prototype
  let started = false
  require('node:child_process').ChildProcess.prototype.spawn = function (...options) {
    started = true
    return spawn.apply(this, options)
  }
  require('node:module').registerHooks({
    load: (url, context, next) => {
      if (started) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      return next(url, context)
    },
  })`

function pidOf(record: string): number {
  return readRecord(record).findLast(({ pid }) => pid !== undefined)?.pid ?? 0
}

describe.concurrent('SIGINT', () => {
  for (const engine of ['core', 'fusion']) {
    test(`${engine} is stopped, what it says then still counts`, async ({ expect, onTestFinished }) => {
      const scenario = scenarioOf(`${engine}-sigint`)
      const stage = await stageFor(scenario.name, onTestFinished, RICH)
      // It waits where the recorded one was interrupted, and then says what that one said.
      const env = { FAKE_DBT_PAUSE_AT: 'Finished running node model.slow.below_quick' }
      const running = stage.start({ inputs: EVERY_NODE, env })
      await running.said('model main.below_quick')
      await sleep(3000)
      const took = await cancel(running)
      const { exitCode, outputs, commands, state } = await running.done
      expect(took).toBeLessThan(patience(7_000))
      expect([exitCode, outputs.status]).toEqual([1, 'cancelled'])
      expect(outputs['exit-code']).toBe(`${scenario.exitCode}`)
      expect(readRecord(stage.record).flatMap(({ signal }) => signal ?? [])).toEqual(['SIGINT'])
      expect(isAlive(pidOf(stage.record))).toBe(false)

      const truth = truthOf(scenario, true)
      const { total, success, failed, cancelled } = countsOf(truth)
      expect(outputs).toMatchObject({
        total: `${total}`,
        success: `${success}`,
        failed: `${failed}`,
        cancelled: `${cancelled}`,
      })
      const conclusions = conclusionsOf(stage.checks())
      expect(conclusions).toMatchObject({
        rollup: 'cancelled',
        'model.slow.quick': 'success',
        'model.slow.below_quick': 'success',
        'model.slow.snail': 'cancelled',
      })
      expect(stage.github.checkRuns().filter((run) => run.status !== 'completed')).toEqual([])
      expect(stage.github.violations).toEqual([])
      expect(commands.filter(({ name }) => name === 'error')).toHaveLength(1)
      // All is closed, so post has nothing to do.
      const before = stage.github.requests.length
      expect((await runPost(stage.step(), state)).exitCode).toBe(0)
      expect(stage.github.requests).toHaveLength(before)
    })
  }

  test('an earlier failure stays a failure, the step is cancelled', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example-broken', onTestFinished, RICH)
    const running = stage.start({ inputs: EVERY_NODE, env: { FAKE_DBT_LINE_DELAY: '25' } })
    await running.said('ERROR creating sql view model main.stg_repairs')
    const took = await cancel(running)
    const { outputs, exitCode } = await running.done
    expect(took).toBeLessThan(patience(7_000))
    expect([outputs.status, exitCode]).toEqual(['cancelled', 1])
    const { rollup, 'model.bikes.stg_repairs': repairs } = conclusionsOf(stage.checks())
    expect([rollup, repairs]).toEqual(['cancelled', 'failure'])
    expect(Object.values(conclusionsOf(stage.checks()))).not.toContain(null)
  })

  test('before dbt has said anything', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished, RICH)
    const running = stage.start({
      env: { FAKE_DBT_PAUSE_AT: 'MainReportVersion', FAKE_DBT_LINE_DELAY: '1000' },
    })
    await running.said('Running with dbt')
    const took = await cancel(running)
    const { outputs } = await running.done
    expect(took).toBeLessThan(patience(7_000))
    expect([outputs.status, outputs.total]).toEqual(['cancelled', '0'])
    expect(conclusionsOf(stage.checks())).toEqual({ rollup: 'cancelled' })
  })

  test('at once, while the programs start', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished, RICH)
    const running = stage.start({ env: { FAKE_DBT_LINE_DELAY: '200' } })
    await running.said('::group::')
    const took = await cancel(running)
    const { outputs } = await running.done
    expect(took).toBeLessThan(patience(10_000))
    expect(outputs.status).toBe('cancelled')
    expect(conclusionsOf(stage.checks()).rollup).toBe('cancelled')
    const pid = pidOf(stage.record)
    expect(pid === 0 || !isAlive(pid)).toBe(true)
  })

  test('a Fusion that has just refused the word of Core is not started again', async ({
    expect,
    onTestFinished,
  }) => {
    const stage = await stageFor('fusion-build-example', onTestFinished, RICH)
    const script = join(stage.workspace.folder, 'dbt.sh')
    writeFileSync(script, '#!/bin/sh\ndbt "$@"\ncode=$?\nsleep 3\nexit $code\n', { mode: 0o755 })
    const running = stage.start({ inputs: { dbt: './dbt.sh' } })
    while (!readRecord(stage.record).some(({ exit }) => exit === 2)) await sleep(50)
    await cancel(running)
    const { outputs } = await running.done
    expect(outputs.status).toBe('cancelled')
    expect(readRecord(stage.record).filter(({ argv }) => argv)).toHaveLength(1)
  })

  test('a stubborn dbt is killed before the runner kills us', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-sigint', onTestFinished, RICH)
    const env = { FAKE_DBT_STUBBORN: '1', FAKE_DBT_PAUSE_AT: 'Began running node model.slow.snail' }
    const running = stage.start({ inputs: EVERY_NODE, env })
    await running.said('START sql table model main.quick')
    await sleep(2500)
    const took = await cancel(running)
    const { exitCode, signal, outputs } = await running.done
    expect(took).toBeLessThan(patience(10_000))
    expect([exitCode, signal]).toEqual([1, null])
    expect(outputs).toMatchObject({ status: 'cancelled', 'exit-code': '137' })
    expect(
      readRecord(stage.record)
        .flatMap(({ signal: got }) => got ?? [])
        .slice(0, 2),
    ).toEqual(['SIGINT', 'SIGTERM'])
    expect(isAlive(pidOf(stage.record))).toBe(false)
    expect(conclusionsOf(stage.checks())).toEqual({
      'model.slow.quick': 'cancelled',
      'model.slow.snail': 'cancelled',
      rollup: 'cancelled',
    })
  })

  test('what a wrapper has started ends too', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-sigint', onTestFinished, RICH)
    const script = join(stage.workspace.folder, 'dbt.sh')
    // Not exec: a shell in between, which ignores SIGINT as `uv run` forwards it.
    writeFileSync(script, '#!/bin/sh\ntrap \'\' INT\ndbt "$@"\n', { mode: 0o755 })
    const env = { FAKE_DBT_LINE_DELAY: '300' }
    const running = stage.start({ inputs: { dbt: './dbt.sh' }, env })
    await running.said('Running with dbt')
    const took = await cancel(running)
    expect(took).toBeLessThan(patience(10_000))
    expect(isAlive(pidOf(stage.record))).toBe(false)
    expect(conclusionsOf(stage.checks()).rollup).toBe('cancelled')
  })

  test('with a GitHub that never answers: in time all the same', async ({ expect, onTestFinished }) => {
    const fault = every({ delay: 300_000, effect: 'before' })
    const stage = await stageFor('core-sigint', onTestFinished, { ...RICH, fault })
    const running = stage.start({ env: { FAKE_DBT_LINE_DELAY: '50' } })
    await running.said('START sql table model main.quick')
    const took = await cancel(running)
    const { exitCode, signal, outputs } = await running.done
    expect([signal, exitCode, outputs.status]).toEqual([null, 1, 'cancelled'])
    expect(took).toBeLessThan(patience(10_000))
  })
})

describe.concurrent('SIGTERM alone', () => {
  test('is a cancel too', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-sigint', onTestFinished, RICH)
    const running = stage.start({ env: { FAKE_DBT_LINE_DELAY: '50' } })
    await running.said('START sql table model main.quick')
    running.kill('SIGTERM')
    const { outputs, exitCode } = await running.done
    expect([outputs.status, exitCode]).toEqual(['cancelled', 1])
    expect(isAlive(pidOf(stage.record))).toBe(false)
    expect(Object.values(conclusionsOf(stage.checks()))).not.toContain(null)
  })
})

describe.concurrent('SIGKILL of main', () => {
  const cases = [
    ['core', '0', 'PASS unique_stg_stations_station_id'],
    ['core', '1', 'PASS unique_stg_stations_station_id'],
    // Its process is the second one: the first refuses Core's word.
    ['fusion', '0', 'Succeeded [  0.07s] model main.stg_stations'],
  ] as const
  for (const [engine, stubborn, text] of cases) {
    test(`post stops ${engine} (stubborn: ${stubborn}) and closes all as it ended`, async ({
      expect,
      onTestFinished,
    }) => {
      const name = `${engine}-build-example-broken`
      const stage = await stageFor(name, onTestFinished, RICH)
      const env = { FAKE_DBT_LINE_DELAY: '80', FAKE_DBT_STUBBORN: stubborn }
      const running = stage.start({ inputs: EVERY_NODE, env })
      await running.said(text)
      // Killed while more than the roll-up is open, however slow the machine.
      const open = () => stage.github.checkRuns().filter((run) => run.status !== 'completed').length
      while (open() < 2 && isAlive(running.pid)) await sleep(20)
      running.kill('SIGKILL')
      const { signal, state } = await running.done
      expect(signal).toBe('SIGKILL')
      const pid = pidOf(stage.record)
      expect(isAlive(pid)).toBe(true)
      expect(open()).toBeGreaterThan(1)

      const post = await runPost(stage.step({ inputs: EVERY_NODE }), state)
      expect(post.exitCode).toBe(0)
      expect(post.durationMs).toBeLessThan(patience(30_000))
      expect(isAlive(pid)).toBe(false)
      const truth = truthOf(scenarioOf(name))
      for (const [key, { conclusion }] of stage.checks()) {
        const { outcome } = truth.nodes.get(key) ?? { outcome: 'cancelled' }
        const its = {
          success: 'success',
          warn: 'neutral',
          failed: 'failure',
          skipped: 'skipped',
          cancelled: 'cancelled',
        }
        expect([its[outcome as keyof typeof its], 'cancelled'], key).toContain(conclusion)
      }
      // What had ended is shown as it ended, though nobody had told GitHub.
      const { rollup, ...nodes } = conclusionsOf(stage.checks())
      expect(rollup).toBe('cancelled')
      expect(Object.values(nodes).filter((end) => end !== 'cancelled').length).toBeGreaterThan(3)
      expect(stage.github.violations).toEqual([])
    })
  }

  test('post stops dbt though nothing else was loaded yet', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example', onTestFinished, RICH)
    const script = join(stage.workspace.temp, 'hold.cjs')
    writeFileSync(script, HOLD)
    const env = { NODE_OPTIONS: `--require ${script}`, FAKE_DBT_PAUSE_AT: 'MainReportVersion' }
    const running = stage.start({ env })
    while (pidOf(stage.record) === 0 && isAlive(running.pid)) await sleep(20)
    const pid = pidOf(stage.record)
    running.kill('SIGKILL')
    const { state, log } = await running.done
    // Held: dbt has said this, and it is not read.
    expect(log).not.toContain('Running with dbt')
    expect(isAlive(pid)).toBe(true)
    await runPost(stage.step(), state)
    expect(isAlive(pid)).toBe(false)
  })

  test('post stops the dbt show that looks up rows', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-build-example-broken', onTestFinished, RICH)
    const turns = [
      { FAKE_DBT_NOTHING: '' },
      { FAKE_DBT_PAUSE_AT: 'Running with dbt', FAKE_DBT_STUBBORN: '1' },
    ]
    const event: [string, object] = ['push', { repository: { private: true } }]
    const inputs = { 'failing-rows': '2' }
    const running = stage.start({ inputs, event, env: { FAKE_DBT_TURNS: JSON.stringify(turns) } })
    const started = () => readRecord(stage.record).filter(({ argv }) => argv !== undefined)
    while (started().length < 2 && isAlive(running.pid)) await sleep(20)
    running.kill('SIGKILL')
    const { state } = await running.done
    expect(started()[1]?.argv).toContain('show')
    const pid = pidOf(stage.record)
    expect(isAlive(pid)).toBe(true)
    await runPost(stage.step({ inputs, event }), state)
    expect(isAlive(pid)).toBe(false)
  })

  test('post waits for an outage to end', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-sigint', onTestFinished, RICH)
    const running = stage.start({ inputs: EVERY_NODE, env: { FAKE_DBT_LINE_DELAY: '50' } })
    await running.said('OK created sql table model main.quick')
    running.kill('SIGKILL')
    const { state } = await running.done
    const until = Date.now() + 8_000
    stage.github.fault = () => (Date.now() < until ? { outage: true } : undefined)
    const post = await runPost(stage.step({ inputs: EVERY_NODE }), state)
    expect(post.exitCode).toBe(0)
    expect(Object.values(conclusionsOf(stage.checks()))).not.toContain(null)
    expect(stage.github.violations).toEqual([])
  })

  test('what main asked for last is neither made twice nor left open', async ({ expect, onTestFinished }) => {
    const fault = every({ delay: 4_000, effect: 'before' }, mutations)
    const stage = await stageFor('core-build-example-broken', onTestFinished, { fault, ...RICH })
    const running = stage.start({ inputs: EVERY_NODE, env: { FAKE_DBT_LINE_DELAY: '30' } })
    await running.said('Done. PASS=19')
    running.kill('SIGKILL')
    const { state } = await running.done
    const post = await runPost(stage.step({ inputs: EVERY_NODE }), state)
    expect(post.exitCode).toBe(0)
    expect(Object.values(conclusionsOf(stage.checks()))).not.toContain(null)
    expect(stage.github.checkRuns()).toHaveLength(stage.checks().size)
    expect(stage.github.violations).toEqual([])
  })

  test('post closes what is open though main could note nothing', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-sigint', onTestFinished, RICH)
    const running = stage.start({ inputs: EVERY_NODE, env: { FAKE_DBT_LINE_DELAY: '50' } })
    await running.said('OK created sql table model main.quick')
    const open = () => stage.github.checkRuns().filter((run) => run.status !== 'completed').length
    while (open() === 0 && isAlive(running.pid)) await sleep(20)
    running.kill('SIGKILL')
    const { state } = await running.done
    rmSync(state.journal ?? '')
    await runPost(stage.step({ inputs: EVERY_NODE }), state)
    expect(open()).toBe(0)
    expect(stage.github.violations).toEqual([])
  })

  test('post of a step that never began does nothing', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-sigint', onTestFinished)
    const post = await runPost(stage.step(), {})
    expect([post.exitCode, post.log, stage.github.requests]).toEqual([0, '', []])
  })

  test('post does not end a process that was given the pid of dbt', async ({ expect, onTestFinished }) => {
    const stage = await stageFor('core-sigint', onTestFinished)
    const journal = join(stage.workspace.temp, 'journal.jsonl')
    const other = spawn('sleep', ['30'], { detached: true })
    onTestFinished(() => {
      other.kill('SIGKILL')
    })
    writeFileSync(journal, `${JSON.stringify({ pid: other.pid, started: '1' })}\n`)
    await runPost(stage.step(), { journal })
    expect(isAlive(other.pid ?? 0)).toBe(true)
  })
})
