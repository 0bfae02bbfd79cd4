/** What the benchmark computes and writes; measuring is not tested here but by `script/bench --quick`. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startTime } from '../../src/dbt/process.ts'
import { svgOf } from './chart.ts'
import { descendantsOf, kill } from './cosmos/processes.ts'
import { cosmosPart } from './cosmos.ts'
import { documentOf } from './document.ts'
import { median, pairedRatio, quantile, seconds } from './numbers.ts'
import { sizes } from './start.ts'
import { cpuIn, noting, timed, timeOf } from './timing.ts'

test('medians, quantiles and ratios of pairs', () => {
  expect(median([5, 1, 3])).toBe(3)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([])).toBeNaN()
  expect(quantile([0, 10, 20, 30, 40], 0.95)).toBeCloseTo(38)
  // One slow round changes both of its pair.
  expect(pairedRatio([9, 90, 9], [10, 100, 10])).toBeCloseTo(0.9)
  expect([seconds(420), seconds(12_340), seconds(184_000)]).toEqual(['0.42 s', '12.3 s', '184 s'])
})

test('a program keeps its words and its exit code while it is timed', async () => {
  const program = `let sum = 0; for (let i = 0; i < 3e7; i++) sum += i; process.exit(process.argv[1] === "it's $HOME" ? 3 : 4)`
  const { exitCode, cpu, wall } = await timeOf([process.execPath, '-e', program, "it's $HOME"], '.', {})
  expect(exitCode).toBe(3)
  expect(cpu).toBeGreaterThan(0)
  expect(wall).toBeGreaterThan(0)
})

test('a noted dbt passes its words and its exit code on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'noted-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const noted = noting('/usr/bin/printf', folder)
  const before = Date.now()
  const { stdout, status } = spawnSync(noted.program, ['%s|', 'a b', '$c'], { encoding: 'utf8' })
  expect([stdout, status]).toEqual(['a b|$c|', 0])
  expect(noted.ended()).toBeGreaterThanOrEqual(noted.started())
  // A file's time may be a tick of the kernel old.
  expect(noted.started()).toBeGreaterThan(before - 100)
  expect(noted.cpu()).toBeGreaterThanOrEqual(0)
  const [shell = '', ...words] = timed(join(folder, 'cpu'), ['/bin/sh', '-c', 'exit 5'])
  expect(spawnSync(shell, words).status).toBe(5)
  expect(cpuIn(join(folder, 'cpu'))).toBeGreaterThanOrEqual(0)
})

test.runIf(process.platform === 'linux')(
  'what a process started is seen and killed, and nothing else',
  async () => {
    const child = spawn('sh', ['-c', 'sleep 60; true'], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    await expect.poll(() => descendantsOf(child.pid ?? 0).map(({ name }) => name)).toEqual(['sleep'])
    const [sleeping] = descendantsOf(child.pid ?? 0)
    expect(sleeping?.bytes).toBeGreaterThan(0)
    kill([{ pid: process.pid, started: 'never' }])
    kill(sleeping ? [{ pid: sleeping.pid, started: startTime(sleeping.pid) }] : [])
    expect(await ended).toEqual([0, null])
  },
)

test('ways are compared with plain dbt', () => {
  const ways = [
    { name: 'plain' as const, wall: 12_000, peakMb: 160 },
    { name: 'local' as const, wall: 560_000, peakMb: 2500, triedAgain: 3 },
  ]
  const section = cosmosPart.section({ versions: 'Cosmos 1', views: 184, threads: 4, ways })
  expect(section).toContain('| plain `dbt build` | 12.0 s | 1.00 × | 160 MB |  |')
  expect(section).toContain('| Cosmos, `LOCAL` | 560 s | 46.67 × | 2,500 MB | 3 |')
})

test('each folder of dist/ has a size, also that of the page', () => {
  const small = Object.entries(sizes()).filter(([, bytes]) => bytes < 10_000)
  expect(small).toEqual([])
})

test('a document has each part with its machine, and a picture of the ratios', () => {
  const chart = {
    title: 'dbt <1.11>',
    rows: [{ label: 'a & b', bars: [{ label: 'ours', ratio: 0.9, ours: true }] }],
  }
  const part = {
    name: 'core',
    title: 'Core',
    measure: async () => 1,
    section: () => 'the table',
    chart: () => chart,
  }
  const machine = {
    ...{ date: '2026-01-02', commit: 'abc1234', system: 'Linux', processor: '2 × X', memory: '8 GB' },
    ...{ node: 'v24.0.0', load: 1.5 },
  }
  const { markdown, svg = '' } = documentOf([part], [{ part, machine, data: 1 }])
  for (const text of [
    '## Core',
    'the table',
    'abc1234',
    '2 × X',
    'was busy',
    '`script/bench core`',
    '](benchmarks.svg)',
  ])
    expect(markdown).toContain(text)
  const quiet = documentOf([part], [{ part, machine: { ...machine, load: 0.2 }, data: 1 }]).markdown
  expect(quiet).toContain('load 0.2 per core')
  expect(quiet).not.toContain('busy')
  expect(svg).toContain('dbt &lt;1.11>')
  expect(svg).toContain('0.90 ours')
  const line = (text: string) => Number(/<line x1="([\d.]+)"/.exec(text)?.[1])
  const bar = (text: string) => 200 + Number(/<rect x="200" y="\d+" width="([\d.]+)"/.exec(text)?.[1])
  expect(bar(svg)).toBeLessThan(line(svg))
  const slower = svgOf([{ ...chart, rows: [{ label: '', bars: [{ label: '', ratio: 2, ours: true }] }] }])
  expect(bar(slower)).toBeGreaterThan(line(slower))
})

test('a part that was not measured here keeps its section, in its place', () => {
  const [first, second, third] = ['one', 'two', 'three'].map((name) => ({
    ...{ name, title: `Part ${name}`, measure: async () => 1, section: () => `new ${name}` },
    ...(name === 'one' && { chart: () => ({ title: '', rows: [] }) }),
  }))
  if (!first || !second || !third) throw new Error()
  const machine = { date: '', commit: '', system: '', processor: '', memory: '', node: '', load: 0 }
  const before =
    '# Benchmarks\n\ntext\n\n## Part one\n\nold one\n\n### More\n\n## Part two\n\nold two\n\n## Gone\n\nold\n'
  const { markdown, svg } = documentOf([first, second, third], [{ part: second, machine, data: 1 }], before)
  expect(markdown.match(/^## .*|(old|new) \w+/gm)).toEqual([
    '## Part one',
    'old one',
    '## Part two',
    'new two',
  ])
  expect(markdown).toContain('### More\n\n## Part two')
  // The plot would have lost a part.
  expect(svg).toBeUndefined()
})
