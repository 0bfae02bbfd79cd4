import { expect, test } from 'vitest'
import { startDbt } from '../../src/dbt/process.ts'

/** Some errors Node throws, others come as an event; whoever starts dbt reads them in one way. */
test.each([
  ['a program that is not there', ['no-such-program'], 'ENOENT'],
  ['a program in what is no folder', [`${process.execPath}/dbt`], 'ENOTDIR'],
  // Of Linux: 128 KiB for one argument.
  ['an argument that is too long', [process.execPath, 'x'.repeat(3_000_000)], 'E2BIG'],
])('%s', async (_, words, code) => {
  const started = startDbt({ words, cwd: import.meta.dirname, env: {}, onLine: () => {} })
  await expect(started).rejects.toMatchObject({ cause: { code } })
})
