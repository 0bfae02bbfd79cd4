import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRunResults } from '../../src/dbt/run-results.ts'

const file = join(mkdtempSync(join(tmpdir(), 'run-results-')), 'run_results.json')

/** As dbt Core 1.11.16 and dbt Fusion 2.0.0-preview.196 write it, in this order. */
async function idsOf(which: string, ids: string[]): Promise<string[]> {
  const results = ids.map((id) => ({ unique_id: id, status: 'error', message: 'Compilation Error' }))
  writeFileSync(file, JSON.stringify({ metadata: { invocation_id: 'x' }, results, args: { which } }))
  return (await readRunResults(file)).results.map(({ uniqueId }) => uniqueId)
}

test('a run-operation has run no node, whatever Fusion writes', async () => {
  const ids = ['model.shop.orders', 'macro.shop.clean', 'clean', 'test.shop.unique_orders_id.1']
  expect(await idsOf('run-operation', ids)).toEqual(['macro.shop.clean', 'clean'])
  expect(await idsOf('build', ids)).toEqual(ids)
})

test('Fusion names a macro of a package as the command does; it is called by its name, as where it fails', async () => {
  expect(await idsOf('run-operation', ['shop.clean', 'model.shop.orders'])).toEqual(['clean'])
})
