/** The reporters of the command line, in a terminal or another CI. */
import { rmSync } from 'node:fs'
import { type Arguments, optionNaming } from './arguments.ts'
import { commandName } from './dbt/command.ts'
import { isRerunnable } from './dbt/selection.ts'
import type { Inputs } from './inputs.ts'
import type { Place } from './project/place.ts'
import { FOLDS } from './report/ci/fold.ts'
import { ciHost } from './report/ci/host.ts'
import { runNotices } from './report/notices.ts'
import { type FileLine, placeText } from './report/row.ts'
import { inert } from './report/text.ts'
import { CI_REPORTERS } from './reporters/ci.ts'
import { failingRows } from './reporters/failing-rows.ts'
import { files } from './reporters/files.ts'
import { jobSummary } from './reporters/job-summary.ts'
import { log } from './reporters/log.ts'
import { page } from './reporters/page.ts'
import { fromWorkspace, type Printer } from './reporters/printer.ts'
import type { Reporter } from './reporters/reporter.ts'
import { screenOf } from './reporters/screen.ts'
import { savedState } from './reporters/state.ts'
import { briefLog, type LiveView, liveView } from './reporters/terminal.ts'
import { asked, type Plan } from './rerun/plan.ts'
import { readState } from './rerun/store.ts'
import type { Command, Node } from './run/run.ts'
import { durationsOf } from './run/time-left.ts'
import type { Setup } from './setup.ts'
import { sleep } from './sleep.ts'

export interface TerminalOptions {
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
export function terminalReporters(options: TerminalOptions): Reporter[] {
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
  const over = () => [...notices, ...runNotices(setup.run, subject)].map(inert).forEach(print)
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
      ? [
          failingRows({
            ...setup,
            naming: optionNaming,
            limit: inputs['failing-rows'],
            forbidden: '',
            sleep,
            found,
          }),
        ]
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
export async function terminalView(setup: Setup, { style }: Printer): Promise<LiveView> {
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
    earlierCommands: plan.earlier?.saved.about.commands,
    hide,
    saved: { runResults: '' },
    onProblem: () => {},
  })
}

/** Whether there will be something that `dbt-watcher rerun` can continue. */
export function keepsState({ commands }: Plan, { stream }: Arguments): boolean {
  return stream === undefined && commands.some(({ words }) => isRerunnable(commandName(words)))
}
