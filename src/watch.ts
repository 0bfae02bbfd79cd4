import type { Output } from './dbt/reader.ts'
import type { RunningDbt } from './dbt/run-dbt.ts'
import { reasonOf } from './reason.ts'
import { finishAll, guarded, type Reporter } from './reporters/reporter.ts'
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
  /** Called when dbt has ended, before that is shown: adds to the run what only files have. */
  amend?(run: Run): Promise<void>
  /** Called once, as soon as dbt is started: loads what makes the reporters, in the order in which they finish. */
  loadReporters(): Promise<() => Reporter[]>
  /** Called once with a sentence on what went wrong with a reporter. */
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

/** The loop's own state. */
interface Loop extends Watch {
  /** Undefined until they are loaded. */
  views: Required<Reporter>[] | undefined
  /** What dbt says before there are reporters. */
  early: Output[]
  stopped: PromiseWithResolvers<void>
  dbt: Promise<RunningDbt> | undefined
  pause: ReturnType<Sleep> | undefined
}

/** Runs dbt commands and notifies reporters: every output changes the run, every reporter sees the change. */
export function watch(options: Watch): Watching {
  const { run, now } = options
  const stopped = Promise.withResolvers<void>()
  const loop: Loop = { ...options, views: undefined, early: [], stopped, dbt: undefined, pause: undefined }
  return {
    stop: (signal) => {
      stopped.resolve()
      // Once dbt has ended its result stands; only the reporters hurry.
      if (run.exitCode !== undefined) return
      run.stoppedAt ??= now()
      loop.pause?.wake()
      loop.dbt?.then((running) => running.kill(signal)).catch(() => {})
    },
    done: runAll(loop),
  }
}

async function runAll(loop: Loop): Promise<void> {
  const { run, next, now, sleep, onFault, stopped } = loop
  for (let command = next(run); command && !run.stoppedAt; command = next(run)) await invoke(loop, command)
  end(run, now())
  const views = await viewsOf(loop)
  for (const view of views) view.update(run, {})
  await finishAll(views, run, stopped.promise, sleep, onFault)
}

/** One dbt command, from its start to its end. */
async function invoke(loop: Loop, command: Command): Promise<void> {
  const { run, start, now, early, onFault } = loop
  const invocation = startInvocation(run, command, now())
  const launch = () => {
    loop.dbt = start(command, (output) => take(loop, output))
  }
  // dbt first: all else can come while it loads.
  if (command.delay === 0) launch()
  // Where it cannot start, that is seen below.
  loop.dbt?.catch(() => {})
  // Then its process is begun; an import would compile at once, before that.
  await new Promise(setImmediate)
  const views = loop.views ?? (await viewsOf(loop))
  for (const view of views) view.update(run, { begun: invocation })
  for (const output of early.splice(0)) take(loop, output)
  if (command.delay > 0) {
    if (run.stoppedAt === undefined) {
      loop.pause = loop.sleep(command.delay)
      await loop.pause.done
    }
    if (run.stoppedAt !== undefined) return withdrawInvocation(run)
    launch()
  }
  const ended = await loop.dbt
    ?.then((running) => running.ended)
    .catch((error: unknown) => {
      invocation.errors.push(reasonOf(error))
    })
  loop.dbt = undefined
  conclude(run, ended ?? NEVER_STARTED, now())
  await loop
    .amend?.(run)
    .catch((error: unknown) => onFault(`The errors are as dbt gave them: ${reasonOf(error)}`))
}

function take({ run, views, early }: Loop, output: Output): void {
  if (!views) {
    early.push(output)
    return
  }
  if ('text' in output) readText(run, output.text)
  if ('manifest' in output) describe(run, output.manifest)
  const node = 'event' in output ? reduce(run, output.event) : undefined
  for (const view of views) view.update(run, { output, node })
}

/** Loads the reporters once; dbt's result stands without them. */
async function viewsOf(loop: Loop): Promise<Required<Reporter>[]> {
  if (loop.views) return loop.views
  const { loadReporters, onFault } = loop
  try {
    const make = await loadReporters()
    loop.views = make().map((reporter) => guarded(reporter, onFault))
  } catch (error) {
    onFault(`Nothing of this run can be shown: ${reasonOf(error)}`)
    loop.views = []
  }
  return loop.views
}
