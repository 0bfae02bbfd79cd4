import { readFileSync } from 'node:fs'
import type { DbtEvent } from './event.ts'

/** Measures how long the processor works for dbt while its nodes run. */
export interface ProcessorMeter {
  notice(event: DbtEvent): void
  /** In milliseconds; undefined where it is not known. */
  read(): number | undefined
}

/** @param groupOf the process that was started, once it has */
export function processorMeter(groupOf: () => number | undefined): ProcessorMeter {
  let first: number | undefined
  let last: number | undefined
  return {
    notice: ({ name, pid }) => {
      if (pid === undefined) return
      if (name === 'NodeStart') first ??= processorTime(pid, groupOf())
      // The first of these follows the last node; the process may be gone after the second.
      if (name === 'FinishedRunningStats' || name === 'CommandCompleted')
        last ??= processorTime(pid, groupOf())
    },
    read: () => (first === undefined || last === undefined ? undefined : last - first),
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
