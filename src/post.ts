import { signalGroup, startTime } from './dbt/process.ts'
import { exitWhenDone } from './exit.ts'
import { reasonOf } from './reason.ts'
import { githubAnnotation } from './report/ci/github.ts'
import { type Journal, readJournal } from './reporters/journal-file.ts'
import { savedIn } from './runner.ts'
import { sleep } from './sleep.ts'

/** After main, also after a cancel and a SIGKILL: leaves no dbt running and no check run open. */
async function post(): Promise<void> {
  const journal = readJournal(savedIn(process.env, 'journal'))
  if (!journal) return
  await stopDbt(journal)
  if (isFinished(journal)) return
  // Only now: most of the time there is nothing left to do, and the client of GitHub's API is most of this bundle.
  const { finishFor } = await import('./unfinished.ts')
  await finishFor(journal)
}

/** Whether main did all that it had to. */
function isFinished({ closed, uploaded, state, page }: Journal): boolean {
  return closed && page === '' && (uploaded || state === '')
}

/** How long dbt may take to cancel its queries, in milliseconds. */
const GRACE = 10_000

/** dbt outlives a main that was killed, in a process group of its own. */
async function stopDbt({ pid, started }: Journal): Promise<void> {
  const runs = () => pid > 0 && started !== '' && startTime(pid) === started
  if (!runs()) return
  process.stdout.write('Stopping the dbt that was left running.\n')
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    signalGroup(pid, signal)
    for (let waited = 0; runs() && waited < GRACE / 2; waited += 100) await sleep(100).done
  }
  // Children too, though their parent be gone.
  signalGroup(pid, 'SIGKILL')
}

post()
  // Post must not fail a job whose dbt succeeded.
  .catch((error: unknown) => {
    process.stdout.write(`${githubAnnotation('warning', reasonOf(error))}\n`)
  })
  .finally(exitWhenDone)
