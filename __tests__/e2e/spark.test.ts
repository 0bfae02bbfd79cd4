/**
 * The example on Spark, in a local session of dbt's own process (script/install-dbt spark, Java): only the profile's
 * target differs. Minutes, so only with ALL=1 (`script/test --all`).
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startGitHub } from '../stand-in/github.ts'
import { runAction } from './action.ts'
import { ROOT, workspaceWith } from './workspace.ts'

const DBT = join(ROOT, '.cache/dbt/spark/bin/dbt')

/** Why it cannot be tested, in a sentence; empty where it can. */
function whyNot(): string {
  if (process.env.ALL !== '1') return 'it takes minutes (script/test --all)'
  if (!existsSync(DBT)) return 'dbt-spark is not installed (script/install-dbt spark)'
  return spawnSync('java', ['-version']).status === 0 ? '' : 'there is no Java'
}
const why = whyNot()
if (why) console.log(`Spark is not tested: ${why}`)

describe.skipIf(why !== '')('the example on Spark', () => {
  test.each([
    ['green', '{}', 0, { total: '29', success: '28', failed: '0' }],
    ['broken', '{broken: true}', 1, { total: '29', failed: '2', warn: '1' }],
  ] as const)('%s', async (_, vars, exitCode, outputs) => {
    const workspace = workspaceWith('example')
    const github = await startGitHub()
    const { JAVA_HOME = '' } = process.env
    const result = await runAction({
      ...{ workspace, github },
      env: {
        DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
        SPARK_LOCAL_IP: '127.0.0.1',
        ...(JAVA_HOME && { JAVA_HOME }),
      },
      inputs: {
        ...{ 'project-dir': workspace.projectDir, dbt: DBT, report: '' },
        command: `build --target spark --exclude-resource-type snapshot --vars '${vars}'`,
      },
    })
    await github.close()
    workspace.remove()
    expect(result.exitCode, result.log).toBe(exitCode)
    expect(result.outputs).toMatchObject(outputs)
    expect(result.summary).toContain('spark `1.')
    if (exitCode === 0) return
    const places = github
      .checkRuns()
      .flatMap(({ annotations }) => annotations.map(({ path, startLine }) => `${path}:${startLine}`))
    expect(places).toContain(`${workspace.projectDir}/models/staging/stg_repairs.sql:4`)
    expect(places).toContain(`${workspace.projectDir}/models/marts/marts.yml:9`)
  })
})
