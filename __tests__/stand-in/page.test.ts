import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { call, create } from './client.ts'
import { startGitHub } from './github.ts'
import { renderMarkdown } from './markdown.ts'
import { renderPage, renderTable } from './page.ts'

const EVIL = '<script>alert(1)</script>\u001b[31m'
const TIME = '2026-01-01T00:00:0'

async function evilRuns() {
  const github = await startGitHub()
  const location = { startLine: 3, endLine: 3, startColumn: 2, endColumn: 4 }
  const annotation = {
    path: 'models/a.sql',
    location,
    annotationLevel: 'FAILURE',
    message: EVIL,
    title: EVIL,
  }
  const output = { title: EVIL, summary: `**${EVIL}**`, text: EVIL, annotations: [annotation] }
  const times = { startedAt: `${TIME}0Z`, completedAt: `${TIME}9Z` }
  await create(
    github,
    { name: `model ${EVIL}`, conclusion: 'FAILURE', output, ...times },
    { startedAt: `${TIME}0Z`, status: 'IN_PROGRESS' },
  )
  await github.close()
  return github.checkRuns()
}

test('the page shows text as text', async () => {
  const page = renderPage(await evilRuns(), {
    repository: 'octo/jaffle',
    now: Date.parse('2026-01-01T00:01:05Z'),
  })
  expect(page).not.toContain('<script')
  expect(page).toContain('&lt;script&gt;')
  expect(page).toContain('models/a.sql:3:2')
  expect(page).toContain('>9s<')
  expect(page).toContain('>1m 5s<')
})

test('the table obeys no control characters', async () => {
  const table = renderTable(await evilRuns(), Date.parse('2026-01-01T00:00:05Z'))
  expect(table).not.toContain('\u001b')
  expect(table.split('\n')).toHaveLength(5)
  expect(table).toContain('1 failure, 1 in_progress')
})

test('Markdown as our summaries use it', () => {
  expect(renderMarkdown('# A\n- `<b>`\n- **x** <br> <img src=x>\n')).toBe(
    '<h1>A</h1>\n<ul><li><code>&lt;b&gt;</code></li><li><b>x</b> <br> &lt;img src=x&gt;</li></ul>\n',
  )
  expect(renderMarkdown('<details open><summary>x</summary></details><details onclick=y>')).toBe(
    '<p><details open><summary>x</summary></details>&lt;details onclick=y&gt;</p>',
  )
  expect(renderMarkdown('|a|b|\n|-|-|\n|[l](https://e.org)|\\*\\|c|')).toBe(
    '<table><tr><th>a</th><th>b</th></tr>\n<tr><td><a href="https://e.org">l</a></td><td>*|c</td></tr></table>',
  )
  expect(renderMarkdown('&nbsp;&#8209;&lt;b> `&nbsp;` x & y')).toBe(
    '<p>&nbsp;&#8209;&lt;b&gt; <code>&amp;nbsp;</code> x &amp; y</p>',
  )
  expect(renderMarkdown('[l](javascript:x)')).toBe('<p>[l](javascript:x)</p>')
  expect(renderMarkdown('````\n```\n**a**\n````\nb')).toBe('<pre>```\n**a**</pre>\n<p>b</p>')
})

test('the command serves, shows and ends', { timeout: 30_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stand-in-'))
  const file = join(folder, 'page.html')
  const script = join(import.meta.dirname, 'serve.ts')
  const child = spawn(process.execPath, [script, '--write-page', file, '--repository', 'o/r'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = await once(createInterface(child.stdout), 'line')
    const github = JSON.parse(line)
    await create(github, { name: 'model a' })
    expect((await call(github, 'GET', '/_/check-runs')).body).toMatchObject([{ name: 'model a' }])
    expect((await call(github, 'GET', '/_/violations')).body).toEqual([])
    expect((await call(github, 'GET', '/_/requests')).body).toHaveLength(1)
    expect((await call(github, 'GET', '/')).body).toContain('model a')
    expect((await call(github, 'GET', '/_/table')).body).toContain('model a')
    const exit = once(child, 'exit')
    await call(github, 'POST', '/_/quit')
    expect(await exit).toEqual([0, null])
    expect(readFileSync(file, 'utf8')).toContain('model a')
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  }
})
