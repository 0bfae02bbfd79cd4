import type { Checks } from '../github/checks.ts'
import { type Context, externalPrefix } from '../github/context.ts'
import { mend } from '../github/mend.ts'
import type { Sleep } from '../sleep.ts'
import type { Reporter } from './reporter.ts'

export interface LeftoverOptions {
  checks: Checks
  context: Context
  checkName: string
  now(): number
  sleep: Sleep
}

/** It goes on beside dbt, in milliseconds, and must not outlast a short one by more than the latter. */
const PATIENCE = 10_000
const PATIENCE_AFTER = 1_000

/** Closes check runs that earlier attempts left open: where the runner itself was lost, no post step ran. */
export function leftovers(options: LeftoverOptions): Reporter {
  let closing: Promise<void> | undefined
  return {
    name: 'end of earlier check runs',
    update: (_, { begun }) => {
      if (begun) closing ??= closeEarlier(options)
    },
    finish: async () => {
      const late = options.sleep(PATIENCE_AFTER)
      await Promise.race([closing, late.done])
      late.wake()
    },
  }
}

async function closeEarlier({ checks, context, checkName, now, sleep }: LeftoverOptions): Promise<void> {
  const deadline = now() + PATIENCE
  for (let attempt = 1; attempt < Number(context.runAttempt) && now() < deadline; attempt++) {
    const prefix = externalPrefix({ ...context, runAttempt: String(attempt) }, checkName)
    await mend({ checks, prefix, endedOf: () => undefined, now, sleep, deadline })
  }
}
