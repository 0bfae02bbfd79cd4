import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readExcerpt } from '../../src/project/read-excerpt.ts'
import { baseRun } from '../../src/report/base-run.ts'
import type { PageData } from '../../src/report/page-data.ts'
import { page } from '../../src/reporters/page.ts'
import { begin, nodeOf, unseen } from '../../src/run/run.ts'
import { manifestNode } from '../report/large-run.ts'
import { recorded } from '../report/recorded.ts'
import { ABOUT } from '../run/about.ts'
import { savedRun } from '../run/saved-run.ts'
import { largeRun, sqlOf, writeLarge } from './large.ts'

const folder = mkdtempSync(join(tmpdir(), 'write-'))
const template = join(folder, 'template.html')
/** As large as the real one. */
const SCRIPT = 'x'.repeat(90_000)
writeFileSync(template, `<title>%TITLE%</title><script id="data">%DATA%</script><script>${SCRIPT}</script>`)

function dataOf(path: string): PageData {
  const [, json = ''] = /<script id="data">(.*?)<\/script>/s.exec(readFileSync(path, 'utf8')) ?? []
  return JSON.parse(json)
}

const hide = (text: string) => text.replaceAll('SECRET', '***')
const findings = {
  of: async () => {
    const location = { path: 'secret.sql', line: 2, column: 3, compiledLine: 9 }
    const excerpt = await readExcerpt(folder, location, hide)
    return { location, sql: 'select 1', excerpt, changed: true }
  },
  sqlOf: async () => '',
  ofFailures: async () => new Map(),
  problems: async () => [],
  warnings: async () => ({ placed: [], others: [] }),
}

describe.each([
  [2_000, 1.5],
  [10_000, 6],
])('the page of %i nodes', (count, megabytes) => {
  const path = join(folder, `${count}.html`)

  test(`is below ${megabytes} MB, with the SQL of what failed and of as many others as fit`, async () => {
    await writeLarge(largeRun(count), template, path)
    expect(statSync(path).size).toBeLessThan(megabytes * 1_000_000)
    const { nodes, packed = [] } = dataOf(path)
    expect(nodes).toHaveLength(count)
    const bad = nodes.filter(({ status }) => status === 'error' || status === 'warn')
    expect(bad.length).toBeGreaterThan(count / 30)
    expect(bad.filter(({ sql }) => sql === undefined)).toEqual([])
    const [pack] = packed
    const texts = JSON.parse(String(inflateRawSync(Buffer.from(pack?.data ?? '', 'base64'))))
    const [first = 0] = pack?.nodes ?? []
    expect(texts[String(first)]).toBe(sqlOf({ name: nodes[first]?.id.split('.')[2] ?? '' }))
    expect(packed.flatMap(({ nodes }) => nodes).length).toBeGreaterThan(count / 2)
  })
})

describe('the page', () => {
  const subject = {
    checkName: 'x',
    command: 'dbt build',
    commands: [['build', '--vars', '{a: 1}', '--select', 'tag:x']],
    projectDir: '.',
    repositoryUrl: 'javascript:alert(1)',
    sha: '1',
    runUrl: 'javascript:alert(2)',
    failOn: 'error',
    caller: 'workflow',
    annotations: true,
    dispatch: undefined,
  } as const

  async function written(
    name: string,
    change: (run: ReturnType<typeof begin>) => void,
    upload?: () => Promise<string | undefined>,
  ) {
    const run = begin(0, 'shop')
    Object.assign(nodeOf(run, 'model.shop.orders'), {
      status: 'error',
      message: `</script><b>%DATA% $& %TITLE%`,
    })
    Object.assign(run, { exitCode: 1, finishedAt: 5000 })
    change(run)
    const path = join(folder, 'new', name)
    const report = { path: '' }
    const links = new Map<string, string>()
    const left: string[] = []
    writeFileSync(join(folder, 'secret.sql'), 'select\n  SECRET,\n  1')
    const options = {
      path,
      template,
      subject,
      findings,
      notices: () => ['rows are for people'],
      rows: new Map([['test.shop.unique', { columns: ['id'], rows: [['x'.repeat(200)], ['2']] }]]),
      links,
      written: report,
      leave: (path: string) => left.push(path),
    }
    await page({ ...options, ...(upload ? { upload } : {}) }).finish?.(run, new Promise(() => {}))
    return { path, links, left, report, data: dataOf(path) }
  }

  test('cannot be left by a text of the project, and has no address but of the web', async () => {
    const { path, data } = await written('hostile.html', (run) => {
      run.projectName = '</title><b>'
    })
    const html = readFileSync(path, 'utf8')
    expect(html.split('</script>')).toHaveLength(3)
    expect(html).toContain('&lt;/title&gt;&lt;b&gt;')
    expect(data.nodes[0]?.message).toBe('</script><b>%DATA% $& %TITLE%')
    expect(html).not.toContain('javascript:')
  })

  test('hides secrets in the sources that it reads', async () => {
    const { path, data } = await written('secret.html', () => {})
    expect(data.nodes[0]?.source).toEqual({
      ...{ first: 1, line: 2, lines: ['select', '  ***,', '  1'], caret: { at: 2, length: 1 } },
      note: 'line 9 of the compiled SQL is line 2 of the file',
    })
    expect(readFileSync(path, 'utf8')).not.toContain('SECRET,')
  })

  test('is written whole, and linked to once it is uploaded', async () => {
    const { path, links, left, report } = await written(
      'linked.html',
      () => {},
      async () => 'https://x/artifacts/1',
    )
    expect([...links]).toEqual([['report', 'https://x/artifacts/1']])
    expect(report.path).toBe(path)
    // A SIGKILL meanwhile would have left it to post.
    expect(left).toEqual([path, ''])
    expect(readdirSync(join(folder, 'new')).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('has what people wrote about a node, the command that runs it, and its failing rows', async () => {
    const { data } = await written('about.html', (run) => {
      const properties = { description: 'All orders', owner: 'finance', columnTags: [] }
      const known = { ...manifestNode('model.shop.orders'), properties }
      const test = manifestNode('test.shop.unique', { resourceType: 'test', dependsOn: [known.uniqueId] })
      run.graph = new Map([known, test].map((node) => [node.uniqueId, node]))
      Object.assign(nodeOf(run, test.uniqueId), { status: 'fail', failures: 5 })
    })
    expect(data.notices).toEqual(['rows are for people'])
    expect(data.nodes[0]).toMatchObject({
      ...{ owner: 'finance', description: 'All orders', changed: true },
      command: "dbt build -s orders --vars '{a: 1}'",
    })
    const { table } = data.nodes.find(({ id }) => id === 'test.shop.unique') ?? {}
    expect(table).toEqual({ columns: ['id'], rows: [[`${'x'.repeat(79)}…`], ['2']], total: 5 })
  })

  test('is left for later where it could not be uploaded', async () => {
    const { path, left } = await written(
      'late.html',
      () => {},
      async () => undefined,
    )
    expect(left).toEqual([path])
  })

  test('is not uploaded after a stop, but left for later', async () => {
    const upload = async () => {
      throw new Error('there is no time')
    }
    const { path, links, left, report } = await written(
      'stopped.html',
      (run) => Object.assign(run, { stoppedAt: 1 }),
      upload,
    )
    expect(links.size).toBe(0)
    expect(left).toEqual([path])
    expect(report.path).not.toBe('')
  })
})

test('the page has where the time went, and what is different from other runs', async () => {
  const { run, subject } = await recorded('core-build-example-broken')
  const { run: before } = await recorded('core-build-example')
  const saved = savedRun(before, { ...ABOUT, commit: '0123456789' })
  const bikes = 'model.bikes.stg_bikes'
  const slow = saved.nodes.find(({ uniqueId }) => uniqueId === bikes)
  const path = join(folder, 'timed.html')
  const base = baseRun('main', 'https://x/1', saved)
  const flaky = structuredClone(saved)
  flaky.nodes.find(({ uniqueId }) => uniqueId === bikes)?.earlier.push({ ...unseen(1), status: 'error' })
  const broken = structuredClone(saved)
  Object.assign(broken, { startedAt: undefined }).nodes = saved.nodes.map((node) =>
    node.uniqueId === bikes ? { ...node, status: 'error' } : node,
  )
  const about = (saved: typeof flaky, runId: string) => ({ ...saved, about: { ...saved.about, runId } })
  base.earlier.push(
    { label: 'main', url: 'javascript:alert(1)', saved: about(flaky, '2') },
    { label: 'main', url: '', saved: about(broken, '3') },
  )
  const where = { path, template, links: new Map(), written: { path: '' } }
  const known = { subject: { ...subject, base }, findings, notices: () => [], rows: new Map() }
  await page({ ...where, ...known }).finish?.(run, new Promise(() => {}))
  const data = dataOf(path)
  const { nodes, timing, history } = data
  const named = (indexes: number[] = []) => indexes.map((index) => nodes[index]?.id)
  expect(timing).toMatchObject({ threads: 4 })
  expect(timing?.busy).toBeGreaterThan(0.3)
  expect(timing?.criticalPath.length).toBeGreaterThan(3)
  expect(timing?.advisor?.map(({ threads }) => threads)).toEqual([1, 2, 4, 8, 16, 32])
  expect(data.title).toMatch(/^2 failed \(2 new\) · .* \(main: \d/)
  expect(named(history?.newFailures)).toContain('model.bikes.stg_repairs')
  expect(history).toMatchObject({ label: 'main', url: 'https://x/1' })
  expect(history?.seconds).toBeGreaterThan(1)
  const day = new Date(before.startedAt).toISOString().slice(0, 10)
  expect(history?.runs).toEqual([
    { label: `main 0123456 ${day}`, url: 'https://x/1' },
    { label: `main 0123456 ${day}` },
    { label: 'main 0123456' },
  ])
  const time = Math.round(1000 * (slow?.executionTime ?? 0)) / 1000
  expect(nodes.find(({ id }) => id === bikes)?.past).toEqual([time, time, 'error'])
  expect(data.flaky).toEqual([
    {
      node: nodes.findIndex(({ id }) => id === bikes),
      reason: 'failed in 2 of 3 runs of main and succeeded in a retry',
    },
  ])
})
