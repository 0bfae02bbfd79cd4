import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { buildPage } from '../../script/build-page.ts'
import type { PageData } from '../../src/report/page-data.ts'

const ROOT = join(import.meta.dirname, '../..')

const found = spawnSync(join(ROOT, 'script/install-chromium'), { encoding: 'utf8' })
/** Why there is no browser; empty where there is one. In CI its lack is a failure. */
export const noBrowser = found.status === 0 ? '' : found.stderr.trim()
if (noBrowser && process.env.CI) throw new Error(noBrowser)
if (noBrowser) console.warn(`The page is not tested: ${noBrowser}`)

export const folder = mkdtempSync(join(tmpdir(), 'page-'))

/** The path of the template, built anew. */
export async function builtTemplate(): Promise<string> {
  const path = join(folder, 'template.html')
  writeFileSync(path, await buildPage())
  return path
}

/** A page with made-up data, by its path. */
export async function writeData(data: PageData, template: string): Promise<string> {
  const path = join(folder, `${data.nodes.length}-${Math.random()}.html`)
  const json = JSON.stringify(data).replaceAll('<', '\\u003c')
  writeFileSync(path, template.replace('%DATA%', () => json).replaceAll('%TITLE%', 'made up'))
  return path
}

export async function startBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: found.stdout.trim() })
}

export interface Opened {
  page: Page
  /** Errors of scripts, and what the console has; nothing for a page that is well. */
  complaints: string[]
  /** Addresses that were asked for beside the page itself. */
  requests: string[]
}

export interface Window {
  hash?: string
  width?: number
  height?: number
  dark?: boolean
}

export async function open(browser: Browser, path: string, window: Window = {}): Promise<Opened> {
  const { hash = '', width = 1440, height = 900, dark = false } = window
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  })
  const opened: Opened = { page, complaints: [], requests: [] }
  page.on('console', (message) => opened.complaints.push(message.text()))
  page.on('pageerror', (error) => opened.complaints.push(error.message))
  page.on('dialog', (dialog) => opened.complaints.push(`dialog: ${dialog.message()}`))
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) opened.requests.push(request.url())
  })
  await page.goto(`${pathToFileURL(path)}${hash}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return opened
}
