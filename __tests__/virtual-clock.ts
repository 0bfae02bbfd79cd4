import type { Sleep } from '../src/sleep.ts'

/**
 * A clock that only moves when everybody sleeps: from one sleeper to the next. So what
 * happens depends on no machine's speed.
 */
export interface VirtualClock {
  now(): number
  sleep: Sleep
  /** Counts as being awake until it settles, such as reading a file. */
  busy<T>(work: Promise<T>): Promise<T>
  /** Moves on from one sleeper to the next until the work settles. */
  runUntil<T>(work: Promise<T>): Promise<T>
}

/** @param start milliseconds since the epoch */
export function virtualClock(start: number): VirtualClock {
  let time = start
  let sleepers: { at: number; wake(): void }[] = []
  let awake = 0

  /** Everybody who can go on has. */
  async function settled(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet = awake > 0 ? 0 : quiet + 1) await new Promise(setImmediate)
  }

  function wakeNext(): void {
    const [next] = sleepers.toSorted((a, b) => a.at - b.at)
    time = Math.max(time, next?.at ?? time)
    next?.wake()
  }

  return {
    now: () => time,
    sleep: (ms) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const sleeper = {
        at: time + ms,
        wake: () => {
          sleepers = sleepers.filter((other) => other !== sleeper)
          resolve()
        },
      }
      sleepers.push(sleeper)
      return { done: promise, wake: sleeper.wake }
    },
    busy: async (work) => {
      awake++
      try {
        return await work
      } finally {
        awake--
      }
    },
    runUntil: async (work) => {
      let over = false
      const end = () => {
        over = true
      }
      work.then(end, end)
      for (await settled(); !over; await settled()) wakeNext()
      return await work
    },
  }
}
