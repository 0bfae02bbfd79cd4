import { expect, test } from 'vitest'
import type { ProjectFiles } from '../../src/project/files.ts'
import { findingsOf } from '../../src/reporters/evidence.ts'
import { nodeOf } from '../../src/run/run.ts'
import { manifestNode } from '../report/large-run.ts'
import { begunRun, last } from '../run/begun.ts'

const files: ProjectFiles = {
  locate: async () => undefined,
  locateError: async (message) => ({ path: message.startsWith('YAML') ? 'a.yml' : 'b.sql', line: 2 }),
  compiled: async () => '',
}

test('a stale source has no place before it is known how old it is', async () => {
  const run = begunRun()
  const located = { ...files, locate: async () => ({ path: 'sources.yml', line: 7 }) }
  const { ofFailures } = findingsOf(run, located, (text) => text)
  const node = Object.assign(nodeOf(run, 'source.shop.door.visits'), { status: 'error', settled: true })
  run.graph = new Map([[node.uniqueId, manifestNode(node.uniqueId)]])
  const place = async () => (await ofFailures()).get(node.uniqueId)?.location
  expect(await place()).toBeUndefined()
  node.message = 'The newest row is 2 days old.'
  expect(await place()).toEqual({ path: 'sources.yml', line: 7 })
  Object.assign(node, { message: '' })
  run.exitCode = 1
  expect(await place()).toEqual({ path: 'sources.yml', line: 7 })
})

test('a failed node has no place before its message is known', async () => {
  const run = begunRun()
  const locate = async (_: unknown, message: string) => ({ path: 'a.sql', line: message ? 4 : 1 })
  const { of } = findingsOf(run, { ...files, locate }, (text) => text)
  // As of dbt Core's LogModelResult, which precedes the message.
  const node = Object.assign(nodeOf(run, 'model.shop.a'), { status: 'error' })
  run.graph = new Map([[node.uniqueId, manifestNode(node.uniqueId)]])
  expect((await of(node)).location).toBeUndefined()
  Object.assign(node, { message: 'LINE 4: no such column', settled: true })
  expect((await of(node)).location).toEqual({ path: 'a.sql', line: 4 })
})

test('errors and warnings of dbt are looked up once', async () => {
  const run = begunRun()
  last(run).errors.push('YAML error: found unexpected end of stream')
  last(run).warnings.push({ kind: 'Deprecated', count: 1, messages: ['an old key'] })
  const asked: string[] = []
  const locateError = async (message: string) => {
    asked.push(message)
    // As where so many files were searched that it finds nothing more.
    return asked.length > 2 ? undefined : { path: 'a.yml', line: 2 }
  }
  const { problems, warnings } = findingsOf(run, { ...files, locateError }, (text) => text)
  expect(await problems()).toEqual([])
  expect(await warnings()).toEqual({ placed: [], others: [] })
  run.exitCode = 1
  for (const _ of 'twice') {
    expect(await problems()).toHaveLength(1)
    expect((await warnings()).placed).toHaveLength(1)
  }
  expect(asked).toHaveLength(2)
})

test('what follows from a YAML file that cannot be read is not annotated', async () => {
  const run = begunRun()
  const missing = ["Source 'raw.a' not found in project. Searched for 'a'", "Ref 'b' not found in project."]
  last(run).errors.push('YAML error: found unexpected end of stream', ...missing)
  run.exitCode = 1
  const paths = async () => (await findingsOf(run, files, (text) => text).problems()).map(({ path }) => path)
  expect(await paths()).toEqual(['a.yml'])
  last(run).errors.shift()
  expect(await paths()).toEqual(['b.sql', 'b.sql'])
})
