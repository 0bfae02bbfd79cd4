import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const MODULE = join(import.meta.dirname, '../src/exit.ts')

/** Runs a program that asks for its end. */
function run(program: string) {
  const code = `import { exitWhenDone } from ${JSON.stringify(MODULE)}
    // Node says it where nothing is left to do, and not before process.exit().
    process.on('beforeExit', () => console.log('by itself'))
    process.exitCode = 3
    ${program}`
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
}

test('a process with nothing left to do ends by itself, with its exit code', () => {
  expect(run('exitWhenDone()')).toMatchObject({ status: 3, stdout: 'by itself\n', stderr: '' })
})

test('what is left to do is done first', () => {
  const { status, stdout } = run("setTimeout(() => console.log('done'), 20); exitWhenDone()")
  expect(status).toBe(3)
  expect(stdout).toMatch(/^done\n/)
})

test('what never ends does not hold the process, and what it printed is written', () => {
  const { status, stdout } = run("setInterval(() => {}, 1000); console.log('a line'); exitWhenDone()")
  expect({ status, stdout }).toEqual({ status: 3, stdout: 'a line\n' })
})
