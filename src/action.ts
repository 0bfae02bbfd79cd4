/** The reporters of the Action, in the order in which they finish. */
import * as core from '@actions/core'
import type { Environment } from './dbt/environment.ts'
import {
  type ArtifactClient,
  artifactClient,
  artifactName,
  pageName,
  uploadPage,
} from './github/artifacts.ts'
import { budgetOf } from './github/budget.ts'
import { checksOf } from './github/checks.ts'
import { type Client, clientOf } from './github/client.ts'
import {
  artifactUrl,
  type Context,
  externalPrefix,
  pullNumber,
  repositoryName,
  whyNoData,
} from './github/context.ts'
import { checkNameOf, type Inputs } from './inputs.ts'
import { runNotices } from './report/notices.ts'
import { nothingPublished, type Published, publishNotices } from './report/published.ts'
import { plain } from './report/text.ts'
import { artifactStart } from './reporters/artifact-start.ts'
import { checkRuns } from './reporters/check-runs.ts'
import { pullRequestComment } from './reporters/comment.ts'
import { statusesInstead } from './reporters/commit-statuses.ts'
import { earlierRuns } from './reporters/earlier-runs.ts'
import { type FoundRows, failingRows } from './reporters/failing-rows.ts'
import { files } from './reporters/files.ts'
import { jobSummary } from './reporters/job-summary.ts'
import { journal, noteProcess } from './reporters/journal.ts'
import type { Note } from './reporters/journal-file.ts'
import { leftovers } from './reporters/leftovers.ts'
import { log } from './reporters/log.ts'
import { outputs } from './reporters/outputs.ts'
import { type PageOptions, page } from './reporters/page.ts'
import type { Reporter } from './reporters/reporter.ts'
import { type Saved, savedState } from './reporters/state.ts'
import { workflowCommands } from './reporters/workflow-commands.ts'
import { isOfBranch } from './rerun/base-state.ts'
import { asked, type Plan } from './rerun/plan.ts'
import { uploadState } from './rerun/store.ts'
import { expectedNodes } from './run/counts.ts'
import type { About } from './run/saved.ts'
import type { Setup } from './setup.ts'
import { sleep } from './sleep.ts'
import type { Surroundings } from './surroundings.ts'

export interface ActionOptions {
  inputs: Inputs
  plan: Plan
  setup: Setup
  surroundings: Surroundings
  note: Note
  env: Environment
}

export function actionReporters(options: ActionOptions): Reporter[] {
  const { inputs, setup, note, env } = options
  const { context, event } = options.surroundings
  const { run, subject, findings } = setup
  const published = nothingPublished()
  const saved = { runResults: '' }
  const report = { path: '' }
  const token = inputs['github-token']
  const client = context && token ? clientOf(token, context) : undefined
  const pull = pullNumber(event)
  const hasChecks = client !== undefined && inputs.checks !== 'none'
  const artifacts = context && env.ACTIONS_RESULTS_URL ? artifactClient() : undefined
  const found = { tests: new Map(), notice: '' }
  // Which check runs are missing is known later than the report is written.
  const known = () => [...setup.notices, found.notice].filter(Boolean)
  const notices = () => [...known(), ...publishNotices(published)]
  const rows = found.tests
  const view = { subject, findings, links: published.links, notices }
  return [
    ...(artifacts ? [artifactStart(artifacts)] : []),
    // First: the report shows what they find, and the others link to the report.
    earlierRuns({ lookUp: setup.lookUp, sleep }),
    rowsOf(options, found),
    ...(setup.report
      ? [page({ ...view, ...pageFor(options, artifacts), notices: known, rows, written: report })]
      : []),
    ...(context && hasChecks ? checkReporters(options, context, client, published) : []),
    journal(note, subject, published),
    ...(context ? stateReporter(options, context, artifacts, saved) : []),
    log({
      level: setup.level,
      findings,
      print,
      begin: (command) => core.startGroup(setup.titleOf(command)),
      end: () => core.endGroup(),
      over: () => {
        for (const notice of [...notices(), ...runNotices(run)]) core.notice(plain(notice))
      },
    }),
    ...(inputs.annotations
      ? [workflowCommands({ error: core.error, warning: core.warning, findings, published, hasChecks })]
      : []),
    ...files({ inputs, workspace: options.surroundings.workspace, subject, findings }),
    ...(env.GITHUB_STEP_SUMMARY ? [jobSummary(env.GITHUB_STEP_SUMMARY, { ...view, rows })] : []),
    outputs(inputs['fail-on'], published, saved, report, subject.base?.saved),
    ...(inputs.comment && context && client && pull !== undefined
      ? [
          pullRequestComment({
            ...view,
            client,
            pull,
            runId: context.runId,
            notice: (text) => core.notice(plain(text)),
          }),
        ]
      : []),
  ]
}

/** What looks up the rows of failed tests; post ends its process where main cannot. */
function rowsOf({ inputs, setup, surroundings: { event }, note }: ActionOptions, found: FoundRows): Reporter {
  const onStarted = (pid: number) => noteProcess(note, pid)
  const limit = inputs['failing-rows']
  return failingRows({ ...setup, limit, forbidden: whyNoData(event), onStarted, sleep, found })
}

/** Prints a line. Those of one tick, of which a chunk of dbt's log makes hundreds, are one write to the system. */
function print(text: string): void {
  const { stdout } = process
  if (stdout.writableCorked === 0) {
    stdout.cork()
    process.nextTick(() => stdout.uncork())
  }
  stdout.write(`${text}\n`)
}

/** The check runs of this run, and those that earlier attempts left open. */
function checkReporters(
  { inputs, setup }: ActionOptions,
  context: Context,
  client: Client,
  published: Published,
): Reporter[] {
  const { run, subject, findings, notices } = setup
  const nodes = () => Math.max(expectedNodes(run) ?? 0, run.nodes.size)
  const writes = () => Math.min(nodes(), inputs['max-checks'])
  const budget = budgetOf({ startedAt: run.startedAt, nodes, writes, share: inputs['api-share'] })
  const checks = checksOf(client, context, (headers) => budget.learn(headers, Date.now()))
  const { checkName } = subject
  const prefix = externalPrefix(context, checkName)
  const choice = { checks: inputs.checks, tests: inputs.tests, maxChecks: inputs['max-checks'] }
  const time = { now: Date.now, sleep }
  return [
    checkRuns({ run, subject, checks, budget, choice, findings, notices, prefix, published, ...time }),
    statusesInstead({ client, subject, most: inputs['max-checks'], published }),
    leftovers({ checks, context, checkName, ...time }),
  ]
}

/** How long the step waits for the report to be uploaded, in milliseconds. */
const UPLOADING = 15_000

/** Where the report goes, and how it becomes an artifact that a browser opens; that not outside GitHub. */
function pageFor(
  { inputs, setup, surroundings: { context }, note }: ActionOptions,
  artifacts: ArtifactClient | undefined,
): Pick<PageOptions, 'path' | 'template' | 'upload' | 'leave'> {
  const { report: path, template, keep } = setup
  if (!context || !artifacts) return { path, template }
  return {
    path,
    template,
    upload: async (path) => {
      const name = pageName(checkNameOf(inputs), context.runAttempt, 'main')
      const answer = await uploadPage(artifacts, path, name, keep, UPLOADING)
      if ('done' in answer) return artifactUrl(context, answer.done)
      core.info(`The report is no artifact yet: ${plain(answer.missing)}`)
      return undefined
    },
    leave: (page) => note({ page }),
  }
}

/** How long the step waits for its own state to be saved, in milliseconds; post has more time, and tries again. */
const SAVING = 10_000

function stateReporter(
  options: ActionOptions,
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
    const name = artifactName(checkNameOf(inputs), context.runAttempt, 'main')
    const answer = await uploadState(client, keep, name, SAVING)
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
