/** A reporter that fails or hangs: the run goes on, the others finish, and it is reported once. */
import { expect, test } from 'vitest'
import type { Output } from '../../src/dbt/reader.ts'
import type { Reporter } from '../../src/reporters/reporter.ts'
import { commandsInOrder } from '../../src/run/commands.ts'
import { NEVER_STARTED } from '../../src/run/conclude.ts'
import { begin } from '../../src/run/run.ts'
import { watch } from '../../src/watch.ts'
import { BUILD } from '../run/begun.ts'

/** Time that passes as soon as someone waits for it. */
const atOnce = (ms: number) => ({
  done: new Promise<void>((done) => setTimeout(done, ms > 1000 ? 20 : 0)),
  wake: () => {},
})

async function runWith(reporter: Reporter) {
  const calls: string[] = []
  const other: Reporter = {
    name: 'other',
    update: (_, { output, begun }) => {
      calls.push(output ? 'output' : begun ? 'begun' : 'over')
    },
    finish: async () => {
      calls.push('finish')
    },
  }
  const faults: string[] = []
  const run = begin(0)
  const outputs: Output[] = [{ text: 'one' }, { text: 'two' }]
  const watching = watch({
    run,
    next: commandsInOrder([BUILD], 0),
    start: async (_, onOutput) => {
      await Promise.resolve()
      outputs.forEach(onOutput)
      return { kill: () => {}, ended: Promise.resolve({ ...NEVER_STARTED, exit: { code: 0, signal: null } }) }
    },
    loadReporters: async () => () => [reporter, other],
    onFault: (sentence) => faults.push(sentence),
    now: () => 0,
    sleep: atOnce,
  })
  await watching.done
  return { run, calls, faults }
}

const ALL = ['begun', 'output', 'output', 'over', 'finish']

test('one that throws at every change is left out', async () => {
  let updates = 0
  const { run, calls, faults } = await runWith({
    name: 'page',
    update: () => {
      updates++
      throw new Error('no paper')
    },
    finish: async () => {
      throw new Error('never called')
    },
  })
  expect(run.exitCode).toBe(0)
  expect(calls).toEqual(ALL)
  expect(updates).toBe(1)
  expect(faults).toEqual(['The page could not be written: no paper'])
})

test.each([
  ['that rejects', () => Promise.reject(new Error('no ink')), 'The page could not be written: no ink'],
  [
    'that throws',
    () => {
      throw new Error('no pen')
    },
    'The page could not be written: no pen',
  ],
  ['that hangs', () => new Promise<void>(() => {}), 'The page could not be written in time.'],
])('a finish %s', async (_, finish, sentence) => {
  const { run, calls, faults } = await runWith({ name: 'page', finish })
  expect(run.exitCode).toBe(0)
  expect(calls).toEqual(ALL)
  expect(faults).toEqual([sentence])
})

test('what dbt says while reporters load comes to them in order; where none can be loaded the run goes on', async () => {
  const runLoading = async (loadReporters: () => Promise<() => Reporter[]>) => {
    const run = begin(0)
    const faults: string[] = []
    await watch({
      run,
      next: commandsInOrder([BUILD], 0),
      start: async (_, onOutput) => {
        onOutput({ text: 'said early' })
        return {
          kill: () => {},
          ended: Promise.resolve({ ...NEVER_STARTED, exit: { code: 0, signal: null } }),
        }
      },
      loadReporters,
      onFault: (sentence) => faults.push(sentence),
      now: () => 0,
      sleep: atOnce,
    }).done
    return { run, faults }
  }
  const seen: string[] = []
  const reporter: Reporter = {
    name: 'one',
    update: (_, { begun, output }) =>
      seen.push(begun ? 'begun' : output && 'text' in output ? output.text : 'over'),
  }
  await runLoading(async () => {
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
    return () => [reporter]
  })
  expect(seen).toEqual(['begun', 'said early', 'over'])

  const { run, faults } = await runLoading(async () => {
    throw new Error('a file is missing')
  })
  expect([run.exitCode, faults]).toEqual([0, ['Nothing of this run can be shown: a file is missing']])
})

test('a stop just before the pause of a retry leaves no time to pause', async () => {
  const commands = [{ ...BUILD, delay: 86_400_000 }]
  let started = 0
  const watching = watch({
    run: begin(0),
    next: () => commands.shift(),
    start: async () => {
      started++
      throw new Error('it must not start')
    },
    loadReporters: async () => () => [],
    onFault: () => {},
    now: () => 0,
    sleep: () => ({ done: new Promise(() => {}), wake: () => {} }),
  })
  watching.stop('SIGINT')
  await watching.done
  expect(started).toBe(0)
})
