import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'
import { dirname, join } from 'node:path'
import { ROOT } from '../e2e/workspace.ts'

/** Where and with what a part was measured. */
export interface Machine {
  date: string
  /** The commit of this repository, with `+` if files differ from it. */
  commit: string
  system: string
  processor: string
  memory: string
  node: string
  /** Load of the last minute when the part began, per core. */
  load: number
}

export function machine(): Machine {
  const changed = git('status', '--porcelain', '--', 'src', 'package-lock.json') !== ''
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`,
    system: `${type()} ${release()} ${arch()}`,
    processor: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    node: process.version,
    load: (loadavg()[0] ?? 0) / availableParallelism(),
  }
}

function git(...words: string[]): string {
  try {
    return execFileSync('git', words, { cwd: ROOT, encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

export type Engine = 'core' | 'v2'

/** The program that script/install-dbt installs. @throws Error if it is missing */
export function dbtOf(engine: Engine): string {
  const path = join(ROOT, '.cache/dbt', engine === 'core' ? 'core' : 'fusion', 'bin/dbt')
  if (!existsSync(path)) throw new Error(`${path} is missing: run script/install-dbt`)
  return path
}

/** What script/install-dbt installed, such as `dbt-core 1.11.16, dbt-duckdb 1.11.1, duckdb 1.5.5`. */
export function versionsOf(engine: Engine): string {
  const stamp = join(dirname(dbtOf(engine)), '../stamp')
  const text = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''
  return text.split(' in /')[0]?.trim() ?? ''
}
