import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Entry, readEntries } from '../../src/dbt/entries.ts'

const file = join(mkdtempSync(join(tmpdir(), 'entries-')), 'file.json')

async function read(text: string, sections: string[]): Promise<Entry[]> {
  writeFileSync(file, text)
  const entries: Entry[] = []
  for await (const entry of readEntries(file, new Set(sections))) entries.push(entry)
  return entries
}

/** What JSON.parse would give, in the same form. */
function expected(object: Record<string, unknown>, sections: string[]): Entry[] {
  return Object.entries(object)
    .filter(([section]) => sections.includes(section))
    .flatMap(([section, value]): Entry[] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).map(([key, entry]): Entry => [section, key, entry])
        : [[section, '', value]],
    )
}

test('is JSON.parse, entry by entry', async () => {
  const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'é"\\{'), fc.jsonValue())
  await fc.assert(
    fc.asyncProperty(object, fc.boolean(), async (value, pretty) => {
      const plain = JSON.parse(JSON.stringify(value)) as Record<string, unknown>
      const text = JSON.stringify(plain, null, pretty ? 2 : undefined)
      expect(await read(text, ['a', 'é"\\{'])).toEqual(expected(plain, ['a', 'é"\\{']))
    }),
  )
})

test('entries across the chunks of a file', async () => {
  const nodes = Object.fromEntries(
    Array.from({ length: 50 }, (_, i) => [`n${i}`, { sql: `"}]${'é\\"'.repeat(10_000 + i)}` }]),
  )
  const text = JSON.stringify({ macros: nodes, nodes, results: Object.values(nodes) })
  expect(await read(text, ['nodes', 'results'])).toEqual(expected(JSON.parse(text), ['nodes', 'results']))
})

test.each(['', '{', '{"nodes": {"a": 1', '[1]', 'no json'])('%j is refused', async (text) => {
  await expect(read(text, ['nodes'])).rejects.toThrow()
})

test('Infinity and NaN, which Python writes, are null; in a text they stay', async () => {
  const text =
    '{"nodes": {"a": {"x": Infinity, "y": [-Infinity, NaN], "NaN": "say \\"NaN\\", Infinity"}, "b": NaN}, "args": -Infinity}'
  const a = { x: null, y: [null, null], NaN: 'say "NaN", Infinity' }
  expect(await read(text, ['nodes', 'args'])).toEqual([
    ['nodes', 'a', a],
    ['nodes', 'b', null],
    ['args', '', null],
  ])
  await expect(read('{"nodes": {"a": [Infinity, oops]}}', ['nodes'])).rejects.toThrow('is not valid JSON')
})
