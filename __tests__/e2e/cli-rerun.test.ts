/** The terminal's `dbt-watcher rerun`, with real dbt: from the state in target/, until nothing is left. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { ROOT, workspaceWith } from './workspace.ts'

const CLI = join(resolve(process.env.DIST ?? join(ROOT, 'dist')), 'cli/index.js')

for (const engine of ['core', 'fusion'] as const) {
  const dbt = join(ROOT, '.cache/dbt', engine, 'bin/dbt')
  const missing = !existsSync(dbt) && !process.env.CI

  describe.skipIf(missing)(`dbt ${engine}`, () => {
    test('rerun', async ({ onTestFinished }) => {
      const workspace = workspaceWith('flaky')
      onTestFinished(workspace.remove)
      const project = join(workspace.folder, workspace.projectDir)
      const home = join(workspace.temp, 'home')
      mkdirSync(home)
      const env = {
        PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
        HOME: home,
        LANG: 'C.UTF-8',
        DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
      }
      const run = async (...words: string[]) => {
        const child = spawn(process.execPath, [CLI, '--dbt', dbt, ...words], { cwd: project, env })
        const [out, err, [code]] = await Promise.all([
          text(child.stdout),
          text(child.stderr),
          once(child, 'close'),
        ])
        return { code, log: out + err }
      }
      const results = (): object[] =>
        JSON.parse(readFileSync(join(project, 'out/run_results.json'), 'utf8')).results

      const none = await run('rerun')
      expect(none).toMatchObject({ code: 2, log: expect.stringContaining('There is no run to continue') })

      const first = await run('build', '--vars', '{answer: 42}', '--target-path', 'out')
      expect(first.code, first.log).toBe(1)
      expect(first.log).toContain('2 failed · 9 blocked · 6 passed in ')

      // The command to type finds the state again.
      expect(first.log).toContain(
        `To run what hasn't succeeded (11 of 17 nodes):\n  dbt-watcher --dbt ${dbt} rerun --target-path out\n`,
      )
      // A pipe has neither colours nor a live view.
      expect(first.log).not.toContain('\u001b')

      // Neither a selection nor an option that dbt refuses costs what is known.
      const selection = await run('rerun', '--target-path', 'out', '--select', 'late')
      expect(selection).toMatchObject({ code: 2, log: expect.stringContaining('rerun takes no selection') })
      const refused = await run('rerun', '--target-path', 'out', '--no-such-option')
      expect(refused.code, refused.log).not.toBe(0)
      expect(refused.log).toContain("To run what hasn't succeeded (11 of 17 nodes):")

      const second = await run('rerun', '--target-path', 'out', '--threads', '1')
      expect(second.code, second.log).toBe(1)
      expect(second.log).toContain('1 failed · 1 blocked · 15 passed in ')
      expect(second.log).toMatch(/^11 of 17 nodes again: dbt build --vars /)
      const { about } = JSON.parse(readFileSync(join(project, 'out/dbt-watcher/state.json'), 'utf8'))
      expect(about.commands).toEqual([
        ['build', '--vars', '{answer: 42}', '--target-path', 'out', '--threads', '1'],
      ])

      const third = await run('rerun', '--target-path', 'out', '--threads', '2')
      const words = JSON.parse(readFileSync(join(project, 'out/dbt-watcher/state.json'), 'utf8')).about
        .commands
      expect(words).toEqual([['build', '--vars', '{answer: 42}', '--target-path', 'out', '--threads', '2']])
      expect(third.code, third.log).toBe(0)
      expect(third.log).toContain('\n17 passed in ')
      // The project may have been changed in between.
      expect(second.log + third.log).not.toMatch(/\d flaky|: flaky$/m)
      // Two models, and Core reports its hook.
      expect(results().length).toBeLessThanOrEqual(3)

      const fourth = await run('rerun', '--target-path', 'out')
      expect(fourth).toMatchObject({ code: 0, log: expect.stringContaining('nothing to run again') })

      rmSync(join(project, 'out/dbt-watcher'), { recursive: true })
      expect((await run('rerun', '--target-path', 'out')).code).toBe(2)
    })
  })
}
