import * as core from '@actions/core'
import type { Hide } from '../dbt/redact.ts'
import { artifactName } from '../github/artifacts.ts'
import { type Context, repositoryName } from '../github/context.ts'
import { checkNameOf, type Inputs } from '../inputs.ts'
import { plain } from '../report/text.ts'
import { asked, type Plan } from '../rerun/plan.ts'
import { saveBegun, saveEnded, uploadState } from '../rerun/store.ts'
import type { About } from '../run/saved.ts'
import { verdict } from '../run/verdict.ts'
import { workflowFileOf } from '../setup.ts'
import type { Ended } from '../watch.ts'
import { note } from './written.ts'

/** How long the step waits for its own state to be saved, in milliseconds; post has more time, and tries again. */
const SAVING = 10_000

/** What is saved of a run as it goes, so that post, a re-run or a run by hand can go on from it. */
export function savingOf(options: {
  inputs: Inputs
  plan: Plan
  context: Context
  commit: string
  keep: string
  journal: string
  hide: Hide
}) {
  const { inputs, plan, context, commit, keep, journal, hide } = options
  const about: About = {
    checkName: checkNameOf(inputs),
    repository: repositoryName(context),
    job: process.env.GITHUB_JOB ?? '',
    workflow: workflowFileOf(process.env),
    runId: context.runId,
    runAttempt: Number(context.runAttempt),
    sha: context.sha,
    commit,
    eventSha: process.env.GITHUB_SHA ?? '',
    projectDir: inputs['project-dir'],
    ...asked(plan.command, inputs.select, hide),
    partial: inputs['rerun-of'] !== '' && inputs.select.length > 0,
    verdict: 'cancelled',
  }
  const refused = plan.refused.length > 0
  let begun: Promise<void> | undefined
  return {
    begun: (): void => {
      // A run that was refused is no earlier attempt: what it was to continue still is what there is.
      note(journal, { sha: context.sha, state: refused ? '' : keep })
      if (refused) return
      begun = saveBegun(keep, about).catch(() => {})
    },
    /** @returns the path of the merged run_results.json; empty where there is none */
    ended: async (ended: Ended): Promise<string> => {
      if (refused) return ''
      await begun
      try {
        const result = verdict(ended.invocation, inputs['fail-on'])
        const merged = await saveEnded(keep, ended, { ...about, verdict: result }, hide)
        // There is no time after a stop; post uploads it.
        if (result !== 'cancelled' && process.env.ACTIONS_RESULTS_URL) await upload()
        return merged
      } catch (error) {
        core.info(
          `The state of this run could not be saved: ${error instanceof Error ? error.message : error}`,
        )
        return ''
      }
    },
  }

  async function upload(): Promise<void> {
    const name = artifactName(about.checkName, context.runAttempt, 'main')
    const answer = await uploadState(keep, name, SAVING)
    if ('done' in answer) note(journal, { uploaded: true })
    else core.info(`The state of this run is no artifact yet: ${plain(answer.missing)}`)
  }
}
