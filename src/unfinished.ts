/** What the main step could not finish: check runs that are open or missing, the saved state, the report. */
import { dirname } from 'node:path'
import * as core from '@actions/core'
import { type ArtifactClient, artifactClient, type Leaving, uploadPage } from './github/artifacts.ts'
import { checksOf } from './github/checks.ts'
import { clientOf } from './github/client.ts'
import { type Context, contextOf, externalPrefix, readEvent } from './github/context.ts'
import { mend } from './github/mend.ts'
import { checkNameOf, type Inputs, readInputs } from './inputs.ts'
import { ROLLUP } from './report/check-run.ts'
import { plain } from './report/text.ts'
import type { Journal } from './reporters/journal-file.ts'
import { uploadState } from './rerun/store.ts'
import { sleep } from './sleep.ts'

/** The runner ends post after about five minutes. */
const PATIENCE = 240_000

/** Closes and uploads what main left; nothing outside GitHub. */
export async function finishFor(journal: Journal): Promise<void> {
  const { inputs } = readInputs(core.getInput)
  const event = readEvent(process.env.GITHUB_EVENT_PATH)
  const context = contextOf(process.env, event, journal.sha || inputs.sha)
  if (!context) return
  const step: Leaving = { context, checkName: checkNameOf(inputs), by: 'post' }
  const uploading = process.env.ACTIONS_RESULTS_URL ? upload(journal, step) : undefined
  await Promise.all([close(journal, inputs, context), uploading])
}

/** How long an artifact may take, in milliseconds. */
const SAVING = 60_000

async function upload({ uploaded, state, page }: Journal, step: Leaving): Promise<void> {
  const client = artifactClient()
  const saving = state && !uploaded ? saveState(client, step, state) : undefined
  await Promise.all([saving, page ? saveReport(client, step, page, state || dirname(page)) : undefined])
  client.end()
}

/** Saves what main could not: that it began, at the least. */
async function saveState(client: ArtifactClient, step: Leaving, folder: string): Promise<void> {
  const answer = await uploadState(client, step, folder, SAVING)
  if ('missing' in answer) core.info(`The state of this run is no artifact: ${plain(answer.missing)}`)
}

/** Uploads the report where main could not, as after a stop; what main wrote cannot link to it any more. */
async function saveReport(
  client: ArtifactClient,
  step: Leaving,
  page: string,
  folder: string,
): Promise<void> {
  const answer = await uploadPage(client, step, page, folder, SAVING)
  if ('missing' in answer) {
    core.info(`The report is no artifact: ${plain(answer.missing)}`)
    return
  }
  core.info(`The report: ${answer.url}`)
  if (process.env.GITHUB_STEP_SUMMARY) {
    await core.summary.addRaw(`[Report with timeline and lineage](${answer.url})`, true).write()
  }
}

/** Closes what main left open. */
async function close(journal: Journal, inputs: Inputs, context: Context): Promise<void> {
  if (journal.closed || !inputs['github-token'] || inputs.checks === 'none') return
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
