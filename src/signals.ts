/** What signals of a running step do. */

/** Something that can be stopped, such as a run that is watched. */
interface Stoppable {
  stop(signal: NodeJS.Signals): void
}

export interface Signals {
  /** Resolves some time after the first signal; then nothing waits any longer for what can also be done later. */
  hurried: Promise<undefined>
  /** From now on signals stop this; also those that came before there was anything to stop. */
  follow(running: Stoppable): void
}

/** What follows a signal, and how many milliseconds later, as long as the step runs. */
export type Ladder = Partial<Record<NodeJS.Signals, [NodeJS.Signals, number][]>>

/** After a signal nothing waits longer than this for what can also be done later, in milliseconds. */
const HURRY = 2_000

/** Listens from now on: a signal without a listener would end this process and leave dbt running. */
export function forwardSignals(ladder: Ladder): Signals {
  let running: Stoppable | undefined
  const { promise: hurried, resolve: hurry } = Promise.withResolvers<undefined>()
  const before: NodeJS.Signals[] = []
  const stop = (signal: NodeJS.Signals) => {
    if (running) running.stop(signal)
    else before.push(signal)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stop(signal)
      setTimeout(() => hurry(undefined), HURRY).unref()
      for (const [next, ms] of ladder[signal] ?? []) setTimeout(() => stop(next), ms).unref()
    })
  }
  return {
    hurried,
    follow: (started) => {
      running = started
      for (const signal of before) started.stop(signal)
    },
  }
}

/** What a write fails with where nothing reads any longer: a pipe, and a terminal that was closed. */
const UNREAD = new Set<string | undefined>(['EPIPE', 'EIO'])

/**
 * Each further signal is stronger: a person who presses Ctrl-C again means it. A closed terminal, and an output that
 * nothing reads any longer, stop the run too: dbt has a session of its own, so it would go on unseen.
 */
export function escalateSignals(running: Stoppable, output: Pick<NodeJS.WriteStream, 'on'>): void {
  const ladder: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGKILL']
  let step = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      step = Math.max(step, ladder.indexOf(signal))
      running.stop(ladder[Math.min(step++, 2)] ?? 'SIGKILL')
    })
  }
  // Once: the system and the shell both say that a terminal was closed, and then each write fails.
  const abandon = () => {
    if (step > ladder.indexOf('SIGTERM')) return
    step = ladder.indexOf('SIGKILL')
    running.stop('SIGTERM')
  }
  process.on('SIGHUP', abandon)
  output.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (UNREAD.has(code)) abandon()
  })
}
