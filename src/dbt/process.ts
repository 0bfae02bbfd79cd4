import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Environment } from './environment.ts'
import { lineDecoder } from './lines.ts'
import { readPaced, withLazyPipes } from './paced.ts'
import { startableOnWindows } from './windows.ts'

/** How dbt ended: one of the two is set. */
export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A running dbt. */
export interface DbtProcess {
  pid: number
  /** Sends a signal to dbt and all its children. */
  kill(signal: NodeJS.Signals): void
  /** Settles when dbt has ended and all that it printed was handed on. */
  ended: Promise<Exit>
}

export interface Launch {
  /** The program and its words; no shell looks at them. */
  words: string[]
  cwd: string
  env: Environment
  onLine(line: string): void
  /** Called with each process as soon as it runs. */
  onStarted?: ((pid: number) => void) | undefined
}

/**
 * How long after dbt's end a grandchild may hold its pipes open, in milliseconds. A background process that a
 * project left behind would otherwise keep the step running for as long as it lives.
 */
const PIPES_GRACE = 2000

/**
 * Starts dbt in a process group of its own, so that a signal reaches a wrapper (`uv run dbt`) and what it wraps.
 * @throws Error where the program cannot be started; `cause` is Node's error.
 */
export async function startDbt(launch: Launch): Promise<DbtProcess> {
  const { words, onLine, onStarted } = launch
  const child = spawned(launch)
  const readings = [child.stdout, child.stderr].map((stream) => {
    const decoder = lineDecoder(onLine)
    stream.on('end', decoder.end)
    // A pipe that breaks is the end of what dbt says, not of the step.
    stream.on('error', () => {})
    return readPaced(stream, decoder.write)
  })
  if (child.pid !== undefined) onStarted?.(child.pid)
  const ended = new Promise<Exit>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }))
    child.on('exit', (code, signal) => {
      for (const reading of readings) reading.hurry()
      setTimeout(() => {
        child.stdout.destroy()
        child.stderr.destroy()
        resolve({ code, signal })
      }, PIPES_GRACE).unref()
    })
  })
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0))
    child.once('error', (cause) => reject(notStarted(words, cause)))
  })
  child.on('error', () => {})
  return {
    pid,
    ended,
    kill: (signal) => signalGroup(pid, signal),
  }
}

/** @throws Error as `startDbt`: some errors Node throws at once, others come as an event */
function spawned({ words, cwd, env }: Launch): ChildProcessByStdio<null, Readable, Readable> {
  const [name = '', ...rest] = words
  try {
    const start = isWindows()
      ? startableOnWindows(words, cwd, env, existsSync)
      : { program: name, args: rest, windowsVerbatimArguments: false }
    return withLazyPipes(() =>
      spawn(start.program, start.args, {
        cwd,
        env: env as NodeJS.ProcessEnv,
        stdio: ['ignore', 'pipe', 'pipe'],
        // On Windows dbt stays in our console, from which it gets Ctrl-C.
        detached: !isWindows(),
        windowsVerbatimArguments: start.windowsVerbatimArguments,
      }),
    )
  } catch (cause) {
    throw notStarted(words, cause)
  }
}

function notStarted([name = '']: string[], cause: unknown): Error {
  return new Error(`${name} could not be started`, { cause })
}

function isWindows(): boolean {
  return process.platform === 'win32'
}

/** Signals a process that we started and all its children; one that has ended is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (isWindows()) {
    // Ctrl-C has reached all processes of the console. Windows has no other signal, only an end at once.
    // https://learn.microsoft.com/windows-server/administration/windows-commands/taskkill
    if (signal !== 'SIGINT') spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'])
    return
  }
  try {
    // A negative pid is the group: https://man7.org/linux/man-pages/man2/kill.2.html
    process.kill(-pid, signal)
  } catch {
    // It has ended already.
  }
}

/**
 * When a process started, in a form that only compares: a pid is given away again, a pid with its start time is
 * not. Empty where the process is gone, or where it cannot be found out (Windows).
 */
export function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Field 22, counted behind the name, which may hold blanks: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    // macOS has no /proc.
    const ps = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
    return ps.stdout?.trim() ?? ''
  }
}
