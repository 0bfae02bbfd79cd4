/** The files for other programs: all that are named are written, and one that cannot be changes nothing. */
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Findings } from '../../src/reporters/evidence.ts'
import { files } from '../../src/reporters/files.ts'
import { finishAll, guarded } from '../../src/reporters/reporter.ts'
import { sleep } from '../../src/sleep.ts'
import { recorded } from '../report/recorded.ts'

const { run, subject, evidence } = await recorded('core-build-example-broken')
const findings: Findings = {
  of: async () => ({ location: undefined, sql: '' }),
  sqlOf: async () => '',
  ofFailures: async () => new Map(evidence),
  problems: async () => [],
  warnings: async () => ({ placed: [], others: [] }),
}
const NONE = { junit: '', json: '', 'code-quality': '', trace: '' }

let workspace = ''
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'files-'))
})
afterEach(() => rmSync(workspace, { recursive: true }))

async function write(inputs: Partial<typeof NONE>): Promise<string[]> {
  const faults: string[] = []
  const onFault = (sentence: string) => void faults.push(sentence)
  const reporters = files({ inputs: { ...NONE, ...inputs }, workspace, subject, findings })
  const views = reporters.map((reporter) => guarded(reporter, onFault))
  await finishAll(views, run, new Promise(() => {}), sleep, onFault)
  return faults
}

const read = (path: string) => readFileSync(join(workspace, path), 'utf8')

test('each where the input says, also in a folder that is not there yet', async () => {
  const inputs = {
    junit: 'reports/dbt/a/b/c/junit.xml',
    json: 'run.json',
    'code-quality': 'cq.json',
    trace: 'trace.json',
  }
  expect(await write(inputs)).toEqual([])
  expect(read('reports/dbt/a/b/c/junit.xml')).toContain('<testsuites name="dbt-watcher" tests="30"')
  expect(JSON.parse(read('run.json'))).toMatchObject({ version: 1, counts: { total: 30, failed: 2 } })
  expect(JSON.parse(read('cq.json'))).toHaveLength(3)
  expect(JSON.parse(read('trace.json')).traceEvents.length).toBeGreaterThan(30)
})

test('what is there and is no file is written as it is', async () => {
  writeFileSync(join(workspace, 'elsewhere.json'), 'x'.repeat(1_000_000))
  symlinkSync('elsewhere.json', join(workspace, 'run.json'))
  expect(await write({ json: 'run.json' })).toEqual([])
  expect(lstatSync(join(workspace, 'run.json')).isSymbolicLink()).toBe(true)
  expect(JSON.parse(read('elsewhere.json'))).toMatchObject({ version: 1 })
})

test('none where none is named', () => {
  expect(files({ inputs: NONE, workspace, subject, findings })).toEqual([])
})

test('one that cannot be written is reported once, and the others are written', async () => {
  mkdirSync(join(workspace, 'folder'))
  const faults = await write({ junit: 'folder', json: 'run.json' })
  expect(faults).toEqual([expect.stringMatching(/^The JUnit report folder could not be written: EISDIR/)])
  expect(JSON.parse(read('run.json')).version).toBe(1)
})

test("the file of an earlier run is not taken for this one's", async () => {
  writeFileSync(join(workspace, 'junit.xml'), 'old')
  const [reporter] = files({
    inputs: { ...NONE, junit: 'junit.xml' },
    workspace,
    subject,
    findings: {
      ...findings,
      ofFailures: () => Promise.reject(new Error('no')),
    },
  })
  await expect(reporter?.finish?.(run, new Promise(() => {}))).rejects.toThrow('no')
  expect(() => read('junit.xml')).toThrow('ENOENT')
})
