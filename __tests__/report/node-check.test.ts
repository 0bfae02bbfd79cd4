import { expect, test } from 'vitest'
import { nodeCheck } from '../../src/report/node-check.ts'
import type { Node, Result } from '../../src/run/run.ts'
import { endedRun, manifestNode, SUBJECT } from './large-run.ts'

const COLUMNS = Array.from({ length: 120 }, (_, i) => `column_number_${i}`)
const CHANGES = `→,${COLUMNS.map((_, i) => `10${i}.25→10${i}.50`).join(',')}`
const WIDE = `actual differs from expected:\n\n@@,${COLUMNS.join(',')}\n${`${CHANGES}\n`.repeat(20)}`

/** Three bytes a character. */
const LONG = `Database Error in model x (models/x.sql)\n${'値段が違います'.repeat(3_000)}`
const EARLIER: Partial<Result>[] = Array(5).fill({ status: 'error', message: LONG, origin: 'attempt 1' })

// https://docs.github.com/en/rest/checks/runs: more is refused, and the check run would stay open.
test.each<[string, string, Partial<Node>]>([
  ['a unit test with many columns', 'unit_test.shop.a.adds_up', { status: 'fail', message: WIDE }],
  ['a long message, again and again', 'model.shop.x', { message: LONG, earlier: EARLIER as Result[] }],
])('the check run of %s is one that GitHub takes', (_, id, node) => {
  const run = endedRun([[manifestNode(id), { status: 'error', settled: true, ...node }]])
  const [failed] = run.nodes.values()
  const around = { subject: SUBJECT, evidence: { location: undefined, sql: '' }, links: new Map() }
  const { summary } = nodeCheck(run, failed as Node, around)
  expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(65_535)
  expect(summary).toContain('left out')
})
