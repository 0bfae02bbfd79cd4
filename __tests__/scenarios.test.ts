import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseEvent } from '../src/dbt/event.ts'
import type { Evidence } from '../src/report/annotation.ts'
import { nodeCheck } from '../src/report/node-check.ts'
import { rollUp } from '../src/report/roll-up.ts'
import type { Subject } from '../src/report/subject.ts'
import { SUMMARY_LIMIT, summary } from '../src/report/summary.ts'
import { rollUpTitle } from '../src/report/title.ts'
import { log } from '../src/reporters/log.ts'
import { countNodes, ownErrors } from '../src/run/counts.ts'
import { engineOf, type Run } from '../src/run/run.ts'
import { outcome } from '../src/run/status.ts'
import { verdict } from '../src/run/verdict.ts'
import { replay, SCENARIOS, STARTED } from './replay.ts'

/**
 * Recorded streams of real dbt (scenarios/README.md), and what every view makes of them. The golden files are
 * read by people: `vitest run __tests__/scenarios.test.ts -u` writes them anew, and the diff is the review.
 */

const HERE = import.meta.dirname

async function replayed(name: string) {
  const printed: string[] = []
  const { run, findings, subject } = await replay(name, {
    reporters: ({ findings }) => [
      log({
        level: 'info',
        findings,
        print: (text) => printed.push(text),
        begin: () => {},
        end: () => {},
        over: () => {},
      }),
    ],
  })
  run.startedAt = STARTED
  const evidence = await findings.ofFailures()
  // A check run has all that is known of its node; the compiled SQL would make the golden files long.
  const ofChecks = new Map<string, Evidence>()
  for (const id of evidence.keys()) {
    const node = run.nodes.get(id)
    if (node) ofChecks.set(id, { ...(await findings.of(node)), sql: evidence.get(id)?.sql ?? '' })
  }
  return { run, subject, evidence, ofChecks, log: printed.join('\n') }
}

describe.each(SCENARIOS)('%s', async (name) => {
  const { run, evidence, ofChecks, log, subject } = await replayed(name)
  const golden = (file: string) => join(HERE, 'golden', name, file)

  test('state', async () => {
    await expect(stateOf(run, subject)).toMatchFileSnapshot(golden('state.txt'))
  })

  test('check runs', async () => {
    const links = new Map()
    const checks = [...run.nodes.values()].sort(byId).map((node) => {
      const known = ofChecks.get(node.uniqueId) ?? { location: undefined, sql: '' }
      return nodeCheck(run, node, { subject, evidence: known, links })
    })
    const all = [rollUp(run, subject, { summary: '', annotations: [] }), ...checks]
    const text = all.map(({ name, conclusion, title, summary, annotations, text }) => {
      const places = annotations.map((a) => `@ ${a.path}:${a.line} ${a.level} ${a.title}\n${a.message}`)
      return [`=== ${name}\n${conclusion} | ${title}`, summary, text, ...places].filter(Boolean).join('\n\n')
    })
    await expect(`${text.join('\n\n')}\n`).toMatchFileSnapshot(golden('checks.txt'))
  })

  test('summary', async () => {
    const input = { run, subject, evidence, links: new Map(), notices: [] }
    await expect(`${summary(input, SUMMARY_LIMIT)}\n`).toMatchFileSnapshot(golden('summary.md'))
  })

  test('log', async () => {
    await expect(`${log}\n`).toMatchFileSnapshot(golden('log.txt'))
  })

  test('counts add up, and every skip that a failure caused names it', () => {
    const { total, running, ...parts } = countNodes(run)
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(total)
    expect(running).toBe(0)
    for (const node of run.nodes.values()) {
      expect(outcome(node.status), node.uniqueId).toBeDefined()
      if (node.cause) expect(outcome(run.nodes.get(node.cause)?.status ?? '')).toBe('failed')
    }
  })

  test('what the stream finished stands', () => {
    const stream = readFileSync(join(HERE, 'scenarios', name, 'stream.jsonl'), 'utf8')
    for (const line of stream.split('\n')) {
      const event = parseEvent(line)
      const result = event?.data.run_result as { status?: string } | undefined
      if (event?.name !== 'NodeFinished' || !event.node || !result?.status) continue
      if (/^core.*microbatch$|sigint$/.test(name)) continue
      const node = run.nodes.get(event.node.uniqueId)
      // Each batch ends under the name of its model.
      if (node?.batches) continue
      // v2 has it as a failed test, whatever kept its query from running.
      const status = node?.erred ? 'error' : result.status
      if (node) expect(node.status, event.node.uniqueId).toBe(status)
    }
  })
})

function byId(a: { uniqueId: string }, b: { uniqueId: string }): number {
  return a.uniqueId < b.uniqueId ? -1 : 1
}

function stateOf(run: Run, subject: Subject): string {
  const { engine, product, version } = engineOf(run)
  const nodes = [...run.nodes.values()].sort(byId).map((node) => {
    const facts = [
      node.uniqueId,
      node.status,
      node.cause && `because of ${node.cause}`,
      node.failures ? `${node.failures} failures` : '',
      node.rowsAffected === undefined ? '' : `${node.rowsAffected} rows`,
      node.batches ? `${node.batches} batches` : '',
    ]
    return facts.filter(Boolean).join(' | ')
  })
  return `${[
    `${engine}: ${product} ${version}, exit code ${run.exitCode}, ${verdict(run, 'error')}`,
    rollUpTitle(run, subject),
    JSON.stringify(countNodes(run)),
    ...ownErrors(run).map((error) => `error: ${error.split('\n').find(Boolean)}`),
    ...nodes,
  ].join('\n')}\n`
}
