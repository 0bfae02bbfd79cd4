/**
 * Summaries in a browser, with GitHub's stylesheet. PICTURES=folder keeps a picture of each to look at.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { marked } from 'marked'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BODY_LIMIT } from '../../src/report/comment.ts'
import { SUMMARY_LIMIT, shortSummary, summary } from '../../src/report/summary.ts'
import { largeRun, summaryInput } from './large-run.ts'

const ROOT = join(import.meta.dirname, '../..')
const CSS = readFileSync(
  new URL(import.meta.resolve('github-markdown-css/github-markdown-light.css')),
  'utf8',
)
const { PICTURES, CI } = process.env

const found = spawnSync(join(ROOT, 'script/install-chromium'), { encoding: 'utf8' })
const noBrowser = found.status === 0 ? '' : found.stderr.trim()
if (noBrowser && CI) throw new Error(noBrowser)
if (noBrowser) console.warn(`Summaries are not rendered: ${noBrowser}`)

const golden = (name: string, file: string) =>
  readFileSync(join(ROOT, '__tests__/golden', name, file), 'utf8')
/** The text of one check run in a golden file. */
const check = (name: string, title: string) =>
  golden(name, 'checks.txt')
    .split('\n=== ')
    .find((part) => part.startsWith(title))
    ?.split('\n')
    .slice(3)
    .join('\n')
    .split('\n@ ')[0] ?? ''

const TEXTS: [name: string, markdown: string][] = [
  ['example', golden('core-build-example-broken', 'summary.md')],
  ['zoo', golden('core-zoo', 'summary.md')],
  ['v2-zoo', golden('fusion-zoo', 'summary.md')],
  ['nodes-900', summary(summaryInput(largeRun(900, 2)), SUMMARY_LIMIT)],
  ['nodes-10000', summary(summaryInput(largeRun(10_000, 320)), SUMMARY_LIMIT)],
  ['comment-10000', shortSummary(summaryInput(largeRun(10_000, 320)), BODY_LIMIT)],
  ['check-of-model', check('core-build-example-broken', 'dbt-watcher / model stg_repairs')],
  ['check-of-unit-test', check('core-zoo', 'dbt-watcher / unit_test unit_tested.legs_are_doubled')],
]

describe.skipIf(noBrowser !== '').each(TEXTS)('%s', (name, markdown) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: found.stdout.trim() })
  }, 120_000)
  afterAll(async () => await browser.close())

  test.each([1180, 390])('%i px wide', { timeout: 120_000 }, async (width) => {
    const page = await browser.newPage({ viewport: { width, height: 900 } })
    const alerts: string[] = []
    page.on('dialog', (dialog) => alerts.push(dialog.message()))
    await show(page, markdown)
    if (PICTURES) await picture(page, PICTURES, `${name}-${width}`)
    // Tables and code scroll within themselves; the page does not.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    // What a project printed is text.
    expect(alerts).toEqual([])
    expect(await page.locator('script, img, iframe').count()).toBe(0)
    const folds = (markdown.match(/^<details/gm) ?? []).length
    expect(await page.locator('details').count()).toBe(folds)
    // Every fold was closed, or it would hold the next ones as well.
    expect(await page.locator('details details details').count()).toBe(0)
    await page.close()
  })
})

test.skipIf(noBrowser !== '')(
  'cause, place and command are on the first screen',
  { timeout: 120_000 },
  async () => {
    const browser = await chromium.launch({ executablePath: found.stdout.trim() })
    const page = await browser.newPage({ viewport: { width: 1180, height: 900 } })
    await show(page, summary(summaryInput(largeRun(900, 2)), SUMMARY_LIMIT))
    for (const text of ['Connection refused by the warehouse', 'dbt build -s a_model_with_a_long_name_0_0']) {
      const box = await page.getByText(text).first().boundingBox()
      expect((box?.y ?? Number.POSITIVE_INFINITY) + (box?.height ?? 0), text).toBeLessThan(900)
    }
    await browser.close()
  },
)

async function show(page: Page, markdown: string): Promise<void> {
  const body = await marked.parse(markdown, { gfm: true })
  const head = `<meta name="viewport" content="width=device-width"><style>${CSS} body{margin:0;padding:16px}</style>`
  await page.setContent(`<!doctype html>${head}<body><article class="markdown-body">${body}</article>`)
}

async function picture(page: Page, folder: string, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`) })
}
