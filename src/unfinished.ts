/** What the main step could not finish: check runs that are open or missing, the saved state, the report. */
import { dirname } from 'node:path'
import * as core from '@actions/core'
import {
  type ArtifactClient,
  artifactClient,
  artifactName,
  pageName,
  uploadPage,
} from './github/artifacts.ts'
import { checksOf } from './github/checks.ts'
import { clientOf } from './github/client.ts'
import { artifactUrl, type Context, contextOf, externalPrefix, readEvent } from './github/context.ts'
import { mend } from './github/mend.ts'
import { checkNameOf, type Inputs, readInputs } from './inputs.ts'
import { ROLLUP } from './report/check-run.ts'
import type { Journal } from './reporters/journal-file.ts'
import { uploadState } from './rerun/store.ts'
import { sleep } from './sleep.ts'

/** The runner ends post after about five minutes. */
const PATIENCE = 240_000

/** Closes and uploads what main left. */
export async function finishFor(journal: Journal): Promise<void> {
  const { inputs } = readInputs(core.getInput)
  const event = readEvent(process.env.GITHUB_EVENT_PATH)
  const context = contextOf(process.env, event, journal.sha || inputs.sha)
  const client = artifactClient()
  const uploads = [upload(journal, inputs, context, client), uploadReport(journal, inputs, context, client)]
  await Promise.all([close(journal, inputs, context), ...uploads])
  client.end()
}

/** Saves what main could not: that it began, at the least. */
async function upload(
  journal: Journal,
  inputs: Inputs,
  context: Context | undefined,
  client: ArtifactClient,
): Promise<void> {
  if (!context || journal.uploaded || !journal.state || !process.env.ACTIONS_RESULTS_URL) return
  const name = artifactName(checkNameOf(inputs), context.runAttempt, 'post')
  const answer = await uploadState(client, journal.state, name, SAVING)
  if ('missing' in answer) core.info(`The state of this run is no artifact: ${answer.missing}`)
}

/** Of an artifact, in milliseconds. */
const SAVING = 60_000

/** Uploads the report where main could not, as after a stop; what main wrote cannot link to it any more. */
async function uploadReport(
  journal: Journal,
  inputs: Inputs,
  context: Context | undefined,
  client: ArtifactClient,
): Promise<void> {
  const { page, state } = journal
  if (!context || !page || !process.env.ACTIONS_RESULTS_URL) return
  const name = pageName(checkNameOf(inputs), context.runAttempt, 'post')
  const answer = await uploadPage(client, page, name, state || dirname(page), SAVING)
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
    most: inputs['max-checks'],
    now: Date.now,
    sleep,
    deadline: Date.now() + PATIENCE,
  })
  if (open > 0) core.info(`${open} check runs had been left open, or were not made.`)
  if (unshown.keys.length > 0)
    core.warning(`${unshown.keys.length} of them could not be mended: ${unshown.reason}`)
}

/** What a person needs most where main could not show it: the roll-up, and the failures. */
function wantedOf({ ended }: Journal, { checks }: Inputs): Map<string, string> {
  const failures = [...ended].filter(([key, { conclusion }]) => key !== ROLLUP && conclusion === 'failure')
  const rollUp = ended.get(ROLLUP)
  const wanted = new Map(rollUp ? [[ROLLUP, rollUp.name]] : [])
  if (checks !== 'rollup') for (const [key, { name }] of failures) wanted.set(key, name)
  return wanted
}
