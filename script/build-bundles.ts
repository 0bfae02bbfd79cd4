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

/** What the others take from a bundle beside theirs: docs/adr/0022. */
const SHARED = { undici: '../fetch/index.js' }

async function bundle(entry: string, folder: string, externals: Record<string, string>): Promise<void> {
  const { code, assets } = await ncc(join(ROOT, 'src', entry), {
    ...{ externals, license: 'licenses.txt', minify: true, transpileOnly: true, cache: false, quiet: true },
  })
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'index.js'), code, { mode: code.startsWith('#!') ? 0o777 : 0o666 })
  for (const [name, { source, permissions }] of Object.entries(assets)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, await minified(name, source), { mode: permissions })
  }
}

/** ncc minifies the entry alone, not the chunks that it loads later. */
async function minified(name: string, source: string | Buffer): Promise<string | Buffer> {
  if (!/^\d+\.index\.js$/.test(name)) return source
  return (await transform(source, { minify: true, logLevel: 'warning' })).code
}

const folder = process.argv[2]
if (!folder) throw new Error('usage: build-bundles.ts <folder>')
for (const [name, entry] of Object.entries(ENTRIES)) {
  await bundle(entry, join(folder, name), name === 'fetch' ? {} : SHARED)
}
