import type { Exit } from '../dbt/process.ts'

/** A shell's exit code for a command that was not found: dbt could not be started. */
export const NOT_STARTED = 127

/** POSIX numbers of what systems and runners send; os.constants differs by platform, and a recorded run must not. */
const SIGNALS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
}

/** The exit code by a shell's convention. https://www.gnu.org/software/bash/manual/html_node/Exit-Status.html */
export function exitCodeOf({ code, signal }: Exit): number {
  if (code !== null) return code
  return 128 + (signal ? (SIGNALS[signal] ?? 0) : 0)
}

/** The signal that an exit code stands for, also one that a wrapper passed on; undefined where it is none. */
export function signalOf(exitCode: number): string | undefined {
  return Object.entries(SIGNALS).find(([, number]) => 128 + number === exitCode)?.[0]
}
