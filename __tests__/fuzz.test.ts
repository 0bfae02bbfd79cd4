/**
 * Every function that reads dbt's output or files, on recorded text with random damage: none may throw, whatever
 * comes. FUZZ sets how many inputs (`script/test --faults`: a million), FUZZ_SEED where they start.
 */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { splitWords } from '../src/dbt/command.ts'
import { isRead, parseEvent, time } from '../src/dbt/event.ts'
import { lineDecoder } from '../src/dbt/lines.ts'
import { readManifest } from '../src/dbt/manifest.ts'
import { readRunResults, runResult } from '../src/dbt/run-results.ts'
import { contractMismatch } from '../src/project/contract.ts'
import { lineInFile } from '../src/project/file-line.ts'
import { pythonLine } from '../src/project/python-place.ts'
import { seedLine } from '../src/project/seed-place.ts'
import { sqlPlace } from '../src/project/sql-place.ts'
import { testLine } from '../src/project/yaml-tests.ts'
import { eventLine, recap, textLine } from '../src/report/log.ts'
import { nodeCheck } from '../src/report/node-check.ts'
import { SUMMARY_LIMIT, summary } from '../src/report/summary.ts'
import { rollUpTitle } from '../src/report/title.ts'
import { conclude, end, NEVER_STARTED } from '../src/run/conclude.ts'
import { countNodes } from '../src/run/counts.ts'
import { readText, reduce } from '../src/run/reduce.ts'
import { begunRun } from './run/begun.ts'

const COUNT = Number(process.env.FUZZ ?? 60_000)
const SEED = Number(process.env.FUZZ_SEED ?? 1)
const SCENARIOS = join(import.meta.dirname, 'scenarios')

const names = readdirSync(SCENARIOS).filter((name) => /^(core|fusion)-/.test(name))
const lines = names
  .flatMap((name) => readFileSync(join(SCENARIOS, name, 'stream.jsonl'), 'utf8').split('\n'))
  .filter((line) => line.length < 6000)
const PIECES = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  'null',
  '-1',
  '1e999',
  '""',
  '\\u0000',
  '\\',
  '\u001b[31m',
  '\n',
  '\r',
  '::',
  '##[',
  '\ud800',
  '__proto__',
  'started',
  'error',
  'skipped',
  'LINE 9: ',
  '%',
]

/** mulberry32: small, fast and the same everywhere. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

function damage(text: string, below: (n: number) => number): string {
  let result = text
  for (let times = below(4); times >= 0; times--) {
    const at = below(result.length + 1)
    const length = below(12)
    const piece = PIECES[below(PIECES.length)] ?? ''
    switch (below(4)) {
      case 0:
        result = result.slice(0, at) + result.slice(at + length)
        break
      case 1:
        result = result.slice(0, at) + piece + result.slice(at)
        break
      case 2:
        // A value of another type, which leaves the line a JSON object.
        result = result.replace(/: "[^"]*"/, `: ${['null', '7', '[]', '{}', '""', 'true'][below(6)]}`)
        break
      default:
        result = result.slice(0, at) + result.slice(0, at).slice(-length) + result.slice(at)
    }
  }
  return result
}

const subject = {
  checkName: 'dbt',
  command: 'dbt build',
  commands: [['build']],
  projectDir: '.',
  repositoryUrl: '',
  sha: '',
  runUrl: '',
  failOn: 'error' as const,
  caller: 'workflow' as const,
  annotations: true,
  dispatch: undefined,
}
const evidence = { location: { path: 'a.sql', line: 1 }, sql: '' }

test(`${COUNT} lines`, { timeout: 3_600_000 }, () => {
  const below = random(SEED)
  let run = begunRun()
  for (let i = 0; i < COUNT; i++) {
    const line = damage(lines[below(lines.length)] ?? '', below)
    isRead(line)
    textLine(line)
    const event = parseEvent(line)
    if (!event) readText(run, line)
    else {
      eventLine(event, 'debug')
      time(event.data.ts)
      runResult(event.data.run_result)
      const node = reduce(run, event)
      if (node && below(20) === 0) nodeCheck(run, node, { subject, evidence, links: new Map() })
      const { msg } = event
      lineInFile(msg, 'a.sql', msg)
      if (below(20) === 0) {
        sqlPlace(msg, { source: msg, compiled: msg, sent: msg, ephemeral: () => msg })
        for (const find of [seedLine, pythonLine]) find(msg, msg)
        contractMismatch(msg)
      }
    }
    if (below(500) > 0) continue
    conclude(run, { ...NEVER_STARTED, exit: { code: below(3), signal: null } }, 0)
    end(run, 0)
    const { total, ...parts } = countNodes(run)
    expect(Object.values(parts).reduce((a, b) => a + b, 0)).toBe(total)
    rollUpTitle(run, subject)
    recap(run, new Map())
    summary({ run, subject, evidence: new Map(), links: new Map(), notices: [] }, SUMMARY_LIMIT)
    run = begunRun()
  }
})

test(`${Math.ceil(COUNT / 100)} YAML files, command lines and chunks`, { timeout: 3_600_000 }, () => {
  const below = random(SEED)
  const yaml = readFileSync(join(import.meta.dirname, 'projects/zoo/models/models.yml'), 'utf8')
  const entry = {
    name: 'unique',
    column: 'animal_id',
    fileKey: 'models.animals',
    attachedNode: '',
    source: '',
    kwargs: { values: ['x'] },
  }
  for (let i = 0; i < COUNT / 100; i++) {
    const text = damage(yaml, below)
    expect(testLine(text, entry)).toBeGreaterThan(0)
    try {
      splitWords(text.slice(0, 200))
    } catch (error) {
      expect(String(error)).toContain('is not closed')
    }
    const decoder = lineDecoder(() => {})
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += 1 + below(400))
      decoder.write(bytes.subarray(at, at + below(400)))
    decoder.end()
  }
})

test(`${Math.ceil(COUNT / 1000)} artifacts: read, or refused with an Error`, {
  timeout: 3_600_000,
}, async () => {
  const below = random(SEED)
  const file = join(mkdtempSync(join(tmpdir(), 'fuzz-')), 'artifact.json')
  const texts = ['manifest.json', 'run_results.json'].map((name) =>
    readFileSync(join(SCENARIOS, 'core-build-example', name), 'utf8'),
  )
  for (let i = 0; i < COUNT / 1000; i++) {
    const text = damage(texts[i % 2] ?? '', below)
    writeFileSync(file, below(5) === 0 ? text.slice(0, below(text.length)) : text)
    for (const read of [readManifest, readRunResults]) {
      const result = await read(file).catch((error: unknown) => error)
      expect(result).toBeTypeOf('object')
      if (!(result instanceof Error)) expect(result).toHaveProperty('invocationId')
    }
  }
})
