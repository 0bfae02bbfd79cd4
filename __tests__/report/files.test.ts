/**
 * The files for other programs: valid by the schemas of those who read them, and read by real ones. The golden files are
 * written anew by `vitest run __tests__/report/files.test.ts -u`; the diff is the review.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'junit2json'
import { describe, expect, test } from 'vitest'
import { validateXML } from 'xmllint-wasm'
import { toJSONSchema } from 'zod'
import { baseRun } from '../../src/report/base-run.ts'
import { codeQuality } from '../../src/report/code-quality.ts'
import { runJson, runObject } from '../../src/report/json.ts'
import { RUN } from '../../src/report/json-schema.ts'
import { junit } from '../../src/report/junit.ts'
import type { FileInput } from '../../src/report/source-file.ts'
import { timeLines } from '../../src/report/time-lines.ts'
import { trace } from '../../src/report/trace.ts'
import { countNodes } from '../../src/run/counts.ts'
import { begin, type Node, nodeOf, type Run } from '../../src/run/run.ts'
import { outcome } from '../../src/run/status.ts'
import { ABOUT } from '../run/about.ts'
import { BUILD, last } from '../run/begun.ts'
import { savedRun } from '../run/saved-run.ts'
import { endedRun } from './large-run.ts'
import { recorded, SUBJECT, scenarios } from './recorded.ts'

const HERE = import.meta.dirname
const SCHEMA = join(HERE, '../../schema/run-v1.json')
const XSD = readFileSync(join(HERE, 'junit-10.xsd'), 'utf8')

const JUNITPARSER = join(HERE, '../../.cache/junitparser/bin/python')

const all: [string, FileInput][] = []
for (const name of scenarios) all.push([name, await recorded(name)])

const golden = (name: string, file: string) => join(HERE, '../golden', name, file)

describe('golden files', () => {
  const shown = ['core-build-example-broken', 'core-zoo', 'fusion-zoo', 'core-unparsable', 'core-sigint']
  test.each(all.filter(([name]) => shown.includes(name)))('%s', async (name, input) => {
    await expect(junit(input)).toMatchFileSnapshot(golden(name, 'junit.xml'))
    await expect(codeQuality(input)).toMatchFileSnapshot(golden(name, 'code-quality.json'))
    await expect(`${timeLines(input.run).join('\n')}\n`).toMatchFileSnapshot(golden(name, 'time.md'))
  })

  test('core-build-example-broken, the run and its trace', async () => {
    const input = all.find(([name]) => name === 'core-build-example-broken')?.[1] as FileInput
    const json = `${JSON.stringify(runObject(input), undefined, 2)}\n`
    await expect(json).toMatchFileSnapshot(golden('core-build-example-broken', 'run.json'))
    const text = trace(input)
    await expect(text).toMatchFileSnapshot(golden('core-build-example-broken', 'trace.json'))
  })
})

describe('JUnit XML', () => {
  /** What xmllint has to say; the attribute `file` is not in Jenkins' schema, and other CI systems need it. */
  async function complaints(files: string[]): Promise<string[]> {
    const xml = files.map((contents, i) => ({
      fileName: `${i}.xml`,
      contents: contents.replaceAll(/(<testcase [^>]*?) file="[^"]*"/g, '$1'),
    }))
    const { errors } = await validateXML({ xml, schema: [{ fileName: 'junit-10.xsd', contents: XSD }] })
    return errors.map(({ rawMessage }) => rawMessage)
  }

  test('every scenario is valid by the schema of Jenkins', async () => {
    expect(await complaints(all.map(([, input]) => junit(input)))).toEqual([])
  })

  test('the schema would complain', async () => {
    expect(
      await complaints([junit(all[0]?.[1] as FileInput).replace('<testcase name', '<testcase nome')]),
    ).not.toEqual([])
  })

  test.each(all)('%s: junit2json reads the same counts', async (_, input) => {
    const read = await parse(junit(input))
    const suites = read && 'testsuite' in read ? (read.testsuite ?? []) : []
    const cases = suites.flatMap((suite) => suite.testcase ?? [])
    const own = cases.filter(({ name }) => name === input.subject.command)
    expect(countsOf(cases.filter((entry) => !own.includes(entry)))).toEqual(expected(input.run))
    expect(new Set(cases.map(({ classname, name }) => `${classname} ${name}`)).size).toBe(cases.length)
    // Never "all passed" for a dbt that failed.
    const { exitCode, stoppedAt } = input.run
    const bad = cases.filter((entry) => entry.failure || entry.error)
    if (exitCode !== 0 && stoppedAt === undefined) expect(bad).not.toEqual([])
    if (input.run.nodes.size === 0) expect(own).toHaveLength(1)
  })

  test.skipIf(!existsSync(JUNITPARSER) && !process.env.CI)('junitparser reads the same counts', () => {
    const folder = mkdtempSync(join(tmpdir(), 'junit-'))
    try {
      for (const [name, input] of all) writeFileSync(join(folder, `${name}.xml`), junit(input))
      const script = `
import json, pathlib, sys
from junitparser import JUnitXml, Failure, Error, Skipped
counts = {}
for path in pathlib.Path(sys.argv[1]).glob("*.xml"):
    xml = JUnitXml.fromfile(str(path))
    cases = [case for suite in xml for case in suite]
    of = lambda kind: sum(any(isinstance(r, kind) for r in case.result) for case in cases)
    counts[path.stem] = dict(total=len(cases), failure=of(Failure), error=of(Error), skipped=of(Skipped),
        told=[xml.tests, xml.failures, xml.errors], files=sorted({case._elem.get("file") or "" for case in cases}))
print(json.dumps(counts))
`
      const read = JSON.parse(execFileSync(JUNITPARSER, ['-c', script, folder], { encoding: 'utf8' }))
      for (const [name, { run }] of all) {
        const { total, failure, error, skipped, told } = read[name]
        expect(told, name).toEqual([total, failure, error])
        const own = total - expected(run).total
        expect([0, 1], name).toContain(own)
        expect(failure, name).toBe(expected(run).failure)
        expect(skipped + error, name).toBe(expected(run).skipped + expected(run).error + own)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('what no XML document may have, and what would mean something', async () => {
    const message =
      'a\u0000\u0008\ufffe\uffff\ud800 ]]> <b> & "q" \u001b[31mred\u001b[0m\n[[ATTACHMENT|/etc/passwd]]'
    const input = one('model.p.<x a="1">&\u0001', { status: 'error', message })
    const xml = junit(input)
    expect(await complaints([xml])).toEqual([])
    const read = await parse(xml)
    const error = read && 'testsuite' in read ? read.testsuite?.[0]?.testcase?.[0]?.error?.[0] : undefined
    expect(error?.inner).toBe('a\ufffd ]]> <b> & "q" red\n[\u200b[ATTACHMENT|/etc/passwd]]')
  })

  test('nodes of one name are kept apart', () => {
    const run = begin(0)
    for (const hash of ['1', '2']) nodeOf(run, `test.p.unique_a.${hash}`).name = 'unique_a'
    for (const node of run.nodes.values()) node.status = 'pass'
    run.exitCode = 0
    const names = [
      ...junit({ run, subject: SUBJECT, evidence: new Map() }).matchAll(/testcase name="([^"]*)"/g),
    ]
    expect(names.map((match) => match[1])).toEqual(['test unique_a', 'test unique_a (2)'])
  })

  test('10,000 failures stay below what GitLab reads', () => {
    const run = begin(0)
    for (let i = 0; i < 10_000; i++) {
      Object.assign(nodeOf(run, `model.p.m${i}`), { status: 'error', message: 'long '.repeat(2000) })
    }
    expect(junit({ run, subject: SUBJECT, evidence: new Map() }).length).toBeLessThan(30_000_000)
  })
})

describe('the run as JSON', () => {
  // `input`: fields that a later version adds are no error for a reader of this one.
  const schema = {
    title: 'dbt-watcher run, version 1',
    ...toJSONSchema(RUN, { io: 'input' }),
  }

  test('the published schema is that of the code', async () => {
    await expect(`${JSON.stringify(schema, undefined, 2)}\n`).toMatchFileSnapshot(SCHEMA)
  })

  const validate = new Ajv2020({ allErrors: true }).compile(schema)

  test.each(all)('%s is valid, and all its fields are in the schema', (_, input) => {
    const value: unknown = JSON.parse(runJson(input))
    validate(value)
    expect(validate.errors).toBeNull()
    expect(RUN.parse(value)).toEqual(value)
  })

  test('a base run that it is compared with', async () => {
    const { run: before } = await recorded('core-build-example')
    const input = await recorded('core-build-example-broken')
    const base = baseRun('main', 'https://x/1', savedRun(before, ABOUT))
    const value = runObject({ ...input, subject: { ...input.subject, base } })
    validate(value)
    expect(validate.errors).toBeNull()
    expect(value.base).toMatchObject({ name: 'main', run_url: 'https://x/1', sha: 'a', fixed: [] })
    expect(value.base?.new_failures).toContain('model.bikes.stg_repairs')
    expect(value.base?.execution_time).toBeGreaterThan(1)
  })

  test('another version is not valid', () => {
    const value = { ...JSON.parse(runJson(all[0]?.[1] as FileInput)), version: 2 }
    expect(validate(value)).toBe(false)
  })
})

describe('Code Quality', () => {
  test.each(all)('%s: what GitLab asks for', (_, input) => {
    const issues = JSON.parse(codeQuality(input)) as Record<string, unknown>[]
    for (const issue of issues) {
      expect(issue).toEqual({
        description: expect.stringMatching(/./),
        check_name: expect.stringMatching(/./),
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        severity: expect.stringMatching(/^(minor|major|critical|blocker)$/),
        location: { path: expect.stringMatching(/^[^/]/), lines: { begin: expect.any(Number) } },
      })
    }
    expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(issues.length)
  })

  test('the fingerprint stays while line and message change, and is that of the node', () => {
    const issue = (id: string, message: string, line: number) => {
      const input = one(id, { status: 'error', message })
      input.evidence = new Map([[id, { location: { path: 'models/a.sql', line }, sql: '' }]])
      return JSON.parse(codeQuality(input))[0]
    }
    const before = issue('model.p.a', 'column x', 4)
    const after = issue('model.p.a', 'column y', 9)
    expect(after.location.lines.begin).toBe(9)
    expect(after.fingerprint).toBe(before.fingerprint)
    expect(issue('model.p.b', 'column x', 4).fingerprint).not.toBe(before.fingerprint)
  })

  test("errors of dbt itself, where they name a file; a node whose file isn't known is left out", () => {
    const input = one('model.p.a', { status: 'error', message: 'x' })
    const problem = {
      path: 'dbt_project.yml',
      line: 8,
      level: 'failure' as const,
      title: 'dbt: bad',
      message: 'bad',
    }
    expect(JSON.parse(codeQuality(input, [problem]))).toMatchObject([
      { severity: 'blocker', location: { path: 'dbt_project.yml', lines: { begin: 8 } } },
    ])
  })
})

test.each([
  ['build', 'The selection matches no node.'],
  ['parse', 'It ran no node.'],
])('JUnit of a %s without nodes', (name, message) => {
  const run = endedRun([])
  Object.assign(last(run), { id: 'i', command: { ...BUILD, words: [name] } })
  expect(junit({ run, subject: SUBJECT, evidence: new Map() })).toContain(`<skipped message="${message}"/>`)
})

describe('Chrome trace', () => {
  type Event = {
    ph: string
    tid: number
    ts: number
    dur: number
    name: string
    args: { unique_id?: string }
  }
  const eventsOf = (run: Run) => JSON.parse(trace({ run, subject: SUBJECT })).traceEvents as Event[]

  test.each(all)('%s: no two events of a track overlap', (_, { run }) => {
    const slices = eventsOf(run).filter(({ ph }) => ph === 'X')
    for (const [i, { ts, dur }] of slices.entries()) {
      expect(Math.min(ts, dur)).toBeGreaterThanOrEqual(0)
      const next = slices[i + 1]
      if (next && next.tid === slices[i]?.tid) expect(next.ts).toBeGreaterThanOrEqual(ts + dur)
    }
    const named = slices.filter(({ args }) => args.unique_id)
    const timed = [...run.nodes.values()].filter(
      (node) => (node.startedAt ?? Infinity) <= (node.finishedAt ?? -1),
    )
    expect(named.length).toBe(timed.length)
  })
})

/** A run of one node. */
function one(id: string, result: Partial<Node>): FileInput {
  const run = begin(0)
  Object.assign(nodeOf(run, id), result)
  Object.assign(run, { exitCode: 1, finishedAt: 1000 })
  return { run, subject: SUBJECT, evidence: new Map() }
}

interface Case {
  failure?: unknown
  error?: unknown
  skipped?: unknown
}

function countsOf(cases: Case[]) {
  return {
    total: cases.length,
    failure: cases.filter(({ failure }) => failure).length,
    error: cases.filter(({ error }) => error).length,
    skipped: cases.filter(({ skipped }) => skipped).length,
  }
}

function expected(run: Run) {
  const { total, skipped, cancelled } = countNodes(run)
  const nodes = [...run.nodes.values()]
  const failed = nodes.filter(({ status }) => outcome(status) === 'failed')
  const failure = failed.filter((node) => node.status === 'fail' && /test$/.test(node.resourceType)).length
  const hooks = failed.filter(({ resourceType }) => resourceType === 'operation').length
  const stopped = run.stoppedAt !== undefined
  return {
    total: total + hooks,
    failure,
    error: failed.length - failure + (stopped ? 0 : cancelled),
    skipped: skipped + (stopped ? cancelled : 0),
  }
}

test('a recorded stream: what its nodes took, and nothing of the time since', async () => {
  const { run, subject } = await recorded('core-build-example')
  const nodes = run.nodes.size
  const [before] = timeLines(run)
  const late = run.startedAt + 86_400_000
  for (const it of [run, ...run.invocations]) Object.assign(it, { startedAt: late, finishedAt: late + 5 })
  expect(timeLines(run)[0]).toBe(before?.replace(/took .*/, 'took 0.00 s.'))
  const events = JSON.parse(trace({ run, subject })).traceEvents as { ph: string; ts: number }[]
  const slices = events.filter(({ ph }) => ph === 'X')
  expect(slices.length).toBeGreaterThan(nodes)
  expect(Math.min(...slices.map(({ ts }) => ts))).toBe(0)
})
