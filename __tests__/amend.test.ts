/** What v2 leaves out of its errors, and the project's files have. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { amend } from '../src/amend.ts'
import type { ProjectFiles } from '../src/project/files.ts'
import { nodeOf, type Run } from '../src/run/run.ts'
import { begunRun, last } from './run/begun.ts'

/** Errors about line 2 are of a.csv, and those about line 3 of b.csv. */
const files: ProjectFiles = {
  locate: async (_, __, id = '') => ({ path: `${id.split('.').at(-1)}.csv`, line: 1 }),
  locateError: async (message) => ({ path: message.includes('line 2') ? 'a.csv' : 'b.csv', line: 1 }),
  compiled: async () => '',
}

const asItIs = (text: string) => text

function v2Run(errors: string[]): Run {
  const run = begunRun()
  last(run).engine = 'v2'
  last(run).errors.push(...errors)
  return run
}

test('two seeds that cannot be read have each its own error', async () => {
  const [ofA, ofB] = [2, 3].map((line) => `Csv error: incorrect number of fields for line ${line}`)
  const run = v2Run([ofB ?? '', ofA ?? '', 'Something else'])
  for (const name of ['a', 'b', 'c'])
    Object.assign(nodeOf(run, `seed.shop.${name}`), { status: 'error', message: name === 'c' ? 'own' : '' })
  await amend(run, files, [], asItIs)
  expect(['a', 'b', 'c'].map((name) => run.nodes.get(`seed.shop.${name}`)?.message)).toEqual([
    ofA,
    ofB,
    'own',
  ])
})

test('two errors about one seed are given to none', async () => {
  const run = v2Run(['Csv error: line 2', 'Csv error: line 22'])
  Object.assign(nodeOf(run, 'seed.shop.a'), { status: 'error' })
  await amend(run, files, [], asItIs)
  expect(run.nodes.get('seed.shop.a')?.message).toBe('')
})

test('an unknown target: all that the profile has, from the first profiles.yml there is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'amend-'))
  const profiles = join(folder, 'profiles.yml')
  writeFileSync(
    profiles,
    'shop:\n  target: "{{ env_var(\'T\') }}"\n  outputs:\n    dev: {type: duckdb}\n    ci: {type: duckdb}\n    s3cret: {type: duckdb}\n',
  )
  const run = v2Run([
    "target 'moon' not found in profile 'shop'",
    "target 'moon' not found in profile 'other'",
  ])
  await amend(run, files, [join(folder, 'none.yml'), profiles], (text) => text.replaceAll('s3cret', '***'))
  expect(last(run).errors).toEqual([
    "target 'moon' not found in profile 'shop'\nThe valid target names for this profile are:\n - dev\n - ci\n - ***",
    "target 'moon' not found in profile 'other'",
  ])
})
