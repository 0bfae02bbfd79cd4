import { readFileSync } from 'node:fs'
import type { DbtEvent } from './event.ts'

/** Measures what the processor does for dbt while its nodes run. */
export interface ProcessorMeter {
  notice(event: DbtEvent): void
  /** In milliseconds, with the time that dbt waited for a processor; undefined where it is not known. */
  read(): number | undefined
}

/** @param groupOf the process that was started, once it has */
export function processorMeter(groupOf: () => number | undefined): ProcessorMeter {
  let first: number | undefined
  let last: number | undefined
  let delay = 1
  return {
    notice: ({ name, pid }) => {
      if (name === 'NodeStart' && first === undefined) {
        first = processorTime(pid, groupOf())
        if (first !== undefined) delay = delayOf(pid)
      }
      // The first of these follows the last node; the process may be gone after the second.
      if (name === 'FinishedRunningStats' || name === 'CommandCompleted')
        last ??= processorTime(pid, groupOf())
    },
    read: () => (first === undefined || last === undefined ? undefined : (last - first) * delay),
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

/**
 * How much longer than its processor time a process took for the lack of a processor: on a machine that others use too
 * it waits for one. Of its main thread, which until the first node has done all the work; 1 where it is not known.
 * https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
 */
function delayOf(pid: number): number {
  try {
    const [ran = 0, waited = 0] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number)
    const delay = ran > 0 ? (ran + waited) / ran : 1
    return Number.isFinite(delay) ? delay : 1
  } catch {
    return 1
  }
}
