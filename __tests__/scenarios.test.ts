import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseEvent } from '../src/dbt/event.ts'
import { readDbt } from '../src/dbt/reader.ts'
import { projectFiles } from '../src/project/files.ts'
import { nodeCheck, rollUp, rollUpTitle } from '../src/report/check-run.ts'
import type { Subject } from '../src/report/subject.ts'
import { SUMMARY_LIMIT, summary } from '../src/report/summary.ts'
import { findingsOf } from '../src/reporters/evidence.ts'
import { log } from '../src/reporters/log.ts'
import { commandsInOrder } from '../src/run/commands.ts'
import { begin, countNodes, engineOf, type Run } from '../src/run/run.ts'
import { outcome } from '../src/run/status.ts'
import { verdict } from '../src/run/verdict.ts'
import { sleep } from '../src/sleep.ts'
import { watch } from '../src/watch.ts'

/**
 * Recorded streams of real dbt (scenarios/README.md), and what every view makes of them. The golden files are
 * read by people: `vitest run __tests__/scenarios.test.ts -u` writes them anew, and the diff is the review.
 */

const HERE = import.meta.dirname
const REPOSITORY = join(HERE, '..')

interface Scenario {
  command: string[]
  exitCode: number
  project: string
  interrupted?: string
}

const scenarios = readdirSync(join(HERE, 'scenarios'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

/** The whole pipeline but for the process and GitHub. */
async function replay(name: string) {
  const folder = join(HERE, 'scenarios', name)
  const scenario = JSON.parse(readFileSync(join(folder, 'scenario.json'), 'utf8')) as Scenario
  const lines = readFileSync(join(folder, 'stream.jsonl'), 'utf8').trimEnd().split('\n')
  const project =
    scenario.project === 'example' ? join(REPOSITORY, 'example') : join(HERE, 'projects', scenario.project)
  const started = Date.parse('2026-01-01T00:00:00Z')
  const interruptedAt = scenario.interrupted
    ? startOf(lines, 'model.slow.snail') + 1500
    : Number.POSITIVE_INFINITY
  const subject: Subject = {
    checkName: 'dbt-watcher',
    command: `dbt ${scenario.command.join(' ')}`,
    projectDir: '.',
    repositoryUrl: 'https://github.com/octo/jaffle',
    sha: '0123456789abcdef0123456789abcdef01234567',
    runUrl: '',
    failOn: 'error',
    annotations: true,
    dispatch: {
      workflow: 'dbt.yml',
      repository: 'octo/jaffle',
      runId: '7700',
      commit: 'fedcba9876543210fedcba9876543210fedcba98',
    },
  }
  const run = begin(started + 60_000)
  const hide = (text: string) => text
  const files = projectFiles({
    repository: REPOSITORY,
    project,
    target: () => join(folder, 'target'),
    packages: join(project, 'dbt_packages'),
    projectName: () => run.projectName,
  })
  const findings = findingsOf(run, files, hide)
  const printed: string[] = []
  const watching = watch({
    run,
    next: commandsInOrder(
      [{ purpose: 'command', words: scenario.command, selection: undefined, delay: 0 }],
      0,
    ),
    start: async (_, onOutput) => {
      // As late as a real process: the caller has what it needs.
      await Promise.resolve()
      const reader = readDbt({ target: folder, roots: [folder], level: 'info', hide }, onOutput)
      for (const line of lines) {
        if (interruptedAt <= (parseEvent(line)?.at ?? 0)) watching.stop('SIGINT')
        reader.onLine(line)
      }
      return { kill: () => {}, ended: reader.end({ code: scenario.exitCode, signal: null }) }
    },
    reporters: [
      log({ level: 'info', findings, print: (text) => printed.push(text), begin: () => {}, end: () => {} }),
    ],
    onFault: (sentence) => {
      throw new Error(sentence)
    },
    now: () => started + 60_000,
    sleep,
  })
  await watching.done
  run.startedAt = started
  const evidence = await findings.ofFailures()
  return { run, evidence, log: printed.join('\n'), subject }
}

function startOf(lines: string[], uniqueId: string): number {
  const event = lines.map(parseEvent).find((e) => e?.name === 'NodeStart' && e.node?.uniqueId === uniqueId)
  return event?.at ?? Number.POSITIVE_INFINITY
}

describe.each(scenarios)('%s', async (name) => {
  const { run, evidence, log, subject } = await replay(name)
  const golden = (file: string) => join(HERE, 'golden', name, file)

  test('state', async () => {
    await expect(stateOf(run)).toMatchFileSnapshot(golden('state.txt'))
  })

  test('check runs', async () => {
    const links = new Map()
    const checks = [...run.nodes.values()].sort(byId).map((node) => {
      const known = evidence.get(node.uniqueId) ?? { location: undefined, sql: '' }
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
      if (name === 'core-microbatch' || name.endsWith('sigint')) continue
      const node = run.nodes.get(event.node.uniqueId)
      if (node) expect(node.status, event.node.uniqueId).toBe(result.status)
    }
  })
})

function byId(a: { uniqueId: string }, b: { uniqueId: string }): number {
  return a.uniqueId < b.uniqueId ? -1 : 1
}

function stateOf(run: Run): string {
  const { engine, version } = engineOf(run)
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
    `${engine} ${version}, exit code ${run.exitCode}, ${verdict(run, 'error')}`,
    rollUpTitle(run),
    JSON.stringify(countNodes(run)),
    ...run.invocations
      .flatMap(({ errors }) => errors)
      .map((error) => `error: ${error.split('\n').find(Boolean)}`),
    ...nodes,
  ].join('\n')}\n`
}
