/** The processes below one of ours, from /proc; where there is none, none are seen. */
import { readdirSync, readFileSync } from 'node:fs'
import { startTime } from '../../../src/dbt/process.ts'

interface Process {
  pid: number
  parent: number
  name: string
  /** Resident memory. */
  bytes: number
}

/** All below one, parents before their children. */
export function descendantsOf(pid: number): Process[] {
  const all = processes()
  const found: Process[] = []
  const parents = [pid]
  for (const parent of parents) {
    for (const child of all.filter((one) => one.parent === parent)) {
      found.push(child)
      parents.push(child.pid)
    }
  }
  return found
}

/** Kills those that are still there; `started` is what `startTime` said of each. */
export function kill(some: { pid: number; started: string }[]): void {
  for (const { pid, started } of some) if (startTime(pid) === started) process.kill(pid, 'SIGKILL')
}

/**
 * What a work takes at most, looked at each second: the sum of the resident memory of all processes that this one
 * started, without the database. What processes share is counted in each of them.
 */
export async function peakOf<T>(work: () => Promise<T>): Promise<{ result: T; peakMb: number }> {
  let peak = 0
  const timer = setInterval(() => {
    const ours = descendantsOf(process.pid).filter(({ name }) => name !== 'postgres')
    const sum = ours.reduce((bytes, one) => bytes + one.bytes, 0)
    peak = Math.max(peak, sum)
  }, 1000)
  try {
    const result = await work()
    return { result, peakMb: peak / 1e6 }
  } finally {
    clearInterval(timer)
  }
}

function processes(): Process[] {
  try {
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .flatMap(processOf)
  } catch {
    return []
  }
}

/** @returns none where it has ended */
function processOf(pid: string): Process[] {
  try {
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the name in parentheses is the second field.
    const [, name = '', rest = ''] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    const parent = Number(rest.split(' ')[1])
    const memory = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return [{ pid: Number(pid), parent, name, bytes: Number(memory ?? 0) * 1024 }]
  } catch {
    return []
  }
}
