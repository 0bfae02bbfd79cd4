import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { splitWords } from '../../src/dbt/command.ts'
import { readInputs } from '../../src/inputs.ts'
import { planLast } from '../../src/rerun/last.ts'
import { saveBegun } from '../../src/rerun/store.ts'
import { ABOUT } from '../run/about.ts'

test.each([
  ['build', '--threads 1', 'build --threads 1'],
  ['build --select a b', '--threads 2', 'build --select a b --threads 2'],
  ['build -tdev --threads 4', '-t prod --full-refresh', 'build --threads 4 -t prod --full-refresh'],
  ['build --target-path out', '--target-path out', 'build --target-path out'],
])('%s, continued with %s', async (last, more, words) => {
  const folder = mkdtempSync(join(tmpdir(), 'last-'))
  try {
    await saveBegun(folder, { ...ABOUT, commands: [splitWords(last)] })
    const plan = await planLast(readInputs(() => undefined).inputs, folder, splitWords(more))
    expect('commands' in plan && plan.commands.map((command) => command.words)).toEqual([splitWords(words)])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
