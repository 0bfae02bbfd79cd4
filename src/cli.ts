#!/usr/bin/env node
import './node20.ts'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { relative } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { type Arguments, optionNaming, readArguments, usage } from './arguments.ts'
import { commandName, partsOf } from './dbt/command.ts'
import { isRerunnable } from './dbt/selection.ts'
import { shellQuote } from './dbt/selector.ts'
import { readStream } from './dbt/stream.ts'
import { checkoutOf } from './git.ts'
import { type Inputs, readInputs } from './inputs.ts'
import type { Place } from './project/place.ts'
import { FOLDS } from './report/ci/fold.ts'
import { ciHost } from './report/ci/host.ts'
import { againLine, closing } from './report/command-line.ts'
import { verdictText } from './report/log.ts'
import { runNotices } from './report/notices.ts'
import { type FileLine, placeText } from './report/row.ts'
import { inert } from './report/text.ts'
import { CI_REPORTERS } from './reporters/ci.ts'
import { failingRows } from './reporters/failing-rows.ts'
import { files } from './reporters/files.ts'
import { jobSummary } from './reporters/job-summary.ts'
import { log } from './reporters/log.ts'
import { page } from './reporters/page.ts'
import { fromWorkspace, type Printer, printerOf } from './reporters/printer.ts'
import { type Reporter, reasonOf } from './reporters/reporter.ts'
import { screenOf } from './reporters/screen.ts'
import { savedState } from './reporters/state.ts'
import { briefLog, type LiveView, liveView } from './reporters/terminal.ts'
import { planLast } from './rerun/last.ts'
import { asked, type Plan, planAlone } from './rerun/plan.ts'
import { readState } from './rerun/store.ts'
import type { Command, Node } from './run/run.ts'
import { durationsOf } from './run/time-left.ts'
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
    const last = await planLast(inputs, keep, (inputs.command[0] ?? []).slice(1))
    if ('nothing' in last) {
      stdout.write(`${last.nothing}\n`)
      return 0
    }
    plan = last
  }
  const setup = setUp(inputs, plan, [], surroundings, options)
  const { run, subject } = setup
  const { stream } = given
  const printer = printerOf(stdout, env, surroundings.workspace)
  if (stream !== undefined) {
    // A stream that something else makes is there once.
    run.retries.most = 0
    setup.start = async (_, onOutput) => readStream(stream, setup, onOutput)
  }
  if (given.rerun && plan.earlier) {
    const { words = [], selection } = plan.commands[plan.first] ?? {}
    const line = ['dbt', ...words].map(shellQuote).join(' ')
    printer.print(againLine(plan.earlier.saved, selection?.ids, setup.hide(line)))
  }
  const live = printer.abilities.live ? await terminalView(setup, printer) : undefined
  const print = live ? (text: string) => live.print(printer.shown(text)) : printer.print
  const report = { path: '' }
  const shown = { inputs, plan, setup, given, printer, live, print, report }
  const loadReporters = async () => () => terminalReporters(shown)
  // Beside the live view nothing else may write to the terminal.
  const onFault = live ? print : (sentence: string) => process.stderr.write(`${sentence}\n`)
  const watching = watch({ ...setup, loadReporters, onFault, now: Date.now, sleep })
  escalateSignals(watching)
  await watching.done
  const result = verdict(run, inputs['fail-on'])
  const next = keepsState(plan, given) ? setup.hide(rerunCommand(plan, given)) : ''
  const path = report.path && relative(surroundings.workspace, report.path)
  const last = closing(
    run,
    { text: verdictText(run, subject), verdict: result, report: path, next },
    printer.style,
  )
  print(`\n${last}`)
  return result === 'success' ? 0 : run.exitCode || 1
}

/** Whether there will be something that `dbt-watcher rerun` can continue. */
function keepsState({ commands }: Plan, { stream }: Arguments): boolean {
  return stream === undefined && commands.some(({ words }) => isRerunnable(commandName(words)))
}

/** What continues this run: the same options, and the flags of dbt by which its state is found. */
function rerunCommand({ commands }: Plan, { options }: Arguments): string {
  const flags = partsOf(commands[0]?.words ?? []).filter(
    ({ flag }) => flag === '--target-path' || flag === '--project-dir',
  )
  return ['dbt-watcher', ...options, 'rerun', ...flags.flatMap(({ words }) => words)]
    .map(shellQuote)
    .join(' ')
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

interface Options {
  inputs: Inputs
  plan: Plan
  setup: Setup
  given: Arguments
  printer: Printer
  live: LiveView | undefined
  print(text: string): void
  /** Filled in once the report is written. */
  report: { path: string }
}

/** The reporters of a terminal or another CI, in the order in which they finish. */
function terminalReporters(options: Options): Reporter[] {
  const { env } = process
  const { inputs, plan, setup, given, printer, live, print, report } = options
  const { findings, level, notices, subject } = setup
  const { summary, verbose } = given
  const host = ciHost(env)
  const fold = host && FOLDS[host]
  const begin = (command: Command) => {
    const title = setup.titleOf(command)
    if (fold) print(fold.open(title, Date.now()))
    // Of several commands each is announced.
    else if (command.purpose !== 'command' || plan.commands.length > 1) print(title)
  }
  const end = (command: Command) => {
    if (fold) print(fold.close(setup.titleOf(command), Date.now()))
  }
  const over = () => [...notices, ...runNotices(setup.run)].map(inert).forEach(print)
  if (summary) rmSync(summary, { force: true })
  const found = { tests: new Map(), notice: '' }
  const hasRows = summary || setup.report
  const view = {
    subject,
    findings,
    links: new Map(),
    rows: found.tests,
    notices: () => [...notices, found.notice].filter(Boolean),
  }
  // In a terminal a path leads to its file from the folder in which it is read.
  const where = live && ((place: Place) => placeText(here(place, setup), printer.style))
  const lines = log({ level: live && !verbose ? 'warn' : level, findings, print, where, begin, end, over })
  return [
    ...(hasRows
      ? [failingRows({ ...setup, limit: inputs['failing-rows'], forbidden: '', sleep, found })]
      : []),
    ...(setup.report
      ? [page({ ...view, template: setup.template, written: report, path: setup.report })]
      : []),
    ...(keepsState(plan, given) ? [terminalState(inputs, plan, setup)] : []),
    ...(live ? [live] : []),
    live && !verbose ? briefLog(lines) : lines,
    ...files({ inputs, workspace: process.cwd(), subject, findings }),
    ...(host ? CI_REPORTERS[host]({ ...view, env, report: setup.report, print }) : []),
    ...(summary ? [jobSummary(summary, view, Number.POSITIVE_INFINITY)] : []),
  ]
}

function here(place: Place, { repository }: Setup): FileLine {
  return fromWorkspace(place, repository, process.cwd())
}

/** Compares with the run that is saved in this project, if there is one. */
async function terminalView(setup: Setup, { style }: Printer): Promise<LiveView> {
  const { run, findings, keep } = setup
  const state = await readState(keep)
  const before = 'missing' in state ? new Map() : durationsOf(state.saved)
  const locate = async (node: Node) => {
    const { location } = await findings.of(node)
    return location && here(location, setup)
  }
  return liveView({ run, screen: screenOf(process.stdout), style, before, locate, now: Date.now, sleep })
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
      ...asked(plan.commands, inputs.select, hide),
      first: plan.first,
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
