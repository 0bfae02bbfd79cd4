import type { Output } from './dbt/reader.ts'
import type { RunningDbt } from './dbt/run-dbt.ts'
import { finishAll, guarded, type Reporter, reasonOf } from './reporters/reporter.ts'
import { type NextCommand, startInvocation, withdrawInvocation } from './run/commands.ts'
import { conclude, describe, end, NEVER_STARTED } from './run/conclude.ts'
import { readText, reduce } from './run/reduce.ts'
import type { Command, Run } from './run/run.ts'
import type { Sleep } from './sleep.ts'

/** What a run needs; a test brings its own. */
export interface Watch {
  run: Run
  /** The commands of the run, one after another. */
  next: NextCommand
  /** Starts dbt, or what stands in for it. */
  start(command: Command, onOutput: (output: Output) => void): Promise<RunningDbt>
  /** Asked once, as soon as dbt runs: in the order in which they finish. */
  reporters(): Reporter[] | Promise<Reporter[]>
  /** Is told once, in a sentence, what went wrong with a reporter. */
  onFault(sentence: string): void
  now(): number
  sleep: Sleep
}

export interface Watching {
  /** Stops dbt; what it has not finished becomes cancelled. */
  stop(signal: NodeJS.Signals): void
  /** Settles when dbt has ended and every reporter has finished. */
  done: Promise<void>
}

/** Runs dbt commands and notifies reporters: every output changes the run, every reporter sees the change. */
export function watch({ run, next, start, reporters, onFault, now, sleep }: Watch): Watching {
  let views: Required<Reporter>[] | undefined
  /** What dbt says before there are reporters. */
  const early: Output[] = []
  const stopped = Promise.withResolvers<void>()
  let dbt: Promise<RunningDbt> | undefined
  let pause: ReturnType<Sleep> | undefined

  /** dbt's result stands without a view. */
  async function load(): Promise<Required<Reporter>[]> {
    const loaded = await Promise.resolve()
      .then(reporters)
      .catch((error: unknown) => {
        onFault(`Nothing of this run can be shown: ${reasonOf(error)}`)
        return []
      })
    return loaded.map((reporter) => guarded(reporter, onFault))
  }

  function take(output: Output): void {
    if (!views) {
      early.push(output)
      return
    }
    if ('text' in output) readText(run, output.text)
    if ('manifest' in output) describe(run, output.manifest)
    const node = 'event' in output ? reduce(run, output.event) : undefined
    for (const view of views) view.update(run, { output, node })
  }

  async function invoke(command: Command): Promise<void> {
    const invocation = startInvocation(run, command, now())
    // dbt first: all else can come while it loads.
    if (command.delay === 0) dbt = start(command, take)
    // Where it cannot start, that is seen below.
    if (!views) await dbt?.catch(() => {})
    views ??= await load()
    for (const view of views) view.update(run, { begun: invocation })
    for (const output of early.splice(0)) take(output)
    if (command.delay > 0) {
      pause = sleep(command.delay)
      await pause.done
      if (run.stoppedAt !== undefined) return withdrawInvocation(run)
      dbt = start(command, take)
    }
    const ended = await dbt
      ?.then((running) => running.ended)
      .catch((error: unknown) => {
        invocation.errors.push(error instanceof Error ? error.message : String(error))
      })
    dbt = undefined
    conclude(run, ended ?? NEVER_STARTED, now())
  }

  async function runAll(): Promise<void> {
    for (let command = next(run); command && !run.stoppedAt; command = next(run)) await invoke(command)
    end(run, now())
    views ??= await load()
    for (const view of views) view.update(run, {})
    await finishAll(views, run, stopped.promise, sleep, onFault)
  }

  return {
    stop: (signal) => {
      stopped.resolve()
      // Once dbt has ended its result stands; only the reporters hurry.
      if (run.exitCode !== undefined) return
      run.stoppedAt ??= now()
      pause?.wake()
      dbt?.then((running) => running.kill(signal)).catch(() => {})
    },
    done: runAll(),
  }
}
