import { getDefaultHighWaterMark, Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readPaced, withLazyPipes } from '../../src/dbt/paced.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

/** A pipe and what was read of it: each reading with the time since the start, in milliseconds. */
function pipeOf() {
  const pipe = new Readable({ read() {}, highWaterMark: 1 })
  const readings: { at: number; text: string }[] = []
  const began = performance.now()
  const reading = readPaced(pipe, (chunk) =>
    readings.push({ at: performance.now() - began, text: String(chunk) }),
  )
  const ended = new Promise((resolve) => pipe.once('end', resolve))
  const all = () => readings.map(({ text }) => text).join('')
  return { pipe, readings, reading, ended, all }
}

/** Writes each text so many milliseconds after the one before. */
async function write(pipe: Readable, texts: string[], every: number): Promise<void> {
  for (const text of texts) {
    pipe.push(text)
    await vi.advanceTimersByTimeAsync(every)
  }
}

const LINES = Array.from({ length: 400 }, (_, index) => `line ${index}\n`)

describe('readPaced', () => {
  it('reads what comes very often a bit at a time, and nothing lies longer than 150 ms', async () => {
    const { pipe, readings, all } = pipeOf()
    await write(pipe, LINES, 5)
    await vi.advanceTimersByTimeAsync(150)
    expect(all()).toBe(LINES.join(''))
    // 2 s in readings of 150 ms, after a few shorter ones.
    expect(new Set(readings.map(({ at }) => at)).size).toBeLessThan(25)
  })

  it('reads a line after a silence within 150 ms', async () => {
    const { pipe, readings } = pipeOf()
    await write(pipe, LINES.slice(0, 20), 5)
    await vi.advanceTimersByTimeAsync(10_000)
    readings.length = 0
    pipe.push('after a silence\n')
    await vi.advanceTimersByTimeAsync(150)
    expect(readings.map(({ text }) => text)).toEqual(['after a silence\n'])
  })

  it('hardly waits where much comes, so that the pipe does not fill', async () => {
    const { pipe, readings } = pipeOf()
    const kilobytes = Array.from({ length: 400 }, () => `${'x'.repeat(1023)}\n`)
    // 1 MB a second: the pipe is full after 64 ms.
    await write(pipe, kilobytes, 1)
    const times = [...new Set(readings.map(({ at }) => at))]
    const longest = Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)))
    expect(longest).toBeLessThanOrEqual(16)
  })

  it('has no pause once it is to hurry, and then ends with the pipe', async () => {
    const { pipe, reading, ended, all } = pipeOf()
    await write(pipe, LINES.slice(0, 100), 5)
    pipe.push('the last line')
    pipe.push(null)
    reading.hurry()
    await ended
    expect(all()).toBe(`${LINES.slice(0, 100).join('')}the last line`)
  })

  it('ends without being told, too', async () => {
    const { pipe, ended, all } = pipeOf()
    await write(pipe, LINES, 5)
    pipe.push(null)
    await vi.advanceTimersByTimeAsync(150)
    await ended
    expect(all()).toBe(LINES.join(''))
  })
})

describe('withLazyPipes', () => {
  it('leaves the default of all other streams as it was', () => {
    const usual = getDefaultHighWaterMark(false)
    expect(withLazyPipes(() => getDefaultHighWaterMark(false))).toBe(1)
    expect(getDefaultHighWaterMark(false)).toBe(usual)
    expect(() =>
      withLazyPipes(() => {
        throw new Error('spawn')
      }),
    ).toThrow('spawn')
    expect(getDefaultHighWaterMark(false)).toBe(usual)
  })
})
