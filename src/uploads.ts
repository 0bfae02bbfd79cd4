/** What a run of the Action leaves as artifacts: the report and its state. */
import * as core from '@actions/core'
import { type ArtifactClient, type Leaving, uploadPage } from './github/artifacts.ts'
import { type Context, repositoryName } from './github/context.ts'
import { checkNameOf, type Inputs } from './inputs.ts'
import { plain } from './report/text.ts'
import type { Note } from './reporters/journal-file.ts'
import type { PageOptions } from './reporters/page.ts'
import type { Reporter } from './reporters/reporter.ts'
import { type Saved, savedState } from './reporters/state.ts'
import { isOfBranch } from './rerun/base-state.ts'
import { asked, type Plan } from './rerun/plan.ts'
import { uploadState } from './rerun/store.ts'
import type { About } from './run/saved.ts'
import type { Setup } from './setup.ts'
import type { Surroundings } from './surroundings.ts'

/** What is known of the step when dbt starts. */
export interface StepOptions {
  inputs: Inputs
  plan: Plan
  setup: Setup
  surroundings: Surroundings
  note: Note
}

/** How long the step waits for the report to be uploaded, in milliseconds. */
const UPLOADING = 15_000

/** Where the report goes, and how it becomes an artifact that a browser opens; that not outside GitHub. */
export function reportPlace(
  { inputs, setup, surroundings: { context }, note }: StepOptions,
  artifacts: ArtifactClient | undefined,
): Pick<PageOptions, 'path' | 'template' | 'upload' | 'leave'> {
  const { report: path, template, keep } = setup
  if (!context || !artifacts) return { path, template }
  return {
    path,
    template,
    upload: async (path) => {
      const answer = await uploadPage(artifacts, stepOf(inputs, context), path, keep, UPLOADING)
      if ('url' in answer) return answer.url
      core.info(`The report is no artifact yet: ${plain(answer.missing)}`)
      return undefined
    },
    leave: (page) => note({ page }),
  }
}

/** How long the step waits for its own state to be saved, in milliseconds; post has more time, and tries again. */
const SAVING = 10_000

/** The reporter that saves the run for a later one, unless that was refused. */
export function stateReporter(
  options: StepOptions,
  context: Context,
  artifacts: ArtifactClient | undefined,
  saved: Saved,
): Reporter[] {
  const { inputs, plan, setup, surroundings, note } = options
  const { keep, hide } = setup
  const refused = plan.refused.length > 0
  note({ sha: context.sha, state: refused ? '' : keep })
  // A run that was refused is no earlier attempt: what it was to continue still is what there is.
  if (refused) return []
  const upload = async (client: ArtifactClient) => {
    const answer = await uploadState(client, stepOf(inputs, context), keep, SAVING)
    if ('done' in answer) note({ uploaded: true })
    else core.info(`The state of this run is no artifact yet: ${plain(answer.missing)}`)
  }
  return [
    savedState({
      keep,
      about: aboutOf(inputs, plan, surroundings, context, setup),
      failOn: inputs['fail-on'],
      earlierRunResults: plan.earlier?.runResults ?? '',
      hide,
      keepsManifest: inputs['state-from'] === 'base' && isOfBranch(surroundings.event),
      saved,
      ...(artifacts ? { upload: () => upload(artifacts) } : {}),
      onProblem: core.info,
    }),
  ]
}

function stepOf(inputs: Inputs, context: Context): Leaving {
  return { context, checkName: checkNameOf(inputs), by: 'main' }
}

function aboutOf(
  inputs: Inputs,
  plan: Plan,
  { job, workflow, commit, eventSha }: Surroundings,
  context: Context,
  { hide }: Setup,
): About {
  return {
    checkName: checkNameOf(inputs),
    repository: repositoryName(context),
    job,
    workflow,
    runId: context.runId,
    runAttempt: Number(context.runAttempt),
    sha: context.sha,
    commit,
    eventSha,
    projectDir: inputs['project-dir'],
    ...asked(plan.commands, inputs.select, hide),
    first: plan.first,
    partial: inputs['rerun-of'] !== '' && inputs.select.length > 0,
    verdict: 'cancelled',
  }
}
