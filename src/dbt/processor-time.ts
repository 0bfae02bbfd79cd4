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
  let asked = false
  let first: Look | undefined
  let middle: Look | undefined
  let last: Look | undefined
  return {
    notice: ({ name, pid, at }) => {
      if (pid === undefined) return
      // A process that could not be looked at once never can.
      if (name === 'NodeStart' && !asked) first = lookAt(pid, groupOf(), at)
      asked ||= name === 'NodeStart'
      // The threads end with the last node, so that is too late to look at them.
      const due = first && name === 'NodeFinished' && at - (middle ?? first).at >= INTERVAL
      if (due) middle = lookAt(pid, groupOf(), at) ?? middle
      // The first of these follows the last node; the process may be gone after the second.
      const over = name === 'FinishedRunningStats' || name === 'CommandCompleted'
      if (first && over) last ??= lookAt(pid, groupOf(), at)
    },
    read: () => first && last && timeBetween(first, middle ?? first, last),
  }
}

/** What is known of a process at one time, in milliseconds. */
interface Look {
  at: number
  /** How long the processor has worked for it. */
  worked: number
  /** How long its threads ran, and were ready to run without a processor. */
  ran: number
  waited: number
}

/**
 * The time that the processor worked, and that a thread waited for it while it did not; several wait at a time, as if
 * at random.
 */
function timeBetween(first: Look, middle: Look, last: Look): number {
  const worked = last.worked - first.worked
  const ran = middle.ran - first.ran
  const waited = ran > 0 ? (worked * Math.max(0, middle.waited - first.waited)) / ran : 0
  const free = last.at - first.at - worked
  return free > 0 ? worked + free * (1 - Math.exp(-waited / free)) : worked
}

function lookAt(pid: number, group: number | undefined, at: number): Look | undefined {
  const worked = processorTime(pid, group)
  return worked === undefined ? undefined : { at, worked, ...scheduledOf(pid) }
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
 * How long the threads of a process ran and waited for a processor, since others use it too; 0 where that is not known.
 * https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
 */
function scheduledOf(pid: number): Pick<Look, 'ran' | 'waited'> {
  const folder = `/proc/${pid}/task`
  const sum = { ran: 0, waited: 0 }
  try {
    for (const thread of readdirSync(folder)) {
      const [ran = 0, waited = 0] = readFileSync(`${folder}/${thread}/schedstat`, 'utf8')
        .split(' ')
        .map(Number)
      // Nanoseconds.
      sum.ran += ran / 1e6
      sum.waited += waited / 1e6
    }
  } catch {
    // No such statistics, or a thread ended meanwhile: what was read so far is enough for a share.
  }
  return sum
}
