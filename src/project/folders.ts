import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const DEEPEST = 4
const MOST_FOLDERS = 2_000
/** Folders that hold no project of the repository's own. */
const FOREIGN = new Set([
  'node_modules',
  'dbt_packages',
  'dbt_internal_packages',
  'target',
  'venv',
  'site-packages',
])

/**
 * Folders below a root that have a dbt_project.yml, relative to it, the nearest first; `.` is the root. Bounded: it is
 * only asked for where a project was not found.
 */
export function projectFolders(root: string): string[] {
  const found: string[] = []
  const queue = [{ path: '.', depth: 0 }]
  for (let i = 0; i < queue.length && i < MOST_FOLDERS; i++) {
    const { path, depth } = queue[i] ?? { path: '.', depth: DEEPEST }
    const entries = entriesOf(join(root, path))
    if (entries.some((entry) => entry.isFile() && entry.name === 'dbt_project.yml')) found.push(path)
    if (depth === DEEPEST) continue
    for (const { name } of entries
      .filter((entry) => entry.isDirectory())
      .sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const isHidden = name.startsWith('.') || FOREIGN.has(name)
      if (!isHidden) queue.push({ path: path === '.' ? name : `${path}/${name}`, depth: depth + 1 })
    }
  }
  return found
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
