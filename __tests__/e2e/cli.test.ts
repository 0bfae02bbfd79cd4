/** The command line as a shell starts it: wrong use, a stream that cannot be read, and an output that is read no longer. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, type TestContext, test } from 'vitest'
import { DIST, isAlive, readRecord } from './action.ts'
import { ROOT, workspaceWith } from './workspace.ts'

/** A project whose dbt is the stand-in, with 400 nodes that take long. */
function stageFor({ onTestFinished }: TestContext) {
  const workspace = workspaceWith('green', '.')
  const record = join(workspace.temp, 'fake-dbt.jsonl')
  onTestFinished(() => {
    for (const { pid } of existsSync(record) ? readRecord(record) : [])
      if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL')
    workspace.remove()
  })
  const env = {
    PATH: [join(ROOT, '__tests__/fake-dbt'), dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
    HOME: workspace.temp,
    FAKE_DBT_RECORD: record,
    FAKE_DBT_NODES: '400',
    FAKE_DBT_LINE_DELAY: '50',
  }
  const start = (...words: string[]) => {
    const child = spawn(process.execPath, [join(DIST, 'cli/index.js'), ...words], {
      cwd: workspace.folder,
      env,
    })
    child.stdin.on('error', () => {})
    return child
  }
  const run = async (words: string[], input = '') => {
    const child = start(...words)
    child.stdin.end(input)
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    return { code, out, err }
  }
  const state = () =>
    JSON.parse(readFileSync(join(workspace.folder, 'target/dbt-watcher/state.json'), 'utf8'))
  return { ...workspace, start, run, record, state }
}

test('without a command it ends with 2, and only --help with 0', async (context) => {
  const { run, record } = stageFor(context)
  for (const words of [[], ['--html', 'build'], ['--junit', 'build'], ['--retry-tests']]) {
    const { code, out, err } = await run(words)
    expect({ code, out }, err).toEqual({ code: 2, out: '' })
    expect(err).toContain('dbt-watcher [options] build')
  }
  expect((await run(['--html', 'build'])).err).toMatch(
    /^Option --html took "build" as its value, and no command/,
  )
  expect(await run(['--help'])).toMatchObject({ code: 0, err: '' })
  expect(existsSync(record)).toBe(false)
})

test('watch names a file that cannot be read in one sentence', async (context) => {
  const { run, folder } = stageFor(context)
  expect(await run(['watch', '/no/such/file'])).toEqual({
    code: 2,
    out: '',
    err: '/no/such/file cannot be read: there is no such file.\n',
  })
  expect(await run(['watch', folder])).toMatchObject({
    code: 2,
    err: `${folder} cannot be read: it is a folder.\n`,
  })
})

test.for(['', '{"a":1}\n', '18:32:17  Running with dbt=1.11.16\n'])(
  'watch says of the stream %j that it has no event of dbt',
  async (input, context) => {
    const { run } = stageFor(context)
    const { code, out } = await run(['watch'], input)
    expect(code, out).toBe(1)
    expect(out).toContain(`${input}The stream has no event of dbt.`)
    expect(out).not.toContain('dbt could not start')
    expect(out).toMatch(/^no event of dbt in the stream\n.*--log-format json --log-level debug/m)
  },
)

test.for<[string, NodeJS.Signals[]]>([
  ['an output that is read no longer', []],
  // The system says it, and the shell, and then nothing can be written.
  ['a terminal that is closed', ['SIGHUP', 'SIGHUP']],
])('%s stops dbt', async ([, signals], context) => {
  const { start, record, state } = stageFor(context)
  const child = start('build')
  const errors = text(child.stderr)
  await once(child.stdout, 'data')
  for (const signal of signals) child.kill(signal)
  child.stdout.destroy()
  const [code, signal] = await once(child, 'close')
  expect(await errors).toBe('')
  expect(signal).toBeNull()
  expect(code).toBeGreaterThan(0)
  expect(readRecord(record).flatMap((line) => line.signal ?? [])).toEqual(['SIGTERM'])
  expect(state().about.verdict).toBe('cancelled')
})

test('help that is read in part is no fault', async (context) => {
  const { start } = stageFor(context)
  const child = start('--help')
  child.stdout.destroy()
  const errors = text(child.stderr)
  expect((await once(child, 'close'))[0]).toBe(0)
  expect(await errors).toBe('')
})
