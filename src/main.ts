import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as core from '@actions/core'
import { getOctokit } from '@actions/github'
import { startTime } from './dbt/process.ts'
import { budgetOf } from './github/budget.ts'
import { checksOf } from './github/checks.ts'
import { type Context, contextOf, externalPrefix, readEvent } from './github/context.ts'
import { checkNameOf, DEFAULTS, type Inputs, parseInputs } from './inputs.ts'
import { failedNodes } from './invocation/invocation.ts'
import { outcome } from './invocation/status.ts'
import { verdict } from './invocation/verdict.ts'
import { writeJournal } from './journal.ts'
import { annotationOf, MOST_COMMANDS } from './report/annotation.ts'
import { brief, ROLLUP, rollUpConclusion, rollUpTitle } from './report/check-run.ts'
import { recap } from './report/log.ts'
import { outputsOf } from './report/outputs.ts'
import { SUMMARY_LIMIT, summary } from './report/summary.ts'
import { inert, plain } from './report/text.ts'
import { runOf } from './run.ts'
import { type Github, type Watched, type Watching, watch } from './watch.ts'

/** The runner's ladder, from the first signal: SIGTERM after 7.5 s, SIGKILL 2.5 s later. We are a step ahead. */
const LADDER: Partial<Record<NodeJS.Signals, [NodeJS.Signals, number][]>> = {
  SIGINT: [
    ['SIGTERM', 5000],
    ['SIGKILL', 7000],
  ],
  SIGTERM: [['SIGKILL', 1000]],
}

async function main(): Promise<void> {
  const inputs = parseInputs(
    Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, core.getInput(name)])),
  )
  const checkName = checkNameOf(inputs)
  const workspace = process.env.GITHUB_WORKSPACE || process.cwd()
  const context = contextOf(process.env, readEvent(process.env.GITHUB_EVENT_PATH), inputs.sha)
  refuseTwin(checkName)
  const journal = join(process.env.RUNNER_TEMP || tmpdir(), `dbt-watcher-${randomUUID()}.jsonl`)
  core.saveState('journal', journal)

  const journaled = new Map<string, string>()

  const run = runOf(inputs, { workspace, repository: workspace }, process.env, context)
  const github = context && githubOf(inputs, context, checkName)
  core.startGroup(run.watch.job.command)
  const watching = watch({
    ...run.watch,
    start: async (onLine) => {
      const dbt = await run.watch.start(onLine)
      writeJournal(journal, { pid: dbt.pid, started: startTime(dbt.pid) })
      return dbt
    },
    github,
    print: (text) => process.stdout.write(`${text}\n`),
    onNode: (invocation, node) => {
      const told = brief(invocation, node)
      if (!told || journaled.get(node.uniqueId) === told.conclusion) return
      journaled.set(node.uniqueId, told.conclusion)
      writeJournal(journal, { key: node.uniqueId, ...told })
    },
  })
  obey(watching)
  const watched = await watching.done
  core.endGroup()

  const { invocation, unshown } = watched
  const conclusion = rollUpConclusion(invocation)
  writeJournal(journal, { key: ROLLUP, conclusion, title: rollUpTitle(invocation) })
  if (unshown.keys.length === 0) writeJournal(journal, { closed: true })
  const notices = [...run.project.notices, ...noticesOf(watched, github)]
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
  if (result !== 'success') core.setFailed(inert(rollUpTitle(invocation)))
}

function githubOf(inputs: Inputs, context: Context, checkName: string): Github | undefined {
  if (inputs.checks === 'none' || !inputs['github-token']) return undefined
  let learn: Parameters<typeof checksOf>[2] = () => {}
  // The toolkit reads GITHUB_API_URL when it is loaded; it is given again for the sake of tests.
  const octokit = getOctokit(inputs['github-token'], { baseUrl: context.apiUrl, log: SILENT })
  return {
    checks: checksOf(octokit, context, (headers) => learn(headers)),
    budget: (startedAt, nodes) => {
      const budget = budgetOf(startedAt, nodes)
      learn = (headers) => budget.learn(headers, Date.now())
      return budget
    },
    prefix: externalPrefix(context, checkName),
  }
}

/** Octokit would write each failed request into the log of the step. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * Two steps of one job with one check-name would overwrite each other's checks.
 * @throws Error in the second one.
 */
function refuseTwin(checkName: string): void {
  const { RUNNER_TEMP, GITHUB_ACTION, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_JOB } = process.env
  if (!RUNNER_TEMP || !GITHUB_ACTION) return
  const place = [GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_JOB, checkName].join('/')
  const file = join(RUNNER_TEMP, `dbt-watcher-${Buffer.from(place).toString('base64url')}`.slice(0, 200))
  if (existsSync(file) && readFileSync(file, 'utf8') !== GITHUB_ACTION) {
    throw new Error(
      `Input check-name "${checkName}": another step of this job has it already, and their checks would meet. ` +
        'Give each step a check-name of its own.',
    )
  }
  writeFileSync(file, GITHUB_ACTION)
}

function obey(watching: Watching): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      watching.stop(signal)
      for (const [next, ms] of LADDER[signal] ?? []) setTimeout(() => watching.stop(next), ms).unref()
    })
  }
}

function noticesOf({ unshown }: Watched, github: Github | undefined): string[] {
  if (!github) return []
  if (unshown.forbidden) {
    return [
      `No check runs: GitHub says "${unshown.reason}". The job needs "permissions: checks: write"; on a pull ` +
        'request from a fork or by Dependabot the token is read-only. Everything is in the job summary.',
    ]
  }
  if (unshown.keys.length === 0) return []
  return [
    `${unshown.keys.length} check runs could not be brought up to date: GitHub says "${unshown.reason}".`,
  ]
}

/**
 * As workflow commands, the worst first. They carry the file only where no check run could, since the diff would
 * show both.
 */
function annotate({ invocation, evidence, unshown }: Watched, published: boolean): void {
  const missing = new Set(unshown.keys)
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
