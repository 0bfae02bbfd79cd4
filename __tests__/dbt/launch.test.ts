import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { parseCommand } from '../../src/dbt/command.ts'
import { launchDbt } from '../../src/dbt/launch.ts'

test('a dbt that is gone once it has refused fails for what waits for it, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'launch-'))
  const program = join(folder, 'dbt')
  const refusal = "error: invalid value 'none' for '--log-level-file <LOG_LEVEL_FILE>'"
  writeFileSync(program, `#!/bin/sh\nrm "$0"\necho "${refusal}"\nexit 2\n`, { mode: 0o755 })
  const unhandled: unknown[] = []
  const note = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', note)
  try {
    const dbt = await launchDbt([program], parseCommand(['build']), {
      cwd: folder,
      env: { PATH: '/usr/bin:/bin' },
      onLine: () => {},
    })
    // As where the reporters are loaded meanwhile.
    await sleep(1000)
    expect(unhandled).toEqual([])
    await expect(dbt.ended).rejects.toThrow('could not be started')
  } finally {
    process.off('unhandledRejection', note)
    rmSync(folder, { recursive: true })
  }
})
