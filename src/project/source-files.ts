import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'

/** Reading the files of a project: bounded, and never out of the repository. */

/** A file larger than this is no source that anyone edits, in bytes. */
const LARGEST_SOURCE = 4 * 1024 * 1024

/** Texts by path, while they do not change; a file of properties is asked for by each of its tests. */
const texts = new Map<string, { changed: number; text: string }>()
const MOST_TEXTS = 50

/** The text of a file; empty where it cannot be read or is no source. */
export async function readSource(path: string): Promise<string> {
  try {
    const found = await stat(path)
    const { size, mtimeMs } = found
    // A named pipe would never open, nor a device ever end.
    if (!found.isFile() || size > LARGEST_SOURCE) return ''
    const known = texts.get(path)
    if (known?.changed === mtimeMs) return known.text
    const text = await readFile(path, 'utf8')
    if (texts.size >= MOST_TEXTS) texts.clear()
    texts.set(path, { changed: mtimeMs, text })
    return text
  } catch {
    return ''
  }
}

/** The path of a file as GitHub writes it; undefined where there is none, or it is not in the repository. */
export async function repositoryPath(repository: string, path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path)
    const root = await realpath(repository)
    if (!(await stat(real)).isFile() || !isInside(root, real)) return undefined
    return relative(root, real).split(sep).join('/')
  } catch {
    return undefined
  }
}

/** Whether a path is below a folder, as both are written; the folder itself is not. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** Folders that hold no sources of the project. */
const NO_SOURCES = new Set([
  'target',
  'logs',
  'dbt_packages',
  'dbt_internal_packages',
  'node_modules',
  'venv',
  'dist',
  'build',
])
const MOST_FILES = 10_000
const DEEPEST = 12

/** The project's own files that dbt reads, relative to the project's folder, in order. */
export async function listSources(project: string, besides: string[] = []): Promise<string[]> {
  const left = new Set(besides.map((path) => resolve(path)))
  const found: string[] = []
  const walk = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(join(project, folder), { withFileTypes: true }).catch(() => [])
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (found.length >= MOST_FILES) return
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isFile() && /\.(sql|ya?ml|py|csv|md)$/.test(entry.name)) found.push(path)
      const isSource =
        !entry.name.startsWith('.') && !NO_SOURCES.has(entry.name) && !left.has(join(project, path))
      if (entry.isDirectory() && isSource && depth < DEEPEST) await walk(path, depth + 1)
    }
  }
  await walk('', 0)
  return found
}
