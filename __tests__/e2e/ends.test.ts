/** Processes end by themselves: docs/adr/0024 has the reasons. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, vi } from 'vitest'
import { runPost } from './action.ts'
import { type Stage, stageFor } from './stage.ts'

vi.setConfig({ maxConcurrency: 4 })

/** Writes a line where a process ends: Node emits beforeExit only where nothing is left to do. */
const WATCHER = `
  const entry = /dist\\W(\\w+)\\Windex.js$/.exec(process.argv[1] ?? '')?.[1]
  let how = 'forced, with '
  process.on('beforeExit', () => { how = 'by itself' })
  process.on('exit', () => {
    const left = how === 'by itself' ? '' : process.getActiveResourcesInfo()
    if (entry) require('node:fs').appendFileSync(process.env.ENDS, \`\${entry} \${how}\${left}\\n\`)
  })`

/** The environment of a step whose processes write how they end, and what they wrote. */
function watching({ workspace }: Stage): { env: Record<string, string>; ends(): string[] } {
  const script = join(workspace.temp, 'watcher.cjs')
  const file = join(workspace.temp, 'ends')
  writeFileSync(script, WATCHER)
  writeFileSync(file, '')
  const env = { NODE_OPTIONS: `--require ${script}`, ENDS: file }
  return { env, ends: () => readFileSync(file, 'utf8').trim().split('\n').sort() }
}

const ALL = { checks: 'all', tests: 'each', retries: '1', 'retry-delay': '1', 'fail-on': 'never' }

test.concurrent('main and what uploads its artifacts, post after it', async ({ expect, onTestFinished }) => {
  const stage = await stageFor('core-zoo', onTestFinished)
  const { env, ends } = watching(stage)
  const step = stage.step({ artifacts: true, inputs: { ...ALL, report: 'report.html' }, env })
  const { exitCode, state, log } = await stage.run(step)
  expect(exitCode, log).toBe(0)
  // It ends when main is gone.
  await expect.poll(ends).toEqual(['artifact by itself', 'main by itself'])
  const post = await runPost(step, state)
  expect(post.exitCode, post.log).toBe(0)
  expect(ends()).toContain('post by itself')
})

test.concurrent('main that is stopped, post that does the rest', async ({ expect, onTestFinished }) => {
  const stage = await stageFor('core-zoo', onTestFinished, { remaining: 50_000 })
  const { env, ends } = watching(stage)
  const step = stage.step({ inputs: ALL, env: { ...env, FAKE_DBT_LINE_DELAY: '100' } })
  const running = stage.start(step)
  await running.said('START')
  running.kill('SIGINT')
  const { outputs, state } = await running.done
  expect(outputs.status).toBe('cancelled')
  expect(ends()).toEqual(['main by itself'])
  await runPost(step, state)
  expect(ends()).toContain('post by itself')
})
