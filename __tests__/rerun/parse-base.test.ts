import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectOf } from '../../src/dbt/project.ts'
import { parseBase } from '../../src/rerun/parse-base.ts'

/** Prints its process id; as `dbt parse` it leaves a manifest. */
const DBT = `#!/bin/sh
echo "$$" >>pids
while [ $# -gt 1 ]; do [ "$1" = --target-path ] && { mkdir -p "$2"; echo '{}' >"$2/manifest.json"; }; shift; done
`

test('each dbt is known as soon as it runs, for whoever has to stop it', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'base-')))
  const temp = realpathSync(mkdtempSync(join(tmpdir(), 'temp-')))
  try {
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...words], { cwd: root })
    writeFileSync(join(root, 'dbt_project.yml'), 'name: shop\n')
    writeFileSync(join(root, 'packages.yml'), 'packages:\n  - local: ../other\n')
    writeFileSync(join(temp, 'dbt'), DBT.replace('pids', join(temp, 'pids')), { mode: 0o755 })
    git('init', '-q')
    git('add', '.')
    git('commit', '-qm', 'first')
    const command = ['build', '-tci']
    const project = projectOf({
      ...{ command, dbt: [join(temp, 'dbt')], projectDir: '.', profilesDir: '', workspace: root, token: '' },
      env: { PATH: process.env.PATH },
      naming: (input) => input,
    })
    const started: number[] = []
    const parsed = await parseBase({
      ...{ project, words: command, commit: 'HEAD', root, temp, deps: true },
      stopped: new Promise(() => {}),
      onStarted: (pid) => started.push(pid),
    })
    expect(parsed).toHaveProperty('folder')
    // `dbt deps` and `dbt parse`.
    expect(started).toHaveLength(2)
    expect(execFileSync('cat', [join(temp, 'pids')], { encoding: 'utf8' })).toBe(`${started.join('\n')}\n`)
  } finally {
    for (const folder of [root, temp]) rmSync(folder, { recursive: true })
  }
})
