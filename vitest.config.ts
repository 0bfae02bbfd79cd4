import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['__tests__/**/*.test.ts'],
    // Many tests start real programs, and a shared machine may be slow: a limit is there to end what hangs.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } },
    // Most of the time of most tests is waiting for programs.
    maxWorkers: 2,
  },
})
