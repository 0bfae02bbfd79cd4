import type { Output } from '../dbt/reader.ts'
import { reasonOf } from '../reason.ts'
import type { Invocation, Node, Run } from '../run/run.ts'
import type { Sleep } from '../sleep.ts'

/** Shows or stores a run somewhere. Notified of every change while dbt runs, and once at the end. */
export interface Reporter {
  /** What it writes, for a message about its own failure: "The <name> could not be written". */
  name: string
  /** Called for every change, while dbt runs; must be fast. */
  update?(run: Run, change: Change): void
  /**
   * Called once when the run is over, one reporter after another.
   * @param stopped resolves as soon as the step is asked to stop; from then on there are only seconds left
   */
  finish?(run: Run, stopped: Promise<void>): Promise<void>
}

/** What changed; with no member, anything may have: an invocation or the run has ended. */
export interface Change {
  /** An invocation has begun. */
  begun?: Invocation
  /** A line of dbt. */
  output?: Output
  /** The node that changed by it. */
  node?: Node | undefined
}

/** What went wrong with a reporter, as a sentence. */
export type OnFault = (sentence: string) => void

/** A reporter whose faults change nothing: it is left out from its first one on, which is reported once. */
export function guarded(reporter: Reporter, onFault: OnFault): Required<Reporter> {
  let failed = false
  const fail = (error: unknown) => {
    if (!failed) onFault(`The ${reporter.name} could not be written: ${reasonOf(error)}`)
    failed = true
  }
  return {
    name: reporter.name,
    update: (run, change) => {
      if (failed) return
      try {
        reporter.update?.(run, change)
      } catch (error) {
        fail(error)
      }
    },
    finish: async (run, stopped) => {
      if (failed) return
      try {
        await reporter.finish?.(run, stopped)
      } catch (error) {
        fail(error)
      }
    },
  }
}

/** How long the run waits for one reporter to finish, in milliseconds; each has shorter limits of its own. */
const PATIENCE = 90_000
/** After a stop the runner leaves ten seconds in all: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation */
const PATIENCE_STOPPED = 2_500

/** Lets every reporter finish, in their order; one that hangs is left behind, and reported. */
export async function finishAll(
  reporters: Required<Reporter>[],
  run: Run,
  stopped: Promise<void>,
  sleep: Sleep,
  onFault: OnFault,
): Promise<void> {
  let hurried = run.stoppedAt !== undefined
  let onStop = () => {}
  stopped.then(() => {
    hurried = true
    onStop()
  })
  for (const reporter of reporters) {
    const late = sleep(hurried ? PATIENCE_STOPPED : PATIENCE)
    let afterStop: ReturnType<Sleep> | undefined
    onStop = () => {
      afterStop = sleep(PATIENCE_STOPPED)
      afterStop.done.then(late.wake)
    }
    const done = await Promise.race([reporter.finish(run, stopped).then(() => true), late.done])
    onStop = () => {}
    // A wait that goes on would hold the process.
    late.wake()
    afterStop?.wake()
    if (!done && !hurried) onFault(`The ${reporter.name} could not be written in time.`)
  }
}
