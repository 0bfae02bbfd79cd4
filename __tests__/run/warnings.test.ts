import { expect, test } from 'vitest'
import type { DbtEvent } from '../../src/dbt/event.ts'
import { warningsFold, warningsText } from '../../src/report/warnings.ts'
import { startInvocation } from '../../src/run/commands.ts'
import { conclude, end, NEVER_STARTED } from '../../src/run/conclude.ts'
import { ownErrors } from '../../src/run/counts.ts'
import { reduce } from '../../src/run/reduce.ts'
import type { Run } from '../../src/run/run.ts'
import { resume } from '../../src/run/saved.ts'
import { verdict } from '../../src/run/verdict.ts'
import { ownWarnings } from '../../src/run/warnings.ts'
import { ABOUT } from './about.ts'
import { BUILD, begunRun } from './begun.ts'
import { savedRun } from './saved-run.ts'

function warn(run: Run, name: string, msg: string, more: Partial<DbtEvent> = {}): void {
  const nothing = { at: 1, invocationId: 'x', thread: '', node: undefined, data: {} }
  reduce(run, { ...nothing, name, level: 'warn', msg, ...more })
}

/** As dbt Core 1.11.16 prints it, wrapped at 80 columns. */
const DEPRECATED =
  '[\u001b[33mWARNING\u001b[0m][MissingArgumentsPropertyInGenericTestDeprecation]: Deprecated\nfunctionality\n' +
  "Found top-level arguments to test `accepted_values` defined on 'total' in\npackage 'green' (models/d.yml)."

test('a flood of 300 deprecations is one entry with a count', () => {
  const run = begunRun()
  warn(run, 'MissingArgumentsPropertyInGenericTestDeprecation', DEPRECATED)
  const summaries = [{ event_name: 'MissingArgumentsPropertyInGenericTestDeprecation', occurrences: 300 }]
  warn(run, 'DeprecationsSummary', 'Summary of encountered deprecations', { data: { summaries } })
  expect(ownWarnings(run)).toEqual([
    {
      kind: 'MissingArgumentsPropertyInGenericTestDeprecation',
      count: 300,
      messages: [
        "Found top-level arguments to test `accepted_values` defined on 'total' in package 'green' (models/d.yml).",
      ],
    },
  ])
  expect(warningsText(run)).toBe('300 dbt warnings')
  expect(warningsFold(run).length).toBeLessThan(400)
})

test('a test that refers to a node that does not exist: dbt leaves it out, so fail-on warn must see that', () => {
  for (const level of ['warn', 'error'] as const) {
    const run = begunRun()
    warn(run, 'NodeNotFoundOrDisabled', "Test 'test.p.t' (models/a.yml) depends on a node named 'b'", {
      level,
    })
    conclude(run, { ...NEVER_STARTED, exit: { code: 0, signal: null } }, 1)
    end(run, 1)
    if (level === 'warn') expect(verdict(run, 'warn')).toBe('failure')
    expect([warningsText(run), ownErrors(run).length]).toEqual(
      level === 'warn' ? ['1 dbt warning', 0] : ['', 1],
    )
  }
})

test("what Core's JSON log cannot write is no warning of the project's", () => {
  const run = begunRun()
  warn(run, 'Note', 'type NodeStartMsg is not serializable. Failed to serialize meta field: NaN')
  expect(ownWarnings(run)).toEqual([])
  warn(run, 'Note', 'a note')
  expect(ownWarnings(run)).toMatchObject([{ kind: 'Note', count: 1 }])
})

test('dbt v2 prints each of them: one entry, a bounded list', () => {
  const run = begunRun()
  for (let i = 1; i <= 300; i++) {
    warn(run, 'Generic', `Deprecated test arguments\n  --> models/d.yml:${i}:1`, {
      code: 'DbtYaml (dbt1159)',
    })
  }
  const [warning, ...others] = ownWarnings(run)
  expect(others).toEqual([])
  expect(warning).toMatchObject({ kind: 'DbtYaml', count: 300 })
  expect(warning?.messages.length).toBe(100)
})

test('results of nodes are not among them', () => {
  const run = begunRun()
  for (const name of ['LogTestResult', 'RunResultWarning', 'RunResultWarningMessage', 'NodeFinished']) {
    warn(run, name, 'WARN 1')
  }
  warn(run, 'Generic', 'Stale source', { code: 'StaleSource (dbt1063)' })
  expect(ownWarnings(run)).toEqual([])
})

test('a place that the message does not name is added, so that it can be annotated', () => {
  const run = begunRun()
  warn(run, 'JinjaWarn', 'mind the step', { place: { path: 'models/a.sql', line: 3, column: 1 } })
  expect(ownWarnings(run)[0]?.messages).toEqual(['mind the step\n  --> models/a.sql:3:1'])
})

test('once, though each invocation repeats it; fail-on: warn sees it', () => {
  const run = begunRun()
  const unused = "Did not find matching node for patch with name 'x' in file 'models/w.yml'"
  for (const purpose of ['command', 'retry'] as const) {
    if (purpose === 'retry') startInvocation(run, { ...BUILD, purpose }, 2)
    warn(run, 'NoNodeForYamlKey', unused)
    warn(run, 'NoNodeForYamlKey', unused)
    conclude(run, { ...NEVER_STARTED, exit: { code: 0, signal: null } }, 1)
  }
  end(run, 3)
  expect(ownWarnings(run)).toEqual([{ kind: 'NoNodeForYamlKey', count: 1, messages: [unused] }])
  expect([verdict(run, 'warn'), verdict(run, 'error')]).toEqual(['failure', 'success'])
})

test('what they say is text', () => {
  const run = begunRun()
  warn(run, 'JinjaLogWarning', '<img src=x onerror=alert(2)>')
  expect(warningsFold(run)).toContain('&lt;img src=x')
})

test('a rerun of the same commit has the warnings of what it does not run again; in a terminal it has not', () => {
  const run = begunRun()
  warn(run, 'JinjaLogWarning', 'mind the gap')
  end(run, 2)
  const again = (commit: string): Run => {
    const rerun = begunRun()
    resume(rerun, savedRun(run, { ...ABOUT, commit }), 'attempt 1')
    return rerun
  }
  expect(ownWarnings(again('a'))).toEqual([{ kind: 'JinjaLogWarning', count: 1, messages: ['mind the gap'] }])
  expect(verdict(again('a'), 'warn')).toBe('failure')
  const both = again('a')
  warn(both, 'JinjaLogWarning', 'mind the gap')
  expect(warningsText(both)).toBe('1 dbt warning')
  expect(ownWarnings(again(''))).toEqual([])
})
