/** The bundles bring the plugin for dbt Core along, and Python finds it. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import { DIST } from '../action.ts'
import { stageFor } from '../stage.ts'

/** A dbt that prints where Python finds the plugin. */
const FINDS = `#!/bin/sh
exec python3 -B -c 'import dbt_watcher_events; print("the plugin is", dbt_watcher_events.__file__)'
`

test('main and the command line pass it on', async ({ expect }) => {
  const stage = await stageFor('core-build-example')
  const dbt = join(stage.workspace.temp, 'dbt')
  writeFileSync(dbt, FINDS, { mode: 0o755 })
  const { log } = await stage.run({ inputs: { dbt } })
  expect(log).toContain(`the plugin is ${join(DIST, 'main/dbt_watcher_events.py')}`)

  const words = [join(DIST, 'cli/index.js'), '--dbt', dbt, 'build']
  const cwd = join(stage.workspace.folder, stage.workspace.projectDir)
  const { stdout } = spawnSync(process.execPath, words, { cwd, encoding: 'utf8' })
  expect(stdout).toContain(`the plugin is ${join(DIST, 'cli/dbt_watcher_events.py')}`)
})

test('DBT_WATCHER_PLUGIN=0 turns it off', async ({ expect }) => {
  const stage = await stageFor('core-build-example')
  const dbt = join(stage.workspace.temp, 'dbt')
  writeFileSync(dbt, FINDS, { mode: 0o755 })
  const { log } = await stage.run({ inputs: { dbt }, env: { DBT_WATCHER_PLUGIN: '0' } })
  expect(log).toContain('ModuleNotFoundError')
})
