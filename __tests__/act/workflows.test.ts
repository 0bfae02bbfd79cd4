import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GitHub, startGitHub } from '../stand-in/github.ts'
import { missing, runAct } from './act.ts'

const HEAD = 'b'.repeat(40)
const LIMIT = 240_000

const because = missing === '' ? '' : ` (skipped: no ${missing}; script/test installs it)`
describe.skipIf(missing !== '')(`workflows that use the Action${because}`, () => {
  let github: GitHub
  beforeEach(async () => {
    github = await startGitHub()
  })
  afterEach(() => github.close())

  it(
    'shows the example on the head of a pull request and hands outputs to later steps',
    async () => {
      const payload = { pull_request: { head: { sha: HEAD, ref: 'topic' }, base: { ref: 'main' } } }
      const run = await runAct('example.yml', { github, event: 'pull_request', payload })

      expect(run.exitCode, run.log).toBe(0)
      const runs = github.checkRuns()
      const rollUp = runs.find((check) => check.name === 'dbt-watcher')
      expect(rollUp).toMatchObject({ status: 'completed', conclusion: 'success', headSha: HEAD })
      expect(run.output).toContain('seen: success 0 30 29 0')
      expect(run.output).toContain('seen: a manifest')
      expect(run.output).toContain(`check: ${rollUp?.url}`)

      const names = runs.map((check) => check.name)
      expect(names).toContain('dbt-watcher / model stg_rentals')
      expect(names).toContain('dbt-watcher / seed raw_bikes')
      expect(names).toContain('dbt-watcher / snapshot bike_history')
      expect(runs.filter((check) => check.status !== 'completed')).toEqual([])
      expect(new Set(runs.map((check) => check.headSha))).toEqual(new Set([HEAD]))
      expect(run.summaries).toHaveLength(1)
      expect(run.summaries[0]).toContain('29 passed')
      expect(run.posts).toEqual(['success'])
      expect(github.violations).toEqual([])
    },
    LIMIT,
  )

  it(
    'keeps the legs of a matrix apart and tells a later step what failed',
    async () => {
      const run = await runAct('matrix.yml', { github, event: 'push' })

      expect(run.exitCode, run.log).toBe(0)
      expect(run.output).toContain('seen: well success success 0')
      expect(run.output).toContain('seen: broken failure failure 1')
      expect(run.output).toContain('failed in well: []')
      expect(run.output).toMatch(
        /failed in broken: \["model\.bikes\.stg_repairs","test\.bikes\.unique_rentals_rental_id\.\w+"\]/,
      )

      const runs = github.checkRuns()
      const conclusions = Object.fromEntries(runs.map((check) => [check.name, check.conclusion]))
      expect(conclusions).toMatchObject({
        'dbt-watcher (well)': 'success',
        'dbt-watcher (broken)': 'failure',
        'dbt-watcher (well) / model stg_repairs': 'success',
        'dbt-watcher (broken) / model stg_repairs': 'failure',
        'dbt-watcher (broken) / test unique_rentals_rental_id': 'failure',
        'dbt-watcher (broken) / model revenue_by_day': 'skipped',
      })
      expect(Object.keys(conclusions)).toHaveLength(runs.length)
      expect(runs.filter((check) => check.status !== 'completed')).toEqual([])
      expect(run.summaries).toHaveLength(2)
      // Two runners write at the same time, which one runner never does.
      expect(github.violations.filter((text) => !text.includes('mutations in flight'))).toEqual([])
    },
    LIMIT,
  )
})
