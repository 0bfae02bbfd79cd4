import { page } from '../../src/reporters/page.ts'
import { startInvocation } from '../../src/run/commands.ts'
import { begin, type Node, nodeOf, type Run, unseen } from '../../src/run/run.ts'
import { manifestNode, SUBJECT } from '../report/large-run.ts'

type Made = Partial<Node> & { id: string; parents?: string[] }

const START = Date.parse('2026-03-02T09:30:00Z')
const LONG = 'A sentence that does not end, '.repeat(67)

/** Runs of shapes that no recorded project has. */
export const ODD: Record<string, Run> = {
  'names in other scripts': runOf([
    { id: 'model.shop.заказы', ...ran(100, 900) },
    {
      ...{ id: 'model.shop.注文_明細', ...ran(900, 1500), parents: ['model.shop.заказы'] },
      ...{ status: 'error', message: '列「金額」が見つかりません 😀' },
    },
    { id: 'model.shop.مبيعات', status: 'skipped', cause: 'model.shop.注文_明細' },
    { id: `model.shop.${'a_very_long_name_'.repeat(14)}`, ...ran(200, 4000) },
  ]),
  'messages of 2,000 characters': runOf([
    { id: 'model.shop.a', ...ran(0, 100), status: 'error', message: LONG },
    { id: 'model.shop.b', ...ran(0, 100), status: 'error', message: 'x'.repeat(2000) },
    { id: 'test.shop.c.1', status: 'warn', message: `${LONG}\n${LONG}`, failures: 3 },
  ]),
  'one node': runOf([{ id: 'model.shop.a', ...ran(0, 3) }]),
  'skips alone': runOf(Array.from({ length: 12 }, (_, i) => ({ id: `model.shop.m${i}`, status: 'skipped' }))),
  'sources alone': runOf(
    ['pass', 'warn', 'error'].map((status) => ({ id: `source.shop.farm.${status}`, ...ran(0, 200), status })),
    ['source freshness'],
  ),
  'three commands': runOf(
    [
      { id: 'seed.shop.s', ...ran(0, 1000), invocation: 1 },
      { id: 'model.shop.a', ...ran(5100, 8000), invocation: 2, parents: ['seed.shop.s'] },
      { id: 'test.shop.u.1', ...ran(10_100, 11_000), invocation: 3, status: 'fail', failures: 4 },
    ],
    ['seed', 'run', 'test'],
  ),
  retries: runOf(
    [
      { id: 'model.shop.a', ...ran(5100, 8000), invocation: 2, earlier: [failed(1)] },
      {
        ...{ id: 'model.shop.b', ...ran(10_100, 11_000), invocation: 3, status: 'error', message: 'broken' },
        earlier: [failed(1), failed(2)],
      },
    ],
    ['build', 'retry', 'retry'],
  ),
  'names of JavaScript and HTML': runOf([
    { id: 'model.shop.<img src=x onerror=alert(1)>', status: 'error', message: '</script><b>\u202e\u0000' },
    { id: 'model.shop.__proto__', ...ran(0, 10) },
    { id: 'model.shop.constructor', ...ran(0, 10) },
    { id: 'model.shop.javascript:alert(1)', ...ran(0, 10) },
  ]),
}

/** @param commands `retry` for one */
function runOf(nodes: Made[], commands = ['build']): Run {
  const run = begin(START, 'shop')
  for (const [index, words] of commands.entries()) {
    const purpose = words === 'retry' ? 'retry' : 'command'
    const command = { purpose, words: words.split(' '), selection: undefined, delay: 0 } as const
    const invocation = startInvocation(run, { ...command, words: [...command.words] }, START + index * 5000)
    const ended = { finishedAt: START + index * 5000 + 4900, exitCode: 1, complete: true }
    Object.assign(invocation, { engine: 'core', version: '1.11.16', threads: 2, ...ended })
  }
  const made = nodes.map(({ id, parents = [], ...rest }) => {
    Object.assign(nodeOf(run, id), { settled: true, ...rest })
    return manifestNode(id, { dependsOn: parents })
  })
  run.graph = new Map(made.map((known) => [known.uniqueId, known]))
  return Object.assign(run, { finishedAt: START + 15_000, exitCode: 1 })
}

function ran(from: number, to: number): Partial<Node> {
  return {
    status: 'success',
    startedAt: START + from,
    finishedAt: START + to,
    executionTime: (to - from) / 1000,
  }
}

function failed(invocation: number): Node['earlier'][number] {
  return { ...unseen(invocation), status: 'error', message: 'connection lost', executionTime: 2 }
}

/** Writes its page as the Action would. */
export async function writeOdd(run: Run, template: string, path: string): Promise<void> {
  const findings = {
    of: async () => ({ location: undefined, sql: 'select 1' }),
    sqlOf: async () => 'select 1',
    ofFailures: async () => new Map(),
    problems: async () => [],
    warnings: async () => ({ placed: [], others: [] }),
  }
  const known = { subject: SUBJECT, findings, notices: () => [], rows: new Map() }
  const where = { path, template, links: new Map(), written: { path: '' } }
  await page({ ...where, ...known }).finish?.(run, new Promise(() => {}))
}
