import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** A project that is broken at one place, and where that is. */
export interface Breakage {
  name: string
  /** What is copied, relative to the repository's root. */
  project?: string
  engines?: string[]
  /** In each file the text that stands there once, and what stands there instead. */
  edits?: [file: string, find: string, replacement: string][]
  /** Further files, by path. */
  files?: Record<string, string>
  /** dbt commands that run before the one that fails. */
  before?: string[][]
  command?: string[]
  /** The file, the text that its line holds, and which such line, from 1. */
  at: Expected
  /** Where other lines are right too: the same mistake has two ends, and dbt names only one. */
  or?: Expected[]
}

export type Expected = [file: string, text: string, which?: number]

const ROOT = join(import.meta.dirname, '../../..')

/** Copies the project and breaks it. */
export function copyBroken(breakage: Breakage, to: string): void {
  const leftovers = new Set(['target', 'logs', 'dbt_packages', 'package-lock.yml', '.user.yml'])
  const from = join(ROOT, breakage.project ?? '__tests__/projects/bakery')
  cpSync(from, to, { recursive: true, filter: (path) => !leftovers.has(basename(path)) })
  for (const [path, text] of Object.entries(breakage.files ?? {})) {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    writeFileSync(join(to, path), text)
  }
  for (const [path, find, replacement] of breakage.edits ?? []) {
    const before = readFileSync(join(to, path), 'utf8')
    if (before.split(find).length !== 2)
      throw new Error(`${breakage.name}: ${path} does not hold it once: ${find}`)
    writeFileSync(
      join(to, path),
      before.replace(find, () => replacement),
    )
  }
}

/** The line of the text in the broken project. */
export function lineOfExpected(folder: string, [path, text, which = 1]: Expected): number {
  const lines = readFileSync(join(folder, path), 'utf8').split('\n')
  const line = lines.flatMap((found, i) => (found.includes(text) ? [i + 1] : []))[which - 1]
  if (line === undefined) throw new Error(`${path} does not hold ${text}`)
  return line
}
