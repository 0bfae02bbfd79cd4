#!/usr/bin/env node
import './node20.ts'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import manifest from '../package.json' with { type: 'json' }
import { optionNaming, readArguments, usage } from './arguments.ts'
import { commandName } from './dbt/command.ts'
import { isRerunnable } from './dbt/selection.ts'
import { readStream } from './dbt/stream.ts'
import { checkoutOf } from './git.ts'
import { type Inputs, readInputs } from './inputs.ts'
import { FOLDS } from './report/ci/fold.ts'
import { ciHost } from './report/ci/host.ts'
import { verdictText } from './report/log.ts'
import { inert } from './report/text.ts'
import { CI_REPORTERS } from './reporters/ci.ts'
import { failingRows } from './reporters/failing-rows.ts'
import { files } from './reporters/files.ts'
import { jobSummary } from './reporters/job-summary.ts'
import { log } from './reporters/log.ts'
import { page } from './reporters/page.ts'
import { type Reporter, reasonOf } from './reporters/reporter.ts'
import { savedState } from './reporters/state.ts'
import { liveView } from './reporters/terminal.ts'
import { planLast } from './rerun/last.ts'
import { asked, type Plan, planAlone } from './rerun/plan.ts'
import { verdict } from './run/verdict.ts'
import { type Setup, setUp } from './setup.ts'
import { escalateSignals } from './signals.ts'
import { sleep } from './sleep.ts'
import type { Surroundings } from './surroundings.ts'
import { watch } from './watch.ts'

async function cli(): Promise<number> {
  const given = readArguments(process.argv.slice(2))
  const { stdout, env } = process
  if (given === 'help' || given === 'version') {
    stdout.write(given === 'help' ? usage() : `dbt-watcher ${manifest.version}\n`)
    return 0
  }
  const { inputs, wrong } = readInputs((name) => given.inputs[name], optionNaming)
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  const options = { env, naming: optionNaming }
  const surroundings = await terminalSurroundings()
  let plan = planAlone(inputs)
  if (given.rerun) {
    const { keep } = setUp(inputs, plan, [], surroundings, options)
    const last = await planLast(inputs, keep, inputs.command.slice(1))
    if ('nothing' in last) {
      stdout.write(`${last.nothing}\n`)
      return 0
    }
    plan = last
  }
  const setup = setUp(inputs, plan, [], surroundings, options)
  const { run } = setup
  const { stream } = given
  if (stream !== undefined) {
    // A stream that something else makes is there once.
    run.retries.most = 0
    setup.start = async (_, onOutput) => readStream(stream, setup, onOutput)
  }
  const reporters = () => terminalReporters(inputs, plan, setup, given)
  const onFault = (sentence: string) => process.stderr.write(`${sentence}\n`)
  const watching = watch({ ...setup, reporters, onFault, now: Date.now, sleep })
  escalateSignals(watching)
  await watching.done
  stdout.write(`\n${inert(verdictText(run, setup.subject))}\n`)
  return verdict(run, inputs['fail-on']) === 'success' ? 0 : run.exitCode || 1
}

async function terminalSurroundings(): Promise<Surroundings> {
  const workspace = process.cwd()
  const { root } = await checkoutOf(workspace)
  const github = {
    context: undefined,
    commitNotice: '',
    event: undefined,
    workflow: '',
    workflowName: '',
    job: '',
    eventSha: '',
  }
  return { workspace, repository: root || workspace, commit: '', temp: tmpdir(), ...github }
}

/** The reporters of a terminal or another CI, in the order in which they finish. */
function terminalReporters(
  inputs: Inputs,
  plan: Plan,
  setup: Setup,
  { summary, stream }: { summary: string; stream: string | undefined },
): Reporter[] {
  const { stdout, env } = process
  const { run, findings, level, notices, subject } = setup
  const screen = { write: (text: string) => void stdout.write(text), columns: () => stdout.columns || 80 }
  const live = stdout.isTTY ? liveView(run, screen, Date.now) : undefined
  const print = live?.print ?? ((text: string) => void stdout.write(`${text}\n`))
  const host = ciHost(env)
  const fold = host && FOLDS[host]
  const begin = () => {
    if (fold) print(fold.open(subject.command, Date.now()))
  }
  const end = () => {
    if (fold) print(fold.close(subject.command, Date.now()))
    notices.forEach(print)
  }
  if (summary) rmSync(summary, { force: true })
  const found = { tests: new Map(), notice: '' }
  const view = {
    ...{ subject, findings, links: new Map(), rows: found.tests },
    notices: () => [...notices, found.notice].filter(Boolean),
  }
  const keepsState = stream === undefined && isRerunnable(commandName(plan.command))
  const { report } = setup
  const places = { links: new Map(), written: { path: '' } }
  return [
    ...(report ? [page({ ...setup, ...places, path: report })] : []),
    ...(keepsState ? [terminalState(inputs, plan, setup)] : []),
    ...(live ? [live] : []),
    ...(summary
      ? [failingRows({ ...setup, limit: inputs['failing-rows'], forbidden: '', sleep, found })]
      : []),
    log({ level, findings, print, begin, end }),
    ...files({ inputs, workspace: process.cwd(), subject, findings }),
    ...(host ? CI_REPORTERS[host]({ ...view, env, report, print }) : []),
    ...(summary ? [jobSummary(summary, view, Number.POSITIVE_INFINITY)] : []),
  ]
}

/** What `dbt-watcher rerun` continues. */
function terminalState(inputs: Inputs, plan: Plan, { keep, hide }: Setup): Reporter {
  const github = { repository: '', job: '', workflow: '', runId: '', runAttempt: 1, sha: '', commit: '' }
  return savedState({
    keep,
    about: {
      ...github,
      eventSha: '',
      checkName: inputs['check-name'],
      projectDir: inputs['project-dir'],
      ...asked(plan.command, inputs.select, hide),
      partial: false,
      verdict: 'cancelled',
    },
    failOn: inputs['fail-on'],
    earlierRunResults: plan.earlier?.runResults ?? '',
    hide,
    saved: { runResults: '' },
    onProblem: () => {},
  })
}

cli()
  .catch((error: unknown) => {
    process.stderr.write(`${reasonOf(error)}\n`)
    return 2
  })
  .then((code) => process.stdout.write('', () => process.exit(code)))
