import { readdirSync, readFileSync } from 'node:fs'
import type { DbtEvent } from './event.ts'

/** Measures what the processor does for dbt while its nodes run. */
export interface ProcessorMeter {
  notice(event: DbtEvent): void
  /** In milliseconds, with the time that dbt waited for a processor; undefined where it is not known. */
  read(): number | undefined
}

/** Between two looks at the threads of dbt, in milliseconds by its events. */
const INTERVAL = 500

/** @param groupOf the process that was started, once it has */
export function processorMeter(groupOf: () => number | undefined): ProcessorMeter {
  let first: number | undefined
  let last: number | undefined
  let before: Scheduled | undefined
  let now: (Scheduled & { at: number }) | undefined

  function look(pid: number, at: number): void {
    const threads = scheduledOf(pid)
    before ??= threads
    if (threads) now = { ...threads, at }
  }

  return {
    notice: ({ name, pid, at }) => {
      if (pid === undefined) return
      if (name === 'NodeStart' && first === undefined) {
        first = processorTime(pid, groupOf())
        if (first !== undefined) look(pid, at)
      }
      // The threads end with the last node, so that is too late to look at them.
      if (name === 'NodeFinished' && now && at - now.at >= INTERVAL) look(pid, at)
      // The first of these follows the last node; the process may be gone after the second.
      if (name === 'FinishedRunningStats' || name === 'CommandCompleted')
        last ??= processorTime(pid, groupOf())
    },
    read: () => {
      if (first === undefined || last === undefined) return undefined
      const ran = before && now ? now.ran - before.ran : 0
      const waited = before && now ? now.waited - before.waited : 0
      return (last - first) * (ran > 0 ? 1 + Math.max(0, waited) / ran : 1)
    },
  }
}

/** Linux counts in hundredths of a second for programs, whatever its own clock: https://man7.org/linux/man-pages/man7/time.7.html */
const TICK = 10

/**
 * How long the processor has worked for a process, in milliseconds; undefined where there is no /proc, or the process
 * is not of that group: the pid may be that of another container, or one that a project printed.
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 * @param group the process that was started, which leads its group
 */
function processorTime(pid: number, group: number | undefined): number | undefined {
  if (!Number.isInteger(pid) || pid <= 0 || group === undefined) return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program is in parentheses, and may have some of its own.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [processGroup, user, system] = [fields[2], fields[11], fields[12]].map(Number)
    if (processGroup !== group || user === undefined || system === undefined) return undefined
    return (user + system) * TICK
  } catch {
    return undefined
  }
}

/** Of the threads of a process, in nanoseconds. */
interface Scheduled {
  ran: number
  /** Ready to run, without a processor. */
  waited: number
}

/**
 * How long the threads of a process waited for a processor, since others use it too; undefined where that is not known.
 * https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
 */
function scheduledOf(pid: number): Scheduled | undefined {
  const folder = `/proc/${pid}/task`
  const sum = { ran: 0, waited: 0 }
  try {
    for (const thread of readdirSync(folder)) {
      const [ran = 0, waited = 0] = readFileSync(`${folder}/${thread}/schedstat`, 'utf8')
        .split(' ')
        .map(Number)
      sum.ran += ran
      sum.waited += waited
    }
    return sum
  } catch {
    return undefined
  }
}
