import type { DbtCommand } from './command.ts'
import { launchDbt } from './launch.ts'
import type { Launch } from './process.ts'
import { processorMeter } from './processor-time.ts'
import { type End, type Output, type ReaderOptions, readDbt } from './reader.ts'

/** A dbt command that runs. */
export interface RunningDbt {
  /** Sends a signal to dbt and all its children. */
  kill(signal: NodeJS.Signals): void
  /** Settles when dbt has ended and its artifacts were read. */
  ended: Promise<End>
}

export interface RunDbtOptions
  extends Omit<ReaderOptions, 'level'>,
    Pick<Launch, 'cwd' | 'env' | 'onStarted'> {
  /** The program, which may be several words. */
  program: string[]
  command: DbtCommand
}

/**
 * Starts dbt and reads it.
 * @throws Error where the program cannot be started; `cause` has Node's error.
 */
export async function runDbt(
  options: RunDbtOptions,
  onOutput: (output: Output) => void,
): Promise<RunningDbt> {
  const { program, command, cwd, env, onStarted } = options
  let group: number | undefined
  const meter = processorMeter(() => group)
  const reader = readDbt({ ...options, level: command.level }, (output) => {
    if ('event' in output) meter.notice(output.event)
    onOutput(output)
  })
  const dbt = await launchDbt(program, command, {
    cwd,
    env,
    onLine: reader.onLine,
    onStarted: (pid) => {
      group = pid
      onStarted?.(pid)
    },
  })
  /** From then on the system may give its process id to another. */
  let over = false
  return {
    kill: (signal) => {
      if (!over) dbt.kill(signal)
    },
    ended: dbt.ended.then(async (exit) => {
      over = true
      return { ...(await reader.end(exit)), processorTime: meter.read() }
    }),
  }
}
