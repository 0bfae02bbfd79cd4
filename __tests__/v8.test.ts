import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FLAGS } from '../src/v8.ts'

const MODULE = join(import.meta.dirname, '../src/v8.ts')

/** Runs a program that sets the flags, as if V8 had that version. */
function run(program: string, version = process.versions.v8) {
  const code = `Object.defineProperty(process.versions, 'v8', { value: ${JSON.stringify(version)} })
    const { spareWork } = await import(${JSON.stringify(MODULE)})
    ${program}`
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
}

test('V8 has all the flags', () => {
  const { stdout } = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })
  for (const name of Object.keys(FLAGS)) expect(stdout).toContain(`--${name} (`)
  expect(run('spareWork()')).toMatchObject({ status: 0, stdout: '', stderr: '' })
})

/** What the young generation has grown to, in bytes. */
const GROW = `
  const { getHeapSpaceStatistics } = await import('node:v8')
  const kept = []
  for (let i = 0; i < 3e5; i++) kept.push({ i, text: 'x' + i })
  console.log(getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size)`

test('they take effect: the young generation does not grow', () => {
  const [spared, usual] = [run(`spareWork()${GROW}`), run(GROW)].map(({ stdout }) => Number(stdout))
  expect(usual).toBeGreaterThan(2 * (spared ?? 0))
})

test('another V8 is left alone', () => {
  const [other, usual] = [run(`spareWork()${GROW}`, '14.1.0'), run(GROW)].map(({ stdout }) => Number(stdout))
  expect(other).toBe(usual)
})
