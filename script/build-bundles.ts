/**
 * Builds the bundles of dist/: one folder for each entry of src/, with the licenses of what is in it.
 *
 *   node script/build-bundles.ts <folder>
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ncc from '@vercel/ncc'
import { transform } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')

/** By the folder in dist/. */
const ENTRIES = {
  main: 'main.ts',
  post: 'post.ts',
  cli: 'cli.ts',
  artifact: 'artifact.ts',
  comment: 'comment/index.ts',
  fetch: 'fetch.ts',
}

/** Those of which some code asks for the names of its classes: Azure's client for the kind of a credential. */
const NAMES_ITS_CLASSES = new Set(['artifact'])

/** What the others take from a bundle beside theirs: docs/adr/0022. */
const SHARED = { undici: '../fetch/index.js' }

async function bundle(name: string, entry: string, folder: string): Promise<void> {
  const externals: Record<string, string> = name === 'fetch' ? {} : SHARED
  // ncc's own way to minify keeps all names, and is for the entry alone, not for the chunks that it loads later.
  const minify = NAMES_ITS_CLASSES.has(name)
  const { code, assets } = await ncc(join(ROOT, 'src', entry), {
    ...{ externals, license: 'licenses.txt', minify, transpileOnly: true, cache: false, quiet: true },
  })
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const entryCode = minify ? code : await minified(code)
  writeFileSync(join(folder, 'index.js'), entryCode, { mode: code.startsWith('#!') ? 0o777 : 0o666 })
  for (const [asset, { source, permissions }] of Object.entries(assets)) {
    const path = join(folder, asset)
    mkdirSync(dirname(path), { recursive: true })
    const isChunk = /^\d+\.index\.js$/.test(asset)
    writeFileSync(path, isChunk ? await minified(source) : source, { mode: permissions })
  }
}

async function minified(source: string | Buffer): Promise<string> {
  return (await transform(source, { minify: true, logLevel: 'warning' })).code
}

const folder = process.argv[2]
if (!folder) throw new Error('usage: build-bundles.ts <folder>')
for (const [name, entry] of Object.entries(ENTRIES)) await bundle(name, entry, join(folder, name))
