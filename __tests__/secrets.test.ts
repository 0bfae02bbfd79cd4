/** A secret in whatever dbt says of a failure is in nothing that leaves the reader. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { redactor } from '../src/dbt/redact.ts'
import type { Run } from '../src/run/run.ts'
import { outcome } from '../src/run/status.ts'
import { recorded, scenarios } from './report/recorded.ts'

const root = mkdtempSync(join(tmpdir(), 'secrets-'))
afterAll(() => rmSync(root, { recursive: true }))

/** What makes a word of dbt's a secret; with what JSON and Python write in another way. */
const MARK = '"s3cr3t\\é'
/** As JSON has it. */
const SHOWN = JSON.stringify(MARK).slice(1, -1)

/** Fields by which an event is known for what it is. */
const FIELDS = new Set(['name', 'code', 'level', 'status', 'node_status', 'ts', 'category'])

/** A word of each failure that no name or id has. */
function wordsOf(run: Run): string[] {
  const names = [...run.graph.values()].map(
    ({ uniqueId, name, path, originalFilePath, patchPath, tags, test, fqn }) =>
      [uniqueId, name, path, originalFilePath, patchPath, test?.name, test?.column, ...tags, ...fqn].join(
        ' ',
      ),
  )
  const adapters = run.invocations.map(({ adapter }) => adapter)
  const known = [...names, ...run.nodes.keys(), ...adapters].join(' ')
  const messages = [...run.nodes.values()]
    .filter(({ status }) => outcome(status) === 'failed' || outcome(status) === 'warn')
    .map(({ message }) => message)
  const errors = run.invocations.flatMap((invocation) => [
    ...invocation.errors,
    ...invocation.warnings.flatMap((warning) => warning.messages),
  ])
  const words = [...messages, ...errors].flatMap((text) => {
    const all = text.match(/\b[a-z_]{6,30}\b/g) ?? []
    return all.filter((word) => !known.includes(word)).slice(-2)
  })
  return [...new Set(words)]
}

/** The strings of a value in which such a word stands, marked. */
function marked(value: unknown, words: RegExp): unknown {
  if (typeof value === 'string') return value.replace(words, (word) => word + MARK)
  if (Array.isArray(value)) return value.map((item) => marked(item, words))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  return Object.fromEntries(
    entries.map(([key, item]) => [
      key,
      FIELDS.has(key) && typeof item === 'string' ? item : marked(item, words),
    ]),
  )
}

/** Everything in a run that is text, but for the compiled words of its own commands. */
function textOf(run: Run): string {
  return JSON.stringify(run, (_, value) => (value instanceof Map ? [...value.values()] : value))
}

/** A copy of a scenario whose words are marked. */
function copyOf(name: string, words: string[]): string {
  const from = join(import.meta.dirname, 'scenarios', name)
  const folder = join(root, name)
  mkdirSync(folder)
  const pattern = new RegExp(`\\b(?:${words.join('|')})\\b`, 'g')
  for (const file of readdirSync(from)) {
    const text = readFileSync(join(from, file), 'utf8')
    const parts = file.endsWith('.jsonl') ? text.split('\n') : [text]
    const changed = parts.map((part) =>
      part.startsWith('{') ? JSON.stringify(marked(JSON.parse(part), pattern)) : marked(part, pattern),
    )
    writeFileSync(join(folder, file), file === 'scenario.json' ? text : changed.join('\n'))
  }
  return folder
}

test('is hidden in every recorded failure', async () => {
  let there = 0
  for (const name of scenarios) {
    const { run } = await recorded(name)
    const words = wordsOf(run)
    if (words.length === 0) continue
    const folder = copyOf(name, words)
    const plain = textOf((await recorded(name, folder)).run)
    if (plain.includes(SHOWN)) there++
    const env = Object.fromEntries(words.map((word, i) => [`A_${i}_PASSWORD`, word + MARK]))
    const hidden = textOf((await recorded(name, folder, redactor(env, [], ''))).run)
    expect(hidden, name).not.toContain(SHOWN)
  }
  // In nearly all of those that have a failure.
  expect(there).toBeGreaterThan(60)
})
