/** The live view on a screen that understands its few sequences, with a clock that moves when everybody sleeps. */
import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { DbtEvent } from '../../src/dbt/event.ts'
import { printerOf } from '../../src/reporters/printer.ts'
import type { Reporter } from '../../src/reporters/reporter.ts'
import { type Screen, screenOf } from '../../src/reporters/screen.ts'
import { briefLog, liveView } from '../../src/reporters/terminal.ts'
import { type Node, nodeOf } from '../../src/run/run.ts'
import { begunRun, last } from '../run/begun.ts'
import { virtualClock } from '../virtual-clock.ts'

const ESC = '\u001b'

/** Keeps what a person would see: text, cursor up, and lines that are erased. */
function fakeScreen(size = { columns: 80, rows: 24 }) {
  const lines = ['']
  let row = 0
  let cursorShown = true
  const writes: string[] = []
  function put(text: string): void {
    const [first = '', ...more] = text.split('\n')
    lines[row] += first
    for (const line of more) lines[++row] = `${lines[row] ?? ''}${line}`
  }
  const screen: Screen = {
    write: (text) => {
      writes.push(text)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: cursor up, erase the line, text
      for (const [, up, erase, plain = ''] of text.matchAll(/\u001b\[(\d+)A\r|(\u001b\[K)|([^\u001b]+)/g)) {
        if (up) row -= Number(up)
        else if (erase) lines[row] = ''
        else put(plain)
      }
      const lastLine = lines.findLastIndex((line) => line !== '')
      lines.splice(Math.max(row, lastLine) + 1)
    },
    columns: () => size.columns,
    rows: () => size.rows,
    cursor: (shown) => {
      cursorShown = shown
    },
  }
  /** Lines that have become too long are wrapped, as terminals do. */
  function resize(columns: number): void {
    size.columns = columns
    const wrapped = lines.flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [''])
    lines.splice(0, lines.length, ...wrapped)
    row = lines.length - 1
  }
  return { screen, resize, writes, shown: () => lines.join('\n'), isCursorShown: () => cursorShown }
}

const START = 1_000_000

function setUp(before = new Map<string, number>()) {
  const clock = virtualClock(START)
  const run = begunRun()
  run.startedAt = START
  const fake = fakeScreen()
  const view = liveView({
    ...{ run, screen: fake.screen, before, now: clock.now, sleep: clock.sleep },
    style: { colour: false, hrefOf: undefined },
    locate: async ({ name }) => ({ path: `models/${name}.sql`, line: 3 }),
  })
  const node = (name: string, change: Partial<Node>) => {
    const changed = Object.assign(nodeOf(run, `model.shop.${name}`), change)
    run.projectName = 'shop'
    view.update?.(run, { node: changed })
  }
  const wait = (ms: number) => clock.runUntil(clock.sleep(ms).done)
  const finish = () => clock.runUntil(view.finish?.(run, new Promise(() => {})) ?? Promise.resolve())
  view.update?.(run, { begun: last(run) })
  return { ...fake, run, view, node, wait, finish, clock }
}

test('seconds count up, a failure stays with its place, and nothing is left at the end', async () => {
  const { run, view, node, wait, finish, shown, isCursorShown, clock } = setUp(
    new Map([['model.shop.orders', 8_000]]),
  )
  expect(shown()).toBe('dbt is starting  0 s\n')
  expect(isCursorShown()).toBe(false)
  last(run).nodeCount = 2
  node('orders', { startedAt: clock.now() })
  node('items', { startedAt: clock.now() })
  view.print('a warning')
  await wait(3_100)
  expect(shown()).toBe(
    `${[
      'a warning',
      '▸ model orders     3 s  last run 8 s',
      '▸ model items      3 s',
      '────────────────────────────── 0 of 2 · 2 running  3 s, about 5 s left',
    ].join('\n')}\n`,
  )
  node('items', { status: 'error', message: 'no such table', finishedAt: clock.now() })
  view.print('another one\nof two lines')
  await wait(1_000)
  expect(shown()).toBe(
    `${[
      'a warning',
      'another one',
      'of two lines',
      '✗ model items  models/items.sql:3  no such table',
      '▸ model orders     4 s  last run 8 s',
      '━━━━━━━━━━━━━━────────────── 1 failed · 1 of 2 · 1 running  4 s, about 4 s left',
    ].join('\n')}\n`,
  )
  await finish()
  view.print('the recap')
  expect(shown()).toBe('a warning\nanother one\nof two lines\nthe recap\n')
  expect(isCursorShown()).toBe(true)
})

test('it stops drawing at the end', async () => {
  const { wait, finish, writes } = setUp()
  await wait(1_000)
  await finish()
  const before = writes.length
  await wait(5_000)
  expect(writes).toHaveLength(before)
})

test('a terminal that becomes narrower', async () => {
  const { node, wait, finish, shown, resize, clock } = setUp()
  node('a_model_with_a_long_name_that_fills_most_of_a_line', { startedAt: clock.now() })
  await wait(500)
  expect(shown().split('\n')).toHaveLength(3)
  resize(40)
  await wait(500)
  for (const line of shown().split('\n')) expect(line.length).toBeLessThan(40)
  await finish()
})

test('a line is printed in one write with what is below it', async () => {
  const { view, wait, finish, writes } = setUp()
  await wait(250)
  const before = writes.length
  view.print('one')
  expect(writes.slice(before)).toEqual([`${ESC}[1A\r${ESC}[K\n${ESC}[1A\rone\ndbt is starting  0 s\n`])
  await finish()
})

test('a place that cannot be found is left out', async () => {
  const clock = virtualClock(START)
  const run = begunRun()
  const { screen, shown } = fakeScreen()
  const options = { run, screen, before: new Map(), now: clock.now, sleep: clock.sleep }
  const locate = async () => {
    throw new Error('no disk')
  }
  const view = liveView({ ...options, style: { colour: false, hrefOf: undefined }, locate })
  view.update?.(run, { begun: last(run) })
  const node = Object.assign(nodeOf(run, 'model.shop.a'), { status: 'error', message: 'no' })
  view.update?.(run, { node })
  await clock.runUntil(clock.sleep(500).done)
  expect(shown()).toContain('✗ model a  no\n')
  await view.finish?.(run, new Promise(() => {}))
})

test('a view that fails restores the cursor and is reported', async () => {
  const clock = virtualClock(START)
  const run = begunRun()
  const { screen, isCursorShown } = fakeScreen()
  const broken = { ...screen, rows: () => Number(undefined).toFixed(1000) as unknown as number }
  const view = liveView({
    ...{ run, screen: broken, before: new Map(), now: clock.now, sleep: clock.sleep },
    style: { colour: false, hrefOf: undefined },
    locate: async () => undefined,
  })
  view.update?.(run, { begun: last(run) })
  await expect(view.finish?.(run, new Promise(() => {}))).rejects.toThrow(RangeError)
  expect(isCursorShown()).toBe(true)
})

describe('the cursor', () => {
  function setUpHost() {
    const written: string[] = []
    const kills: string[] = []
    const host = Object.assign(new EventEmitter(), {
      pid: 7,
      kill: (_: number, signal: string) => {
        kills.push(signal)
        return true
      },
    })
    const output = { write: (text: string) => written.push(text) > 0, columns: 0, rows: 0 }
    const screen = screenOf(output as never, host as never)
    return { host, screen, written, kills }
  }
  const [HIDE, SHOW] = [`${ESC}[?25l`, `${ESC}[?25h`]

  test('is shown again when the process ends, and while it is suspended', () => {
    const { host, screen, written, kills } = setUpHost()
    screen.cursor(false)
    host.emit('SIGTSTP')
    expect(written).toEqual([HIDE, SHOW])
    expect(kills).toEqual(['SIGSTOP'])
    host.emit('SIGCONT')
    host.emit('exit')
    expect(written).toEqual([HIDE, SHOW, HIDE, SHOW])
  })

  test('is left alone once it is shown', () => {
    const { host, screen, written } = setUpHost()
    screen.cursor(true)
    screen.cursor(false)
    screen.cursor(false)
    screen.cursor(true)
    expect(written).toEqual([HIDE, SHOW])
    expect(host.eventNames()).toEqual([])
  })

  test('a terminal without a size has 80 × 24', () => {
    const { screen } = setUpHost()
    expect([screen.columns(), screen.rows()]).toEqual([80, 24])
  })
})

test('beside the live view, the log has no results of nodes, and no traceback after a stop', () => {
  const names: string[] = []
  const inner: Reporter = {
    name: 'log',
    update: (_, { output }) => {
      names.push(
        output && 'event' in output ? output.event.name : output && 'text' in output ? output.text : '',
      )
    },
  }
  const run = begunRun()
  const quiet = briefLog(inner)
  for (const name of ['LogModelResult', 'NodeFinished', 'RunResultError', 'JinjaLogWarning']) {
    quiet.update?.(run, { output: { event: { name } as DbtEvent } })
  }
  quiet.update?.(run, { output: { text: 'Open https://login' } })
  quiet.update?.(run, {})
  const trace = { output: { event: { name: 'MainStackTrace' } as DbtEvent } }
  quiet.update?.(run, trace)
  run.stoppedAt = 5
  quiet.update?.(run, trace)
  expect(names).toEqual(['JinjaLogWarning', 'Open https://login', '', 'MainStackTrace'])
})

test('a printer takes colours away where there are none', () => {
  const written: string[] = []
  const output = { isTTY: false, write: (text: string) => written.push(text) > 0 }
  printerOf(output as never, {}, '/repo').print(`${ESC}[31mred${ESC}[0m`)
  printerOf(output as never, { CI: 'true' }, '/repo').print(`${ESC}[31mred${ESC}[0m`)
  expect(written).toEqual(['red\n', `${ESC}[31mred${ESC}[0m\n`])
  const terminal = printerOf({ ...output, isTTY: true } as never, { TERM: 'xterm-kitty' }, '/repo')
  expect(terminal.style.hrefOf?.('a b/x.sql', 7)).toMatch(/^file:\/\/[^/]+\/repo\/a%20b\/x\.sql#7$/)
  expect(printerOf(output as never, { TERM: 'xterm-kitty' }, '/repo').style.hrefOf).toBeUndefined()
})
