/** The processor time of a process, from its own events; only Linux has it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { parseEvent } from '../../src/dbt/event.ts'
import { processorMeter } from '../../src/dbt/processor-time.ts'

/** Keeps a processor busy for 300 ms of its own time, and reports that. */
const WORK = `process.stdin.once('data', () => {
  const begun = process.cpuUsage().user
  while (process.cpuUsage().user < begun + 300_000) {}
  process.stdout.write('done')
  setInterval(() => {}, 1000)
})`

let child: ChildProcessWithoutNullStreams | undefined
afterEach(() => void child?.kill('SIGKILL'))

/** A process that leads its group. */
function startProcess(): ChildProcessWithoutNullStreams {
  child = spawn(process.execPath, ['-e', WORK], { detached: true })
  return child
}

function event(name: string, pid: unknown) {
  const found = parseEvent(JSON.stringify({ info: { name, msg: '', pid }, data: {} }))
  if (!found) throw new Error('no event')
  return found
}

describe.skipIf(process.platform !== 'linux')('processor time', () => {
  test('from the first node to the end of the last one', async () => {
    const { pid = 0, stdin, stdout } = startProcess()
    const meter = processorMeter(() => pid)
    meter.notice(event('NodeStart', pid))
    expect(meter.read()).toBeUndefined()
    stdin.write('go')
    await once(stdout, 'data')
    meter.notice(event('FinishedRunningStats', pid))
    // It is counted in hundredths of a second.
    expect(meter.read()).toBeGreaterThan(250)
  })

  test('not of another group, nor of what is no process', () => {
    const { pid = 0 } = startProcess()
    for (const [given, group] of [
      [pid, pid + 1],
      [pid, undefined],
      [-1, -1],
      ['../1', 1],
      [2 ** 40, 2 ** 40],
    ] as const) {
      const meter = processorMeter(() => group)
      meter.notice(event('NodeStart', given))
      meter.notice(event('CommandCompleted', given))
      expect(meter.read()).toBeUndefined()
    }
  })
})
