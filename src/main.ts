import { createHash, randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import * as core from '@actions/core'
import { getExecOutput } from '@actions/exec'
import { startTime } from './dbt/process.ts'
import { artifactPrefix } from './github/artifacts.ts'
import { type Budget, budgetOf } from './github/budget.ts'
import { type Checks, checksOf, octokitOf } from './github/checks.ts'
import { keepComment } from './github/comment.ts'
import { type Context, contextOf, externalPrefix, isCommit, pullNumber, readEvent } from './github/context.ts'
import { mend } from './github/mend.ts'
import { readWorkflowRun } from './github/workflow-run.ts'
import { checkNameOf, type Inputs, readInputs } from './inputs.ts'
import { brief, checkNameOfNode, ROLLUP, rollUpConclusion, rollUpTitle } from './report/check-run.ts'
import { BODY_LIMIT, commentBody } from './report/comment.ts'
import { recap } from './report/log.ts'
import { outputsOf } from './report/outputs.ts'
import { orphanNotice, SUMMARY_LIMIT, type SummaryInput, summary } from './report/summary.ts'
import { inert, plain } from './report/text.ts'
import { savingOf } from './reporters/state.ts'
import { annotate, failureText, noticesOf } from './reporters/workflow-commands.ts'
import { note, written } from './reporters/written.ts'
import { continues, type Plan, planAlone, planRerun } from './rerun/plan.ts'
import { downloadState } from './rerun/store.ts'
import { verdict } from './run/verdict.ts'
import { hideOf, runOf, sleep, workflowFileOf } from './setup.ts'
import { type Github, type Watched, type Watching, watch } from './watch.ts'

// The stream of 10,000 nodes is 200 MB of short-lived text, for which V8 would let its young generation grow: 181 MB
// at the peak instead of 133, for no time saved. An action cannot set flags of node's command line.
setFlagsFromString('--optimize-for-size')

/** The runner's ladder, from the first signal: SIGTERM after 7.5 s, SIGKILL 2.5 s later. We are a step ahead. */
const LADDER: Partial<Record<NodeJS.Signals, [NodeJS.Signals, number][]>> = {
  SIGINT: [
    ['SIGTERM', 5000],
    ['SIGKILL', 7000],
  ],
  SIGTERM: [['SIGKILL', 1000]],
}

async function main(): Promise<void> {
  // First of all: a signal that nobody listens to would end us, and leave dbt running.
  const { follow, hurried } = obey()
  const { inputs, wrong } = readInputs(core.getInput)
  const checkName = checkNameOf(inputs)
  const workspace = process.env.GITHUB_WORKSPACE || process.cwd()
  const temp = process.env.RUNNER_TEMP || tmpdir()
  const event = readEvent(process.env.GITHUB_EVENT_PATH)
  const found = contextOf(process.env, event, inputs.sha)
  refuseTwin(checkName)
  const id = randomUUID()
  const journal = join(temp, `dbt-watcher-${id}.jsonl`)
  written('state for the post step', () => core.saveState('journal', journal))
  const journaled = new Map<string, string>()
  const commit = await commitOf(workspace, inputs['project-dir'])

  // A job that is cancelled meanwhile waits for no answer.
  const unasked = hurried.then(() => planAlone(inputs))
  const plan = await Promise.race([planOf(inputs, found, commit, temp), unasked])
  const context = found && plan.sha ? { ...found, sha: plan.sha } : found
  const keep = join(temp, `dbt-watcher-${id}`)
  const run = runOf(
    inputs,
    plan,
    wrong,
    { workspace, repository: workspace, context, commit, keep },
    process.env,
  )
  const github = context && githubOf(inputs, context, checkName)
  const saving = context && savingOf({ inputs, plan, context, commit, keep, journal, hide: run.hide })
  let saved: Promise<string> | undefined
  core.startGroup(run.watch.job.command)
  const watching = watch({
    ...run.watch,
    onStarted: (pid) => note(journal, { pid, started: startTime(pid) }),
    github,
    print: (text) => process.stdout.write(`${text}\n`),
    onNode: (invocation, node) => {
      const told = brief(invocation, node)
      if (!told || journaled.get(node.uniqueId) === told.title) return
      journaled.set(node.uniqueId, told.title)
      const name = checkNameOfNode(invocation, node, checkName)
      note(journal, { key: node.uniqueId, name, ...told })
    },
    onEnd: (ended) => {
      saved = saving?.ended(ended)
    },
  })
  follow(watching)
  saving?.begun()
  const mended = github && context && mendEarlier(github.checks, context, checkName)
  const watched = await watching.done
  await Promise.race([mended, sleep(PATIENCE).done])
  const merged = await Promise.race([saved, hurried])
  core.endGroup()

  const { invocation, unshown, evidence, urlOf } = watched
  const { job, failOn } = run.watch
  const rollUp = { conclusion: rollUpConclusion(invocation), title: rollUpTitle(invocation) }
  note(journal, { key: ROLLUP, name: job.checkName, ...rollUp })
  // Where the token may not write, nothing is open, and post could make nothing either.
  if (unshown.keys.length === 0 || (unshown.forbidden && !urlOf(ROLLUP))) note(journal, { closed: true })
  const notices = [...run.watch.notices, ...(github ? noticesOf(watched, github.thinned()) : [])]
  for (const notice of [...notices, orphanNotice(invocation)].filter(Boolean)) core.notice(plain(notice))
  process.stdout.write(`\n${recap(invocation, evidence)}\n`)
  if (inputs.annotations) annotate(watched, github !== undefined)
  const input = { run: invocation, job, failOn, evidence, urlOf, notices }
  const file = process.env.GITHUB_STEP_SUMMARY
  if (file) written('job summary', () => appendFileSync(file, `${summary(input, SUMMARY_LIMIT)}\n`))
  const pull = pullNumber(event)
  if (inputs.comment && context && pull !== undefined)
    await Promise.race([comment(inputs, context, pull, input), hurried])
  const runResultsPath = resultsPath(watched, merged ?? '')
  const outputs = outputsOf({ ...watched, run: invocation, runResultsPath }, inputs['fail-on'])
  written('outputs', () => {
    for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value)
  })

  const result = verdict(invocation, inputs['fail-on'])
  if (result !== 'success') core.setFailed(inert(failureText(invocation)))
}

/** The one comment on the pull request; what goes wrong with it is said, and no more. */
async function comment(inputs: Inputs, context: Context, number: number, input: SummaryInput): Promise<void> {
  const token = inputs['github-token']
  const { owner, repo, runId, apiUrl } = context
  if (!token) return
  const octokit = octokitOf(token, apiUrl)
  const checkName = checkNameOf(inputs)
  const body = commentBody({ checkName, runId, headline: '', body: summary(input, BODY_LIMIT) })
  const kept = await keepComment({ octokit, owner, repo, number }, checkName, body)
  if (!('failure' in kept)) return
  core.notice(
    plain(
      `No comment: GitHub says "${kept.failure.message}". The job needs "permissions: pull-requests: write".`,
    ),
  )
}

/** What the run continues; only then anything is asked before dbt starts. */
async function planOf(
  inputs: Inputs,
  context: Context | undefined,
  commit: string,
  temp: string,
): Promise<Plan> {
  if (!context || !continues(inputs, context)) return planAlone(inputs)
  const { owner, repo } = context
  const token = inputs['github-token']
  const octokit = token ? octokitOf(token, context.apiUrl) : undefined
  const prefix = artifactPrefix(checkNameOf(inputs))
  return await planRerun({
    inputs,
    context,
    workflow: workflowFileOf(process.env),
    job: process.env.GITHUB_JOB ?? '',
    eventSha: process.env.GITHUB_SHA ?? '',
    hide: hideOf(inputs, process.env),
    commit,
    find: (runId, below) => {
      const own = runId === context.runId
      return downloadState({ token, owner, repo, runId, own, prefix, below }, temp, FINDING)
    },
    workflowRun: async (id) =>
      octokit ? await readWorkflowRun(octokit, owner, repo, id) : { missing: 'there is no github-token' },
  })
}

/** How long dbt waits for the state of an earlier run, in milliseconds. */
const FINDING = 30_000

/** Of one attempt dbt's own file, of several the merged one. */
function resultsPath({ runResultsPaths }: Watched, merged: string): string {
  return runResultsPaths.length > 1 && merged ? merged : (runResultsPaths.at(-1) ?? '')
}

/** The commit that is checked out where the project is; GITHUB_SHA where git does not tell. */
async function commitOf(workspace: string, projectDir: string): Promise<string> {
  const folder = join(workspace, projectDir)
  const options = { silent: true, ignoreReturnCode: true, cwd: existsSync(folder) ? folder : workspace }
  // The checkout may belong to another user, in a container.
  const words = ['-c', 'safe.directory=*', 'rev-parse', '--show-toplevel', 'HEAD']
  const said = await getExecOutput('git', words, options).catch(() => undefined)
  const [root = '', commit = ''] = said?.exitCode === 0 ? said.stdout.trim().split(/\r?\n/) : []
  // Not that of a repository around the workspace.
  const inside = root !== '' && !relative(realpathSync(workspace), root).startsWith('..')
  return inside && isCommit(commit) ? commit : (process.env.GITHUB_SHA ?? '')
}

function githubOf(
  inputs: Inputs,
  context: Context,
  checkName: string,
): (Github & { thinned(): boolean }) | undefined {
  if (inputs.checks === 'none' || !inputs['github-token']) return undefined
  let budget: Budget | undefined
  const octokit = octokitOf(inputs['github-token'], context.apiUrl)
  return {
    checks: checksOf(octokit, context, (headers) => budget?.learn(headers, Date.now())),
    budget: (run) => {
      budget = budgetOf({ ...run, share: inputs['api-share'] })
      return budget
    },
    prefix: externalPrefix(context, checkName),
    thinned: () => budget?.thinned() ?? false,
  }
}

/** An earlier attempt whose runner was lost had no post; its check runs are still open. */
async function mendEarlier(checks: Checks, context: Context, checkName: string): Promise<void> {
  const deadline = Date.now() + MENDING
  for (let attempt = 1; attempt < Number(context.runAttempt) && Date.now() < deadline; attempt++) {
    const prefix = externalPrefix({ ...context, runAttempt: String(attempt) }, checkName)
    await mend({ checks, prefix, endedOf: () => undefined, now: Date.now, sleep, deadline })
  }
}

/** It goes on beside dbt and must not outlast a short one by more than this, in milliseconds. */
const MENDING = 10_000
const PATIENCE = 1_000

/**
 * Two steps of one job with one check-name would overwrite each other's checks.
 * @throws Error in the second one.
 */
function refuseTwin(checkName: string): void {
  const { RUNNER_TEMP, GITHUB_ACTION, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_JOB } = process.env
  if (!RUNNER_TEMP || !GITHUB_ACTION) return
  const place = [GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_JOB, checkName].join('/')
  const file = join(RUNNER_TEMP, `dbt-watcher-${createHash('sha256').update(place).digest('hex')}`)
  if (existsSync(file) && readFileSync(file, 'utf8') !== GITHUB_ACTION) {
    throw new Error(
      `Input check-name "${checkName}": another step of this job has it already, and their checks would meet. ` +
        'Give each step a check-name of its own.',
    )
  }
  written('file that finds two steps of one name', () => writeFileSync(file, GITHUB_ACTION))
}

/** Passes signals on, also those that came before there was anything to stop. */
function obey(): { follow(watching: Watching): void; hurried: Promise<undefined> } {
  let watching: Watching | undefined
  const { promise: hurried, resolve: hurry } = Promise.withResolvers<undefined>()
  const before: NodeJS.Signals[] = []
  const stop = (signal: NodeJS.Signals) => {
    if (watching) watching.stop(signal)
    else before.push(signal)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stop(signal)
      setTimeout(() => hurry(undefined), HURRY).unref()
      for (const [next, ms] of LADDER[signal] ?? []) setTimeout(() => stop(next), ms).unref()
    })
  }
  return {
    hurried,
    follow: (started) => {
      watching = started
      before.forEach(stop)
    },
  }
}

/** After a signal nothing waits longer than this for what can also be done later, in milliseconds. */
const HURRY = 2_000

main()
  .catch((error: unknown) => core.setFailed(error instanceof Error ? error.message : String(error)))
  // Sockets that are kept alive would hold the step open.
  .finally(() => process.stdout.write('', () => process.exit()))
