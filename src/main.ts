import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { claimCheckName } from './claim.ts'
import { startTime } from './dbt/process.ts'
import { exitWhenDone } from './exit.ts'
import { checkNameOf, readInputs } from './inputs.ts'
import { reasonOf } from './reason.ts'
import { githubAnnotation } from './report/ci/github.ts'
import { verdictText } from './report/log.ts'
import { inert } from './report/text.ts'
import { journalAt, type Note } from './reporters/journal-file.ts'
import { writer } from './reporters/writer.ts'
import { findPlan } from './rerun/find.ts'
import { planAlone } from './rerun/plan.ts'
import { verdict } from './run/verdict.ts'
import { inputsIn, saveState } from './runner.ts'
import { hideOf, setUp } from './setup.ts'
import { forwardSignals, type Ladder } from './signals.ts'
import { sleep } from './sleep.ts'
import { surroundingsOf } from './surroundings.ts'
import { smallHeap, spareWork } from './v8.ts'
import { watch } from './watch.ts'

/** The runner's ladder, from the first signal: SIGTERM after 7.5 s, SIGKILL 2.5 s later. We are a step ahead. */
const LADDER: Ladder = {
  SIGINT: [
    ['SIGTERM', 5000],
    ['SIGKILL', 7000],
  ],
  SIGTERM: [['SIGKILL', 1000]],
}

async function main(): Promise<void> {
  const signals = forwardSignals(LADDER)
  const { env } = process
  const { inputs, wrong } = readInputs(inputsIn(env))
  claimCheckName(checkNameOf(inputs), env)
  const found = await surroundingsOf(inputs, env)
  const keep = join(found.temp, `dbt-watcher-${randomUUID()}`)
  const write = writer(warn)
  const append = journalAt(`${keep}.jsonl`)
  const note: Note = (entry) => write('journal', () => append(entry))
  write('state for the post step', () => saveState(env, 'journal', `${keep}.jsonl`))

  // A job that is cancelled meanwhile waits for no answer.
  const unasked = signals.hurried.then(() => planAlone(inputs))
  const plan = await Promise.race([findPlan(inputs, found, hideOf(inputs, env)), unasked])
  const context = found.context && { ...found.context, sha: plan.sha || found.context.sha }
  const surroundings = { ...found, context }
  // At once: the reporters, which note all else, are loaded later.
  const onStarted = (pid: number) => note({ pid, started: startTime(pid) })
  const baseOf = async () => {
    if (inputs['state-from'] === '') return undefined
    const { findBaseState } = await import('./rerun/base-state.ts')
    const say = (sentence: string) => process.stdout.write(`${inert(sentence)}\n`)
    const hide = hideOf(inputs, env)
    const stopped = signals.hurried
    return await findBaseState({ inputs, plan, surroundings, hide, env, stopped, say, onStarted })
  }
  const setup = setUp(inputs, plan, wrong, surroundings, { env, keep, base: await baseOf(), onStarted })
  // What dbt does not need, such as the client of GitHub's API, is loaded once dbt runs.
  const loadReporters = async () => {
    const [{ actionReporters }] = await Promise.all([import('./action.ts'), import('node:https')])
    spareWork()
    return () => [smallHeap(), ...actionReporters({ inputs, plan, setup, surroundings, note, env })]
  }
  const watching = watch({ ...setup, loadReporters, onFault: warn, now: Date.now, sleep })
  signals.follow(watching)
  await watching.done
  const { run, subject } = setup
  const text = verdictText(run, subject)
  if (verdict(run, inputs['fail-on']) === 'success') process.stdout.write(`${inert(text)}\n`)
  else fail(text)
}

function warn(sentence: string): void {
  process.stdout.write(`${githubAnnotation('warning', sentence)}\n`)
}

function fail(message: string): void {
  process.exitCode = 1
  process.stdout.write(`${githubAnnotation('error', inert(message))}\n`)
}

main()
  .catch((error: unknown) => fail(reasonOf(error)))
  .finally(exitWhenDone)
