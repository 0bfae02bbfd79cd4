/** The reporters of the Action, in the order in which they finish. */
import * as core from '@actions/core'
import type { Environment } from './dbt/environment.ts'
import { artifactClient } from './github/artifacts.ts'
import { budgetOf } from './github/budget.ts'
import { checksOf } from './github/checks.ts'
import { type Client, clientOf } from './github/client.ts'
import { type Context, externalPrefix, pullNumber, whyNoData } from './github/context.ts'
import { inputNaming } from './inputs.ts'
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
import { journal } from './reporters/journal.ts'
import { leftovers } from './reporters/leftovers.ts'
import { log } from './reporters/log.ts'
import { outputs } from './reporters/outputs.ts'
import { page } from './reporters/page.ts'
import type { Reporter } from './reporters/reporter.ts'
import { workflowCommands } from './reporters/workflow-commands.ts'
import { expectedNodes } from './run/counts.ts'
import { sleep } from './sleep.ts'
import { reportPlace, type StepOptions, stateReporter } from './uploads.ts'

export interface ActionOptions extends StepOptions {
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
      ? [page({ ...view, ...reportPlace(options, artifacts), notices: known, rows, written: report })]
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
        for (const notice of [...notices(), ...runNotices(run, subject)]) core.notice(plain(notice))
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
            now: Date.now,
            sleep,
          }),
        ]
      : []),
  ]
}

/** What looks up the rows of failed tests. */
function rowsOf({ inputs, setup, surroundings: { event } }: ActionOptions, found: FoundRows): Reporter {
  const limit = inputs['failing-rows']
  return failingRows({ ...setup, naming: inputNaming, limit, forbidden: whyNoData(event), sleep, found })
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
