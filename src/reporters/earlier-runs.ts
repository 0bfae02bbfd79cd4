import type { Sleep } from '../sleep.ts'
import type { Reporter } from './reporter.ts'

/** It goes on beside dbt, and must not outlast a short one by more than this, in milliseconds. */
const PATIENCE_AFTER = 2_000

/** Looks up what runs before the base run left; it finishes before the reporters that show it. */
export function earlierRuns({ lookUp, sleep }: { lookUp(): Promise<void>; sleep: Sleep }): Reporter {
  let looking: Promise<void> | undefined
  return {
    name: 'history of the base branch',
    update: (_, { begun }) => {
      if (begun) looking ??= lookUp()
    },
    finish: async (_, stopped) => {
      const late = sleep(PATIENCE_AFTER)
      await Promise.race([looking, late.done, stopped])
      late.wake()
    },
  }
}
