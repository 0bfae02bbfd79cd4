import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { breakages } from './corpus/breakages.ts'
import { documentedCases, type Judged, judge, recordedCases } from './corpus/cases.ts'

/** Errors with the line that is right; see corpus/README.md. `script/accuracy` prints those that are not on it. */
const CORPUS = join(import.meta.dirname, 'corpus')
const recorded = recordedCases(join(CORPUS, 'recorded'), breakages)
const documented = documentedCases(join(CORPUS, 'documented.yml'))

test('has cases of both engines and of eight databases at least', () => {
  const engines = new Set(readdirSync(join(CORPUS, 'recorded')).map((file) => file.split('-')[0]))
  expect([...engines].sort()).toEqual(['core', 'fusion'])
  expect(recorded.length).toBeGreaterThanOrEqual(60)
  expect(new Set(documented.map(({ name }) => name.split(':')[0])).size).toBeGreaterThanOrEqual(8)
})

test.each([
  ['recorded', recorded],
  ['documented', documented],
])('%s errors: 95 % on the very line, none in a wrong file', { timeout: 600_000 }, async (_, cases) => {
  const judged: Judged[] = []
  for (const one of cases) judged.push(await judge(one))
  expect(judged.filter(({ verdict }) => verdict === 'wrong file')).toEqual([])
  const missed = judged.filter(({ verdict }) => verdict !== 'exact')
  expect(missed.length, missed.map(({ name }) => name).join(', ')).toBeLessThanOrEqual(cases.length * 0.05)
})
