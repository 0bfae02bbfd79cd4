#!/usr/bin/env node
import './node20.ts'
import { tmpdir } from 'node:os'
import { relative } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { type Arguments, optionNaming, readArguments, usage } from './arguments.ts'
import { partsOf } from './dbt/command.ts'
import { shellQuote } from './dbt/selector.ts'
import { openStream, readStream } from './dbt/stream.ts'
import { exitWhenDone } from './exit.ts'
import { checkoutOf } from './git.ts'
import { type Inputs, readInputs } from './inputs.ts'
import { reasonOf } from './reason.ts'
import { againLine, closing } from './report/command-line.ts'
import { verdictText } from './report/log.ts'
import { printerOf } from './reporters/printer.ts'
import { planLast } from './rerun/last.ts'
import { type Plan, planAlone } from './rerun/plan.ts'
import { verdict } from './run/verdict.ts'
import { type Setup, setUp } from './setup.ts'
import { escalateSignals } from './signals.ts'
import { sleep } from './sleep.ts'
import type { Surroundings } from './surroundings.ts'
import { keepsState, terminalReporters, terminalView } from './terminal.ts'
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
  const stream = given.stream === undefined ? undefined : await openStream(given.stream)
  const options = { env, naming: optionNaming, caller: 'shell' as const }
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
  if (stream) {
    // A stream that something else makes is there once.
    setup.run.retries.most = 0
    setup.start = async (_, onOutput) => readStream(stream, setup, onOutput)
  }
  return await show(given, inputs, plan, setup)
}

/** Runs dbt, or reads its stream, and shows it. @returns the exit code */
async function show(given: Arguments, inputs: Inputs, plan: Plan, setup: Setup): Promise<number> {
  const { run, subject } = setup
  const { stdout, env } = process
  const workspace = process.cwd()
  const printer = printerOf(stdout, env, workspace)
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
  escalateSignals(watching, stdout)
  await watching.done
  const result = verdict(run, inputs['fail-on'])
  const next = keepsState(plan, given) ? setup.hide(rerunCommand(plan, given)) : ''
  const path = report.path && relative(workspace, report.path)
  const last = closing(
    run,
    { text: verdictText(run, subject), verdict: result, report: path, next },
    printer.style,
  )
  print(`\n${last}`)
  return result === 'success' ? 0 : run.exitCode || 1
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

// What reads them may end first, as in `dbt-watcher --help | head`.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {})

cli()
  .catch((error: unknown) => {
    process.stderr.write(`${reasonOf(error)}\n`)
    return 2
  })
  .then((code) => {
    process.exitCode = code
    exitWhenDone()
  })
