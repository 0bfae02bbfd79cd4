import { dirname } from 'node:path'
import * as core from '@actions/core'
import { signalGroup, startTime } from './dbt/process.ts'
import { artifactName, pageName, uploadPage } from './github/artifacts.ts'
import { checksOf } from './github/checks.ts'
import { clientOf } from './github/client.ts'
import { artifactUrl, type Context, contextOf, externalPrefix, readEvent } from './github/context.ts'
import { mend } from './github/mend.ts'
import { checkNameOf, type Inputs, readInputs } from './inputs.ts'
import { ROLLUP } from './report/check-run.ts'
import { type Journal, readJournal } from './reporters/journal.ts'
import { uploadState } from './rerun/store.ts'
import { sleep } from './sleep.ts'

/** The runner ends post after about five minutes. */
const PATIENCE = 240_000

/** After main, also after a cancel and a SIGKILL: leaves no dbt running and no check run open. */
async function post(): Promise<void> {
  const journal = readJournal(core.getState('journal'))
  if (!journal) return
  await stopDbt(journal)
  const { inputs } = readInputs(core.getInput)
  const event = readEvent(process.env.GITHUB_EVENT_PATH)
  const context = contextOf(process.env, event, journal.sha || inputs.sha)
  const uploads = [upload(journal, inputs, context), uploadReport(journal, inputs, context)]
  await Promise.all([close(journal, inputs, context), ...uploads])
}

/** Saves what main could not: that it began, at the least. */
async function upload(journal: Journal, inputs: Inputs, context: Context | undefined): Promise<void> {
  if (!context || journal.uploaded || !journal.state || !process.env.ACTIONS_RESULTS_URL) return
  const name = artifactName(checkNameOf(inputs), context.runAttempt, 'post')
  const answer = await uploadState(journal.state, name, SAVING)
  if ('missing' in answer) core.info(`The state of this run is no artifact: ${answer.missing}`)
}

/** Of an artifact, in milliseconds. */
const SAVING = 60_000

/** Uploads the report where main could not, as after a stop; what main wrote cannot link to it any more. */
async function uploadReport(journal: Journal, inputs: Inputs, context: Context | undefined): Promise<void> {
  const { page, state } = journal
  if (!context || !page || !process.env.ACTIONS_RESULTS_URL) return
  const name = pageName(checkNameOf(inputs), context.runAttempt, 'post')
  const answer = await uploadPage(page, name, state || dirname(page), SAVING)
  if ('missing' in answer) {
    core.info(`The report is no artifact: ${answer.missing}`)
    return
  }
  const url = artifactUrl(context, answer.done)
  core.info(`The report: ${url}`)
  if (process.env.GITHUB_STEP_SUMMARY) {
    await core.summary.addRaw(`[Report with timeline and lineage](${url})`, true).write()
  }
}

/** Closes what main left open. */
async function close(journal: Journal, inputs: Inputs, context: Context | undefined): Promise<void> {
  if (journal.closed) return
  if (!context || !inputs['github-token'] || inputs.checks === 'none') return
  const client = clientOf(inputs['github-token'], context)
  const { open, unshown } = await mend({
    checks: checksOf(client, context, () => {}),
    prefix: externalPrefix(context, checkNameOf(inputs)),
    endedOf: (key) => journal.ended.get(key),
    wanted: wantedOf(journal, inputs),
    now: Date.now,
    sleep,
    deadline: Date.now() + PATIENCE,
  })
  if (open > 0) core.info(`${open} check runs had been left open, or were not made.`)
  if (unshown.keys.length > 0)
    core.warning(`${unshown.keys.length} of them could not be mended: ${unshown.reason}`)
}

/** What a person needs most where main could not show it: the roll-up, and the failures, while there is room. */
function wantedOf({ ended }: Journal, { checks, 'max-checks': most }: Inputs): Map<string, string> {
  const failures = [...ended].filter(([key, { conclusion }]) => key !== ROLLUP && conclusion === 'failure')
  const rollUp = ended.get(ROLLUP)
  const wanted = new Map(rollUp ? [[ROLLUP, rollUp.name]] : [])
  if (checks !== 'rollup') for (const [key, { name }] of failures.slice(0, most)) wanted.set(key, name)
  return wanted
}

/** How long dbt may take to cancel its queries, in milliseconds. */
const GRACE = 10_000

/** dbt outlives a main that was killed, in a process group of its own. */
async function stopDbt({ pid, started }: Journal): Promise<void> {
  const runs = () => pid > 0 && started !== '' && startTime(pid) === started
  if (!runs()) return
  core.info('Stopping the dbt that was left running.')
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    signalGroup(pid, signal)
    for (let waited = 0; runs() && waited < GRACE / 2; waited += 100) await sleep(100).done
  }
  // Children too, though their parent be gone.
  signalGroup(pid, 'SIGKILL')
}

post()
  // Post must not fail a job whose dbt succeeded.
  .catch((error: unknown) => core.warning(error instanceof Error ? error.message : String(error)))
  .finally(() => process.exit())
