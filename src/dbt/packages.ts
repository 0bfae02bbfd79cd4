/** Packages of a dbt project: whether `dbt deps` has something to install. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { fields, text } from '../json.ts'
import { projectOptions } from './project-options.ts'

/** Where packages are declared: https://docs.getdbt.com/docs/build/packages */
const DECLARATIONS = ['packages.yml', 'dependencies.yml']
const LOCK = 'package-lock.yml'

/**
 * Whether a project declares packages that are not installed, or declared or locked others after they were.
 * @param folder of the project
 * @param installed the folder of its packages
 */
export function lacksPackages(folder: string, installed: string): boolean {
  const declared = Math.max(...DECLARATIONS.map((name) => countPackages(join(folder, name))))
  if (declared === 0) return false
  const lock = join(folder, LOCK)
  try {
    const there = new Set(readdirSync(installed))
    if (there.size < declared || lockedNames(lock).some((name) => !there.has(name))) return true
    const installedAt = statSync(installed).mtimeMs
    const files = [...DECLARATIONS.map((name) => join(folder, name)), lock].filter(existsSync)
    return files.some((path) => statSync(path).mtimeMs > installedAt)
  } catch {
    // There is no such folder.
    return true
  }
}

/** How many packages a file declares; one that cannot be read is dbt's to explain. */
function countPackages(path: string): number {
  if (!existsSync(path)) return 0
  try {
    const { packages } = fields(parse(readFileSync(path, 'utf8'), { logLevel: 'error' }))
    return Array.isArray(packages) ? packages.length : 0
  } catch {
    return 1
  }
}

/** The folders that a lock names; a lock of before dbt 1.8 names none. */
function lockedNames(path: string): string[] {
  try {
    const { packages } = fields(parse(readFileSync(path, 'utf8'), { logLevel: 'error' }))
    return (Array.isArray(packages) ? packages : []).map((entry) => text(fields(entry).name)).filter(Boolean)
  } catch {
    return []
  }
}

/** `dbt deps` for the project of a command, with the options of that. */
export function depsFor(words: string[]): string[] {
  return ['deps', ...projectOptions(words)]
}

/** How dbt, git and Python's libraries report that a server could not be reached, or had a problem of its own. */
const NETWORK =
  /tim(ed?|e) ?-?out|connection (error|refused|reset|aborted)|failed to connect|could ?n[o']t (connect|resolve)|(name|dns) resolution|network|unreachable|max retries exceeded|failed after \d+ retries|remote end|early eof|\b(429|50[0234])\b/i

/** Whether an error may be gone at the next attempt. */
export function isNetworkError(message: string): boolean {
  return NETWORK.test(message)
}
