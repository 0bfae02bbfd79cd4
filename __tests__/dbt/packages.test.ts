import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { depsFor, isNetworkError, lacksPackages } from '../../src/dbt/packages.ts'

const DECLARED = 'packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.3.0\n  - local: ../shared\n'
const LOCK =
  'packages:\n  - name: dbt_utils\n    package: dbt-labs/dbt_utils\n    version: 1.3.0\n  - name: shared\n    local: ../shared\n'

interface Files {
  [name: string]: string
}

const rows: [title: string, files: Files, installed: string[], newer: string, lacks: boolean][] = [
  ['nothing is declared', {}, [], '', false],
  ['only projects are declared', { 'dependencies.yml': 'projects:\n  - name: other\n' }, [], '', false],
  ['no package is installed', { 'packages.yml': DECLARED }, [], '', true],
  [
    'all are installed',
    { 'packages.yml': DECLARED, 'package-lock.yml': LOCK },
    ['dbt_utils', 'shared'],
    '',
    false,
  ],
  ['one is not', { 'dependencies.yml': DECLARED }, ['dbt_utils'], '', true],
  ['another one is', { 'packages.yml': DECLARED, 'package-lock.yml': LOCK }, ['dbt_utils', 'old'], '', true],
  [
    'the lock is newer',
    { 'packages.yml': DECLARED, 'package-lock.yml': LOCK },
    ['dbt_utils', 'shared'],
    'package-lock.yml',
    true,
  ],
  ['the declaration is newer', { 'packages.yml': DECLARED }, ['dbt_utils', 'shared'], 'packages.yml', true],
  ['what dbt has to explain', { 'packages.yml': 'packages: [}' }, [], '', true],
]

test.each(rows)('%s', (_, files, installed, newer, lacks) => {
  const folder = mkdtempSync(join(tmpdir(), 'packages-'))
  try {
    const packages = join(folder, 'dbt_packages')
    for (const name of installed) mkdirSync(join(packages, name), { recursive: true })
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text)
      const at = new Date(name === newer ? Date.now() + 60_000 : Date.now() - 60_000)
      utimesSync(join(folder, name), at, at)
    }
    expect(lacksPackages(folder, packages)).toBe(lacks)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('deps has the options that say which project is meant', () => {
  const words = [
    'dbt',
    'build',
    '--select',
    'a',
    '-t',
    'ci',
    '--vars',
    '{a: 1}',
    '--project-dir=x',
    '--threads',
    '4',
  ]
  expect(depsFor(words)).toEqual(['deps', '-t', 'ci', '--vars', '{a: 1}', '--project-dir=x'])
  expect(depsFor(['build', '-xtci', '-s', 'a'])).toEqual(['deps', '-tci'])
})

test.each([
  ["fatal: unable to access 'https://127.0.0.1:9/x.git/': Failed to connect to 127.0.0.1 port 9", true],
  ["HTTPSConnectionPool(host='hub.getdbt.com', port=443): Max retries exceeded with url", true],
  ['Could not resolve host: github.com', true],
  ['503 Server Error: Service Unavailable for url: https://hub.getdbt.com', true],
  ['Version error for package dbt-labs/dbt_utils: no versions available', false],
  ['fatal: could not read Username for https://github.com: terminal prompts disabled', false],
])('%s', (message, isNetwork) => expect(isNetworkError(message)).toBe(isNetwork))
