import { expect, test } from 'vitest'
import type { ProjectFiles } from '../../src/project/files.ts'
import { findingsOf } from '../../src/reporters/evidence.ts'
import { begunRun, last } from '../run/begun.ts'

const files: ProjectFiles = {
  locate: async () => undefined,
  locateError: async (message) => ({ path: message.startsWith('YAML') ? 'a.yml' : 'b.sql', line: 2 }),
  compiled: async () => '',
}

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
