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

/** So long may a request that main left under way still take effect, in milliseconds: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#timeouts */
const UNDER_WAY = 10_000

/** Closes what main left open, and makes what it did not. */
async function close(journal: Journal, inputs: Inputs, context: Context): Promise<void> {
  if (journal.closed || !inputs['github-token'] || inputs.checks === 'none') return
  const client = clientOf(inputs['github-token'], context)
  const began = Date.now()
  const options = {
    checks: checksOf(client, context, () => {}),
    prefix: externalPrefix(context, checkNameOf(inputs)),
    endedOf: (key: string) => journal.ended.get(key),
    now: Date.now,
    sleep,
    deadline: began + PATIENCE,
  }
  const first = await mend(options)
  // What main's last request makes must not be made twice, or stay open.
  if (!first.unshown.reason) await sleep(Math.max(0, began + UNDER_WAY - Date.now())).done
  const wanted = wantedOf(journal, inputs)
  const { open, unshown } = await mend({ ...options, wanted, most: inputs['max-checks'] })
  const all = first.open - first.unshown.keys.length + open
  if (all > 0) core.info(`${all} check runs had been left open, or were not made.`)
  if (unshown.keys.length > 0)
    core.warning(`${unshown.keys.length} of them could not be mended: ${unshown.reason}`)
  else if (unshown.reason) core.warning(`Check runs may be left open: GitHub says "${unshown.reason}".`)
}

/** What a person needs most where main could not show it: the roll-up, and the failures. */
function wantedOf({ ended }: Journal, { checks }: Inputs): Map<string, string> {
  const failures = [...ended].filter(([key, { conclusion }]) => key !== ROLLUP && conclusion === 'failure')
  const rollUp = ended.get(ROLLUP)
  const wanted = new Map(rollUp ? [[ROLLUP, rollUp.name]] : [])
  if (checks !== 'rollup') for (const [key, { name }] of failures) wanted.set(key, name)
  return wanted
}
