import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GitHub, startGitHub } from '../stand-in/github.ts'
import { missing, runPublished } from './act.ts'

const HEAD = 'b'.repeat(40)
const LIMIT = 240_000

const because = missing === '' ? '' : ` (skipped: no ${missing}; script/test installs it)`
describe.skipIf(missing !== '')(`examples/minimal.yml, which README.md shows${because}`, () => {
  let github: GitHub
  // The two permissions of the example, and the API refuses what needs another.
  beforeEach(async () => {
    github = await startGitHub({ grants: { actions: 'none' }, pulls: [{ number: 7, headSha: HEAD }] })
  })
  afterEach(() => github.close())

  it(
    'shows the checks of a pull request',
    async () => {
      const payload = { pull_request: { head: { sha: HEAD, ref: 'topic' }, base: { ref: 'main' } } }
      const run = await runPublished('examples/minimal.yml', { github, event: 'pull_request', payload })
      expect(run.exitCode, run.log).toBe(0)
      expect(run.output).toContain("checkout: own at '' into ., credentials false")
      const checks = github.checkRuns()
      expect(new Set(checks.map(({ headSha }) => headSha))).toEqual(new Set([HEAD]))
      expect(checks.map(({ name }) => name)).toContain('dbt-watcher / model stg_repairs')
      // dbt has nothing to do for the exposure.
      expect(new Set(checks.map(({ conclusion }) => conclusion))).toEqual(new Set(['success', 'skipped']))
      expect(github.violations).toEqual([])
    },
    LIMIT,
  )
})
