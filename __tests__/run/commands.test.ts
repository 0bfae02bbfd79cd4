/** Which command comes next: each row is a plan, the exit codes of dbt, and what ran. */
import { expect, test } from 'vitest'
import type { ManifestNode } from '../../src/dbt/manifest.ts'
import { runNotices } from '../../src/report/notices.ts'
import { commandsInOrder, startInvocation } from '../../src/run/commands.ts'
import { conclude, end } from '../../src/run/conclude.ts'
import { begin, type Command, nodeOf } from '../../src/run/run.ts'
import { ABOUT } from './about.ts'
import { savedRun } from './saved-run.ts'

const ORDERS: ManifestNode = {
  uniqueId: 'model.shop.orders',
  resourceType: 'model',
  name: 'orders',
  packageName: 'shop',
  version: '',
  fqn: ['shop', 'orders'],
  originalFilePath: 'models/orders.sql',
  patchPath: '',
  path: 'orders.sql',
  materialized: 'view',
  relation: '',
  dependsOn: [],
  tags: [],
  test: undefined,
}

const commandOf = (line: string): Command => ({
  purpose: line === 'deps' ? 'deps' : 'command',
  words: line.split(' '),
  selection: undefined,
  delay: 0,
})

const rows: [lines: string[], codes: number[], ran: string[], exitCode: number, reached: number][] = [
  [['seed', 'run', 'test'], [0, 0, 0], ['seed', 'run', 'test'], 0, 2],
  [['seed', 'run', 'test'], [0, 1, 1], ['seed', 'run', 'again run'], 1, 1],
  [['seed', 'run', 'test'], [0, 1, 0, 0], ['seed', 'run', 'again run', 'test'], 0, 2],
  [['seed', 'run', 'test'], [2], ['seed'], 2, 0],
  // What cannot run in parts is not run again.
  [['run-operation grant', 'run'], [1], ['run-operation grant'], 1, 0],
  [['deps', 'run'], [0, 0], ['deps', 'run'], 0, 0],
  [['deps', 'run'], [2], ['deps'], 2, -1],
]

test('a dbt that failed without a node left an unknown rest (v2, where the project does not parse)', () => {
  const run = begin(0)
  startInvocation(run, commandOf('build'), 0)
  const files = { runResultsPath: '', manifestPath: '', processorTime: undefined, unread: [] }
  conclude(
    run,
    { exit: { code: 1, signal: null }, runResults: { invocationId: '', results: [] }, ...files },
    0,
  )
  end(run, 0)
  expect(savedRun(run, ABOUT).finished).toBe(false)
})

test.each(rows)('%j with %j', (lines, codes, ran, exitCode, reached) => {
  const run = begin(0)
  run.retries = { ...run.retries, most: 1 }
  const next = commandsInOrder(lines.map(commandOf), 0)
  const seen: string[] = []
  run.commands = lines.filter((line) => line !== 'deps').map((line) => line.split(' '))
  for (let command = next(run); command; command = next(run)) {
    seen.push(`${command.purpose === 'retry' ? 'again ' : ''}${command.words.join(' ')}`)
    startInvocation(run, command, 0)
    const code = codes[seen.length - 1] ?? 0
    run.graph = new Map([[ORDERS.uniqueId, ORDERS]])
    const status = code === 1 ? 'error' : 'success'
    const invocation = run.invocations.length
    Object.assign(nodeOf(run, ORDERS.uniqueId), { status, invocation })
    const runResults = code === 2 ? undefined : { invocationId: '', results: [] }
    const files = { runResultsPath: '', manifestPath: '', processorTime: undefined, unread: [] }
    conclude(run, { exit: { code, signal: null }, runResults, ...files }, 0)
  }
  end(run, 0)
  expect(seen).toEqual(ran)
  expect(run.exitCode).toBe(exitCode)
  const { commands } = run
  expect(savedRun(run, { ...ABOUT, commands }).reached).toBe(reached)
  const left = commands.slice(reached + 1).map(([name]) => `dbt ${name}`)
  const [notice = ''] = runNotices(run, { caller: 'workflow', commands })
  expect(notice.split(' did not run, since ')[0]).toBe(left.join(' and '))
})
