/** The report page, written by the bundle: as a file, an artifact that opens in the browser, and a link. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RUN_ID, runPost } from './action.ts'
import { stageFor } from './stage.ts'
import { ROOT } from './workspace.ts'

const BROKEN = 'core-build-example-broken'

test('it is an artifact of one file, and roll-up and summary link to it', async () => {
  const { run, github, workspace, checks } = await stageFor(BROKEN)
  const { outputs, summary } = await run({ artifacts: true, inputs: { report: 'out/report.html' } })
  const path = join(workspace.folder, 'out/report.html')
  expect(outputs.report).toBe(path)
  const html = readFileSync(path, 'utf8')
  expect(html).toContain('"id":"model.bikes.stg_repairs"')
  const artifact = github.artifacts().find(({ name }) => name === 'dbt-watcher-report-1.html')
  expect(artifact?.mimeType).toBe('text/html')
  expect(artifact?.content.toString()).toBe(html)
  const link = `](https://github.com/octo/jaffle/actions/runs/${RUN_ID}/artifacts/${artifact?.id})`
  expect(summary).toContain(link)
  expect(checks().get('rollup')?.output?.summary).toContain(link)
})

const DBT = join(ROOT, '.cache/dbt/core/bin/dbt')

test.skipIf(!existsSync(DBT) && !process.env.CI)(
  'real dbt Core: it has the rows of a failed test where they may be shown',
  async () => {
    const { run } = await stageFor(BROKEN)
    const command = "build --vars '{broken: true}' --select +rentals"
    const inputs = { dbt: DBT, command, 'failing-rows': '1' }
    const tables = async (isPrivate: boolean) => {
      const event: [string, object] = ['push', { repository: { private: isPrivate } }]
      const env = { DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' }
      const { outputs, summary } = await run({ inputs, event, env })
      const [, columns] =
        /"table":\{"columns":(\[[^\]]*\]),"rows":\[\[/.exec(readFileSync(outputs.report ?? '', 'utf8')) ?? []
      return { columns, inSummary: summary.includes('| `unique_field` |') }
    }
    expect(await tables(true)).toEqual({ columns: '["unique_field","n_records"]', inSummary: true })
    expect(await tables(false)).toEqual({ columns: undefined, inSummary: false })
  },
)

test('after a stop, post uploads it and its summary links to it', async () => {
  const { start, step, github } = await stageFor('core-sigint')
  const env = { FAKE_DBT_PAUSE_AT: 'Finished running node model.slow.below_quick' }
  const running = start({ artifacts: true, env })
  await running.said('model main.below_quick')
  running.kill('SIGINT')
  const { outputs, state } = await running.done
  expect(outputs.status).toBe('cancelled')
  const pages = () => github.artifacts().filter(({ name }) => name.endsWith('.html'))
  expect(pages()).toEqual([])
  const post = await runPost(step({ artifacts: true }), state)
  const [page] = pages()
  expect(page?.name).toBe('dbt-watcher-report-1-post.html')
  expect(page?.content.toString()).toBe(readFileSync(outputs.report ?? '', 'utf8'))
  expect(post.summary).toContain(`/actions/runs/${RUN_ID}/artifacts/${page?.id})`)
})

test('without an artifact service it is a file', async () => {
  const { run, workspace } = await stageFor(BROKEN)
  const { outputs, summary } = await run()
  expect(outputs.report).toBe(join(workspace.folder, 'dbt-watcher.html'))
  expect(existsSync(outputs.report ?? '')).toBe(true)
  expect(summary).not.toContain('/artifacts/')
})

test('an empty input turns it off', async () => {
  const { run, github, workspace } = await stageFor(BROKEN)
  const { outputs } = await run({ artifacts: true, inputs: { report: '' } })
  expect(outputs.report).toBe('')
  expect(existsSync(join(workspace.folder, 'dbt-watcher.html'))).toBe(false)
  expect(github.artifacts().filter(({ name }) => name.endsWith('.html'))).toEqual([])
})

test('a place that cannot be written is reported, and changes no result', async () => {
  const { run } = await stageFor('core-build-example')
  const { exitCode, outputs, log } = await run({ inputs: { report: '/proc/report.html' } })
  expect([exitCode, outputs.status, outputs.report]).toEqual([0, 'success', ''])
  expect(log).toContain('The report could not be written')
})

test('matrix jobs have a report each', async () => {
  const { run, github } = await stageFor('core-build-example')
  for (const matrix of ['{"db":"a b"}', '{"db":"a-b"}'])
    await run({ artifacts: true, inputs: { matrix }, id: matrix })
  const names = github.artifacts().map(({ name }) => name)
  expect(new Set(names.filter((name) => name.endsWith('-report-1.html'))).size).toBe(2)
})
