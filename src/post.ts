import * as core from '@actions/core'
import { getOctokit } from '@actions/github'
import { signalGroup, startTime } from './dbt/process.ts'
import { checksOf, SILENT } from './github/checks.ts'
import { contextOf, externalPrefix, readEvent } from './github/context.ts'
import { mend } from './github/mend.ts'
import { checkNameOf, readInputs } from './inputs.ts'
import { type Journal, readJournal } from './journal.ts'
import { sleep } from './run.ts'

/** The runner ends post after about five minutes. */
const PATIENCE = 240_000

/** After main, also after a cancel and a SIGKILL: leaves no dbt running and no check run open. */
async function post(): Promise<void> {
  const journal = readJournal(core.getState('journal'))
  if (!journal || journal.closed) return
  await stopDbt(journal)
  const { inputs } = readInputs(core.getInput)
  const context = contextOf(process.env, readEvent(process.env.GITHUB_EVENT_PATH), inputs.sha)
  if (!context || !inputs['github-token'] || inputs.checks === 'none') return
  const octokit = getOctokit(inputs['github-token'], { baseUrl: context.apiUrl, log: SILENT })
  const { open, unshown } = await mend({
    checks: checksOf(octokit, context, () => {}),
    prefix: externalPrefix(context, checkNameOf(inputs)),
    endedOf: (key) => journal.ended.get(key),
    now: Date.now,
    sleep,
    deadline: Date.now() + PATIENCE,
  })
  if (open > 0) core.info(`${open} check runs had been left open.`)
  if (unshown.keys.length > 0) core.warning(`${unshown.keys.length} of them still are: ${unshown.reason}`)
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
