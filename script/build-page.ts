/**
 * Builds the template of the report page: page/ as one HTML file with its script and its style, whose hashes its
 * Content-Security-Policy names. `%TITLE%` and `%DATA%` are filled in by src/report/page.ts for each run.
 *
 *   node script/build-page.ts <folder>    writes page.html, and the licenses of what is in it
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')

export async function buildPage(): Promise<string> {
  const script = await bundle('main.tsx')
  const style = await bundle('page.css')
  const template = readFileSync(join(ROOT, 'page', 'template.html'), 'utf8')
  const parts: Record<string, string> = {
    '%SCRIPT%': script,
    '%STYLE%': style,
    '%SCRIPT_HASH%': hashOf(script),
    '%STYLE_HASH%': hashOf(style),
  }
  return template.replace(/%(SCRIPT|STYLE)(_HASH)?%/g, (name) => parts[name] ?? '')
}

/** As it stands between its tags, since that is what the hash is of. */
async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [join('page', entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    // What can unpack raw deflate: https://developer.mozilla.org/docs/Web/API/DecompressionStream
    target: ['chrome111', 'firefox115', 'safari16.5'],
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  })
  const text = (outputFiles[0]?.text ?? '').trim()
  // Either would end the tag early.
  if (/<\/(script|style)/i.test(text)) throw new Error(`page/${entry} contains the end of its own tag`)
  return text
}

/** https://www.w3.org/TR/CSP3/#external-hash */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function licenses(): string {
  return `preact\nMIT\n${readFileSync(join(ROOT, 'node_modules', 'preact', 'LICENSE'), 'utf8')}`
}

if (import.meta.main) {
  const folder = process.argv[2]
  if (!folder) throw new Error('usage: build-page.ts <folder>')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'page.html'), await buildPage())
  writeFileSync(join(folder, 'licenses.txt'), licenses())
}
