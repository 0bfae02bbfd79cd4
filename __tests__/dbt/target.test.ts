import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DbtEvent } from '../../src/dbt/event.ts'
import { targetOf } from '../../src/dbt/target.ts'
import { runNotices } from '../../src/report/notices.ts'
import { conclude, NEVER_STARTED } from '../../src/run/conclude.ts'
import { begunRun } from '../run/begun.ts'

function targetWith(files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'target-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return targetOf({ target: folder, roots: [folder] })
}

test('an artifact that cannot be read: which, and why, once', async () => {
  const target = targetWith({
    'manifest.json': '{"nodes": {"a": oops}}',
    'run_results.json': '{"results": [',
  })
  expect(await target.manifest('x')).toBeUndefined()
  expect(await target.manifest('x')).toBeUndefined()
  expect(await target.runResults('x')).toBeUndefined()
  expect(target.unread()).toEqual([
    expect.stringMatching(/^manifest\.json could not be read: .*is not valid JSON/),
    expect.stringMatching(/^run_results\.json could not be read: .*ends too early/),
  ])
})

test('freshness under another name, by --output', async () => {
  const results = [{ unique_id: 'source.shop.raw.orders', status: 'warn', max_loaded_at_time_ago_in_s: 5 }]
  const target = targetWith({ 'f.json': JSON.stringify({ metadata: { invocation_id: 'x' }, results }) })
  const data = { artifact_type: 'FreshnessResult', artifact_path: 'f.json' }
  expect(target.notice({ name: 'ArtifactWritten', data } as unknown as DbtEvent)).toBe(false)
  expect((await target.runResults('x'))?.results[0]?.freshness?.ageSeconds).toBe(5)
})

test('one that is not there, or is of another invocation, is none', async () => {
  const target = targetWith({ 'manifest.json': '{"metadata": {"invocation_id": "y"}}' })
  expect(await target.manifest('x')).toBeUndefined()
  expect(await target.runResults('x')).toBeUndefined()
  expect(target.unread()).toEqual([])
})

test('one that was cut off when it was looked at, and whole later, can be read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'target-'))
  const target = targetOf({ target: folder, roots: [folder] })
  writeFileSync(join(folder, 'manifest.json'), '{"metadata": {"invocation')
  expect(await target.manifest('x')).toBeUndefined()
  writeFileSync(join(folder, 'manifest.json'), '{"metadata": {"invocation_id": "x"}}')
  expect((await target.manifest('x'))?.invocationId).toBe('x')
  expect(target.unread()).toEqual([])
})

test('a notice says what is missing without it', () => {
  const run = begunRun()
  conclude(run, { ...NEVER_STARTED, unread: ['manifest.json could not be read: it ends too early'] }, 1)
  expect(runNotices(run, { caller: 'workflow', commands: [] })).toEqual([
    'manifest.json could not be read: it ends too early. Places in files, retries and reruns are missing.',
  ])
})
