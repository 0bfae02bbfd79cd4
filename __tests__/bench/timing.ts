import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One run of a program: wall and CPU time in milliseconds, CPU with that of all its children. */
export interface Timed {
  wall: number
  cpu: number
  exitCode: number | null
}

/**
 * Words that start a program under the shell's `time`, which writes the program's CPU time to a file: Node does not
 * say what a child took. The file gets two numbers, of the user and of the system, in seconds.
 */
export function timed(file: string, words: string[]): string[] {
  const script = `TIMEFORMAT='%U %S'; exec 3>&2; { time "$@" 2>&3; } 2>'${file}'`
  return ['bash', '-c', script, 'bash', ...words]
}

/** Milliseconds in a file of `timed`. */
export function cpuIn(file: string): number {
  const [user = Number.NaN, system = Number.NaN] = readFileSync(file, 'utf8').trim().split(/\s+/).map(Number)
  return (user + system) * 1000
}

/** Runs a program to its end; what it prints is thrown away, as on a runner nothing waits for it. */
export async function timeOf(words: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Timed> {
  const folder = mkdtempSync(join(tmpdir(), 'timed-'))
  try {
    const file = join(folder, 'cpu')
    const [program = '', ...rest] = timed(file, words)
    const began = performance.now()
    const child = spawn(program, rest, { cwd, env, stdio: ['ignore', 'ignore', 'ignore'] })
    const [exitCode] = await once(child, 'close')
    return { wall: performance.now() - began, cpu: cpuIn(file), exitCode }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A dbt that notes when it starts and ends, at the cost of one shell. */
export interface Noted {
  program: string
  /** Milliseconds since the epoch, of the last run. */
  started(): number
  ended(): number
  /** CPU time of the last run, in milliseconds. */
  cpu(): number
}

/** @param folder where the program and its notes are written */
export function noting(dbt: string, folder: string): Noted {
  const [program, started, ended, cpu] = ['noted-dbt', 'started', 'ended', 'dbt-cpu'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string]
  const words = timed(cpu, [dbt]).slice(1, 3)
  const body = `: >'${started}'\nbash ${words[0]} ${quoted(words[1] ?? '')} bash '${dbt}' "$@"\ncode=$?\n: >'${ended}'\nexit $code\n`
  writeFileSync(program, `#!/bin/sh\n${body}`, { mode: 0o755 })
  return {
    program,
    started: () => statSync(started).mtimeMs,
    ended: () => statSync(ended).mtimeMs,
    cpu: () => cpuIn(cpu),
  }
}

/** A word for the shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
