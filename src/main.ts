import { createHash, randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import * as core from '@actions/core'
import { getOctokit } from '@actions/github'
import { startTime } from './dbt/process.ts'
import { type Budget, budgetOf } from './github/budget.ts'
import { type Checks, checksOf, SILENT } from './github/checks.ts'
import { type Context, contextOf, externalPrefix, readEvent } from './github/context.ts'
import { mend } from './github/mend.ts'
import { checkNameOf, type Inputs, readInputs } from './inputs.ts'
import { failedNodes, type Invocation, ownErrors } from './invocation/invocation.ts'
import { outcome } from './invocation/status.ts'
import { verdict } from './invocation/verdict.ts'
import { writeJournal } from './journal.ts'
import { annotationOf, MOST_COMMANDS } from './report/annotation.ts'
import { brief, ROLLUP, rollUpConclusion, rollUpTitle } from './report/check-run.ts'
import { recap } from './report/log.ts'
import { outputsOf } from './report/outputs.ts'
import { SUMMARY_LIMIT, summary } from './report/summary.ts'
import { inert, plain } from './report/text.ts'
import { runOf, sleep } from './run.ts'
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
  const follow = obey()
  const { inputs, wrong } = readInputs(core.getInput)
  const checkName = checkNameOf(inputs)
  const workspace = process.env.GITHUB_WORKSPACE || process.cwd()
  const context = contextOf(process.env, readEvent(process.env.GITHUB_EVENT_PATH), inputs.sha)
  refuseTwin(checkName)
  const journal = join(process.env.RUNNER_TEMP || tmpdir(), `dbt-watcher-${randomUUID()}.jsonl`)
  core.saveState('journal', journal)
  const journaled = new Map<string, string>()

  const run = runOf(inputs, wrong, { workspace, repository: workspace, context }, process.env)
  const github = context && githubOf(inputs, context, checkName)
  core.startGroup(run.watch.job.command)
  const watching = watch({
    ...run.watch,
    onStarted: (pid) => writeJournal(journal, { pid, started: startTime(pid) }),
    github,
    print: (text) => process.stdout.write(`${text}\n`),
    onNode: (invocation, node) => {
      const told = brief(invocation, node)
      if (!told || journaled.get(node.uniqueId) === told.conclusion) return
      journaled.set(node.uniqueId, told.conclusion)
      writeJournal(journal, { key: node.uniqueId, ...told })
    },
  })
  follow(watching)
  const mended = github && context && mendEarlier(github.checks, context, checkName)
  const watched = await watching.done
  await Promise.race([mended, sleep(PATIENCE).done])
  core.endGroup()

  const { invocation, unshown } = watched
  writeJournal(journal, {
    key: ROLLUP,
    conclusion: rollUpConclusion(invocation),
    title: rollUpTitle(invocation),
  })
  if (unshown.keys.length === 0) writeJournal(journal, { closed: true })
  const notices = [...run.notices, ...(github ? noticesOf(watched, github.thinned()) : [])]
  for (const notice of notices) core.notice(plain(notice))
  process.stdout.write(`\n${recap(invocation, watched.evidence)}\n`)
  if (inputs.annotations) annotate(watched, github !== undefined)
  const { evidence, urlOf } = watched
  const job = run.watch.job
  writeSummary(
    summary({ invocation, job, failOn: inputs['fail-on'], evidence, urlOf, notices }, SUMMARY_LIMIT),
  )
  for (const [name, value] of Object.entries(outputsOf(watched, inputs['fail-on'])))
    core.setOutput(name, value)

  const result = verdict(invocation, inputs['fail-on'])
  if (result !== 'success') core.setFailed(inert(failureText(invocation)))
}

function githubOf(
  inputs: Inputs,
  context: Context,
  checkName: string,
): (Github & { thinned(): boolean }) | undefined {
  if (inputs.checks === 'none' || !inputs['github-token']) return undefined
  let budget: Budget | undefined
  // The toolkit reads GITHUB_API_URL when it is loaded; it is given again for the sake of tests.
  const octokit = getOctokit(inputs['github-token'], { baseUrl: context.apiUrl, log: SILENT })
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
  writeFileSync(file, GITHUB_ACTION)
}

/** Passes signals on, also those that came before there was anything to stop. */
function obey(): (watching: Watching) => void {
  let watching: Watching | undefined
  const before: NodeJS.Signals[] = []
  const stop = (signal: NodeJS.Signals) => {
    if (watching) watching.stop(signal)
    else before.push(signal)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stop(signal)
      for (const [next, ms] of LADDER[signal] ?? []) setTimeout(() => stop(next), ms).unref()
    })
  }
  return (started) => {
    watching = started
    before.forEach(stop)
  }
}

function noticesOf({ unshown, leftOut }: Watched, thinned: boolean): string[] {
  if (unshown.forbidden) {
    return [
      `No check runs: GitHub says "${unshown.reason}". The job needs "permissions: checks: write"; on a pull ` +
        'request from a fork or by Dependabot the token is read-only. Everything is in the job summary.',
    ]
  }
  const { keys, reason } = unshown
  return [
    keys.length > 0
      ? `${keys.length} check runs could not be brought up to date: GitHub says "${reason}".`
      : '',
    leftOut > 0
      ? `${leftOut} nodes have no check run of their own: input max-checks sets how many there are.`
      : '',
    thinned ? "The repository's hourly API budget was short, so check runs were updated less often." : '',
  ].filter(Boolean)
}

/**
 * As workflow commands, the worst first. They carry the file only where no check run could, since the diff would
 * show both.
 */
function annotate({ invocation, evidence, problems, unshown }: Watched, published: boolean): void {
  const missing = new Set(unshown.keys)
  if (!published || unshown.forbidden || missing.has(ROLLUP)) {
    for (const { path, line, title, message } of problems.slice(0, MOST_COMMANDS - 1)) {
      core.error(message, { title, file: path, startLine: line })
    }
  }
  const warned = [...invocation.nodes.values()].filter((node) => outcome(node.status) === 'warn')
  for (const [nodes, show] of [
    [failedNodes(invocation), core.error],
    [warned, core.warning],
  ] as const) {
    // One error is the step's own.
    for (const node of nodes.slice(0, MOST_COMMANDS - 1)) {
      const place = evidence.get(node.uniqueId)?.location ?? { path: '', line: 1 }
      const { path, line, title, message } = annotationOf(invocation, node, place)
      const shownOnFile = published && !unshown.forbidden && !missing.has(node.uniqueId)
      if (shownOnFile || path === '') show(path ? `${path}:${line} ${message}` : message, { title })
      else show(message, { title, file: path, startLine: line })
    }
  }
}

/** In one sentence, and whole where no node says more. */
function failureText(invocation: Invocation): string {
  const errors = failedNodes(invocation).length > 0 ? [] : ownErrors(invocation)
  return [rollUpTitle(invocation), ...errors].join('\n').slice(0, 3000)
}

function writeSummary(text: string): void {
  const file = process.env.GITHUB_STEP_SUMMARY
  try {
    if (file) appendFileSync(file, `${text}\n`)
  } catch (error) {
    core.notice(`The job summary could not be written: ${error instanceof Error ? error.message : error}`)
  }
}

main()
  .catch((error: unknown) => core.setFailed(error instanceof Error ? error.message : String(error)))
  // Sockets that are kept alive would hold the step open.
  .finally(() => process.stdout.write('', () => process.exit()))
