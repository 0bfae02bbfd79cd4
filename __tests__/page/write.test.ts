import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { PageData } from '../../src/report/page-data.ts'
import { excerptOf } from '../../src/report/page-nodes.ts'
import { page } from '../../src/reporters/page.ts'
import { begin, nodeOf } from '../../src/run/run.ts'
import { savedRun } from '../../src/run/saved.ts'
import { recorded } from '../report/recorded.ts'
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

const findings = {
  of: async () => ({ location: { path: 'secret.sql', line: 2 }, sql: 'select SECRET' }),
  sqlOf: async () => '',
  ofFailures: async () => new Map(),
  problems: async () => [],
  warnings: async () => ({ placed: [], others: [] }),
}
const hide = (text: string) => text.replaceAll('SECRET', '***')

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
    commands: [['build']],
    projectDir: '.',
    repositoryUrl: 'javascript:alert(1)',
    sha: '1',
    runUrl: 'javascript:alert(2)',
    failOn: 'error',
    annotations: true,
    dispatch: undefined,
  } as const

  async function written(
    name: string,
    change: (run: ReturnType<typeof begin>) => void,
    upload?: () => Promise<string>,
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
    writeFileSync(join(folder, 'secret.sql'), 'select\n  SECRET,\n  1')
    const options = {
      path,
      template,
      repository: folder,
      subject,
      findings,
      hide,
      notices: [],
      links,
      written: report,
    }
    await page({ ...options, ...(upload ? { upload } : {}) }).finish?.(run, new Promise(() => {}))
    return { path, links, report, data: dataOf(path) }
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
    expect(data.nodes[0]?.source).toEqual({ first: 1, line: 2, lines: ['select', '  ***,', '  1'] })
    expect(readFileSync(path, 'utf8')).not.toContain('SECRET,')
  })

  test('is written whole, and linked to once it is uploaded', async () => {
    const { path, links, report } = await written(
      'linked.html',
      () => {},
      async () => 'https://x/artifacts/1',
    )
    expect([...links]).toEqual([['report', 'https://x/artifacts/1']])
    expect(report.path).toBe(path)
    expect(readdirSync(join(folder, 'new')).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('is not uploaded after a stop', async () => {
    const upload = async () => {
      throw new Error('there is no time')
    }
    const { links, report } = await written(
      'stopped.html',
      (run) => Object.assign(run, { stoppedAt: 1 }),
      upload,
    )
    expect(links.size).toBe(0)
    expect(report.path).not.toBe('')
  })
})

test('an excerpt has three lines before and after, and none of a line that is not there', () => {
  const text = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join('\n')
  expect(excerptOf(text, 10)).toEqual({
    first: 7,
    line: 10,
    lines: [7, 8, 9, 10, 11, 12, 13].map((n) => `line ${n}`),
  })
  expect(excerptOf(text, 1)?.lines).toHaveLength(4)
  expect(excerptOf(text, 21)).toBeUndefined()
  expect(excerptOf('x'.repeat(10_000), 1)?.lines[0]).toHaveLength(300)
})

test('the page has where the time went, and what is different from another run', async () => {
  const { run, subject } = await recorded('core-build-example-broken')
  const { run: before } = await recorded('core-build-example')
  const saved = savedRun(before, ABOUT)
  const slow = saved.nodes.find(({ uniqueId }) => uniqueId === 'model.bikes.stg_bikes')
  const path = join(folder, 'timed.html')
  const base = { label: 'main', url: 'https://x/1', saved }
  const where = { path, template, repository: folder, links: new Map(), written: { path: '' } }
  await page({ ...where, subject, findings, hide, notices: [], base }).finish?.(run, new Promise(() => {}))
  const { nodes, timing, history } = dataOf(path)
  const named = (indexes: number[] = []) => indexes.map((index) => nodes[index]?.id)
  expect(timing).toMatchObject({ threads: 4 })
  expect(timing?.busy).toBeGreaterThan(0.3)
  expect(timing?.criticalPath.length).toBeGreaterThan(3)
  expect(timing?.advisor?.map(({ threads }) => threads)).toEqual([1, 2, 4, 8, 16, 32])
  expect(named(history?.newFailures)).toContain('model.bikes.stg_repairs')
  expect(history).toMatchObject({ label: 'main', url: 'https://x/1' })
  expect(history?.seconds).toBeGreaterThan(1)
  expect(nodes.find(({ id }) => id === 'model.bikes.stg_bikes')?.base).toBe(slow?.executionTime)
})

const ABOUT = {
  ...{
    checkName: 'x',
    repository: '',
    job: '',
    workflow: '',
    runId: '1',
    runAttempt: 1,
    sha: '',
    commit: '',
  },
  ...{
    eventSha: '',
    projectDir: '.',
    commands: [['build']],
    first: 0,
    select: '',
    partial: false,
    verdict: 'success' as const,
  },
}
