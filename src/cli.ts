#!/usr/bin/env node
import { createReadStream, writeFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { getExecOutput } from '@actions/exec'
import { commandName, partsOf } from './dbt/command.ts'
import { parseEvent } from './dbt/event.ts'
import { lineDecoder } from './dbt/lines.ts'
import type { DbtProcess, Exit } from './dbt/process.ts'
import type { Hide } from './dbt/redact.ts'
import { isRerunnable } from './dbt/selection.ts'
import { DEFAULTS, type Inputs, type RawInputs, readInputs } from './inputs.ts'
import { recap } from './report/log.ts'
import { summary } from './report/summary.ts'
import { foot } from './report/terminal.ts'
import { asked, type Plan, planAlone } from './rerun/plan.ts'
import { readState, saveEnded } from './rerun/store.ts'
import { begin, type Run } from './run/run.ts'
import { type About, whatIsLeft } from './run/saved.ts'
import { type Verdict, verdict } from './run/verdict.ts'
import { runOf } from './setup.ts'
import { type Watching, watch } from './watch.ts'

const USAGE = `Runs one dbt command and shows every node of it.

  dbt-watcher [options] build --select …      any dbt command with its own flags
  dbt-watcher [options] rerun [dbt's flags]   what is not good yet of the last run in this project
  dbt-watcher [options] watch [FILE]          a stream that something else makes, from FILE or stdin:
                                              dbt build --log-format json --log-level debug | dbt-watcher watch

Options stand before the command; what follows it is dbt's.

  --summary FILE       write the summary as Markdown
  --dbt PROGRAM        the program that is dbt, such as "uv run dbt"        (dbt)
  --project-dir DIR    the dbt project                                      (.)
  --profiles-dir DIR   the folder of profiles.yml                           (dbt's own search)
  --fail-on WHAT       error, warn or never                                 (error)
  --retries N          how often failed nodes run again                     (0)
  --retry-delay N      seconds before each retry                            (10)
  --retry-tests true   whether failed tests run again too                   (false)
  --help

The exit code is dbt's, or 1 where --fail-on warn makes a failure of a warning.
`

interface Arguments {
  inputs: RawInputs
  /** Where the Markdown summary goes; empty for nowhere. */
  summary: string
  /** The file to watch, `-` for stdin; undefined where dbt is to be run. */
  stream: string | undefined
  /** Whether the last run is to be continued. */
  rerun: boolean
}

const OPTIONS = [
  ...['summary', 'dbt', 'project-dir', 'profiles-dir', 'fail-on'],
  ...['retries', 'retry-delay', 'retry-tests'],
]

/** @throws Error where an option is not known or lacks its value. */
function readArguments(words: string[]): Arguments | 'help' {
  const options: RawInputs = {}
  let i = 0
  for (; words[i]?.startsWith('-'); i++) {
    const word = words[i] ?? ''
    if (word === '--help' || word === '-h') return 'help'
    const [name = '', inline] = word.replace(/^--?/, '').split(/=(.*)/s)
    if (!OPTIONS.includes(name)) {
      throw new Error(`There is no option ${word} before the command; dbt's own flags come after it.`)
    }
    const value = inline ?? words[++i]
    if (value === undefined) throw new Error(`Option --${name} needs a value.`)
    options[name] = value
  }
  const command = words.slice(i)
  if (command.length === 0) return 'help'
  const rerun = command[0] === 'rerun'
  // The last command stands in the state; what follows here comes on top of it.
  if (rerun) command[0] = 'build'
  const stream = command[0] === 'watch' ? (command[1] ?? '-') : undefined
  return {
    rerun,
    inputs: { ...options, command: stream === undefined ? command.map(quoted).join(' ') : DEFAULTS.command },
    summary: options.summary ?? '',
    stream,
  }
}

/** Inputs are lines of words; these are words already. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

async function cli(): Promise<number> {
  const given = readArguments(process.argv.slice(2))
  if (given === 'help') {
    process.stdout.write(USAGE)
    return 0
  }
  const { inputs, wrong } = readInputs((name) => (name === 'checks' ? 'none' : given.inputs[name]))
  const workspace = process.cwd()
  const repository = await repositoryRoot(workspace)
  const place = { workspace, repository, context: undefined, commit: '', keep: undefined }
  let plan = planAlone(inputs)
  if (given.rerun) {
    const { keep } = runOf(inputs, plan, wrong, place, process.env).watch
    const last = await planLast(inputs, keep)
    if ('nothing' in last) {
      process.stdout.write(`${last.nothing}\n`)
      return 0
    }
    plan = last
  }
  const run = runOf(inputs, plan, wrong, place, process.env)
  const screen = process.stdout.isTTY ? liveScreen() : plainScreen()
  const { stream } = given
  const { keep } = run.watch
  let saved: Promise<unknown> | undefined
  const watching = watch({
    ...run.watch,
    // A stream that something else makes is there once.
    ...(stream === undefined ? {} : { start: (_, onLine) => readStream(stream, onLine), retries: ONCE }),
    github: undefined,
    onStarted: () => {},
    print: screen.print,
    onNode: screen.update,
    onEnd: (ended) => {
      if (stream !== undefined || !isRerunnable(commandName(plan.command))) return
      const about = aboutOf(inputs, plan, verdict(ended.invocation, inputs['fail-on']), run.hide)
      saved = saveEnded(keep, ended, about, run.hide).catch(() => {})
    },
  })
  obey(watching)
  const { invocation, evidence } = await watching.done
  await saved
  screen.close()
  for (const notice of run.watch.notices) process.stdout.write(`${notice}\n`)
  process.stdout.write(`\n${recap(invocation, evidence)}\n`)
  if (given.summary) {
    const { job, failOn, notices } = run.watch
    const input = { run: invocation, job, failOn, evidence, urlOf: () => undefined, notices }
    writeFileSync(given.summary, `${summary(input, Number.POSITIVE_INFINITY)}\n`)
  }
  const code = invocation.exitCode ?? 1
  return verdict(invocation, inputs['fail-on']) === 'success' ? 0 : code || 1
}

/**
 * What continues the last run of this project.
 * @throws Error where there is none to continue
 */
async function planLast(inputs: Inputs, folder: string): Promise<Plan | { nothing: string }> {
  const state = await readState(folder)
  if ('missing' in state) {
    throw new Error(`There is no run to continue: ${folder} should hold its state, but ${state.missing}.`)
  }
  const { saved, runResults } = state
  const [, ...more] = inputs.command
  const { command } = saved.about
  if (command.some((word) => word.includes('***'))) {
    throw new Error('The last command held a secret, which is not stored: run it again by hand.')
  }
  const plan = { ...planAlone(inputs), command: [...command, ...without(more, command)] }
  const left = whatIsLeft(saved)
  if (!saved.finished || !left)
    return { ...plan, notices: ['Everything runs: dbt did not finish the last time.'] }
  if (left.ids.length === 0) return { nothing: 'The last run left nothing to run again.' }
  return { ...plan, selection: left, earlier: { saved, origin: 'the last run', rest: true, runResults } }
}

/** Options that the command has already, such as the --target-path by which its state was found. */
function without(words: string[], command: string[]): string[] {
  const known = new Set(partsOf(command).map(({ flag }) => flag))
  return partsOf(words).flatMap((part) => (known.has(part.flag) ? [] : part.words))
}

function aboutOf(inputs: Inputs, plan: Plan, result: Verdict, hide: Hide): About {
  return {
    ...{ repository: '', job: '', workflow: '', runId: '', runAttempt: 1, sha: '', commit: '', eventSha: '' },
    checkName: inputs['check-name'],
    projectDir: inputs['project-dir'],
    ...asked(plan.command, inputs.select, hide),
    partial: false,
    verdict: result,
  }
}

async function repositoryRoot(folder: string): Promise<string> {
  try {
    const options = { silent: true, ignoreReturnCode: true, cwd: folder }
    const { exitCode, stdout } = await getExecOutput('git', ['rev-parse', '--show-toplevel'], options)
    return exitCode === 0 ? stdout.trim() : folder
  } catch {
    // No git: paths are shown relative to where we are.
    return folder
  }
}

/** A stream that something else makes, as if it were a process; whether it went well its last event tells. */
async function readStream(path: string, onLine: (line: string) => void): Promise<DbtProcess> {
  const input: Readable = path === '-' ? process.stdin : createReadStream(path)
  let succeeded: unknown
  const decoder = lineDecoder((line) => {
    if (line.includes('"CommandCompleted"')) succeeded = parseEvent(line)?.data.success ?? succeeded
    onLine(line)
  })
  const ended = new Promise<Exit>((done, failed) => {
    input.on('data', (chunk: Buffer) => decoder.write(Buffer.from(chunk)))
    input.on('error', (cause: Error) => failed(new Error(`${path} cannot be read`, { cause })))
    input.on('close', () => {
      decoder.end()
      done({ code: succeeded === true ? 0 : 1, signal: null })
    })
    input.on('end', () => input.destroy())
  })
  return { pid: 0, kill: () => input.destroy(), ended }
}

const ONCE = { most: 1, tests: false }

interface Screen {
  print(text: string): void
  update(invocation: Run): void
  close(): void
}

function plainScreen(): Screen {
  return { print: (text) => process.stdout.write(`${text}\n`), update: () => {}, close: () => {} }
}

/** How often the foot is drawn, in milliseconds: the seconds of what runs tick. */
const FRAME = 250

/** dbt's lines, and below them what runs now. */
function liveScreen(): Screen {
  let invocation = begin(Date.now())
  let height = 0
  const wipe = () => {
    if (height > 0) process.stdout.write(`\u001b[${height}A\u001b[J`)
    height = 0
  }
  const draw = () => {
    const lines = foot(invocation, Date.now(), process.stdout.columns || 80)
    process.stdout.write(`${lines.join('\n')}\n`)
    height = lines.length
  }
  const timer = setInterval(() => {
    wipe()
    draw()
  }, FRAME)
  return {
    print: (text) => {
      wipe()
      process.stdout.write(`${text}\n`)
      draw()
    },
    update: (state) => {
      invocation = state
    },
    close: () => {
      clearInterval(timer)
      wipe()
    },
  }
}

/** Each further signal is stronger: a person who presses Ctrl-C again means it. */
function obey(watching: Watching): void {
  const ladder: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGKILL']
  let step = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      step = Math.max(step, ladder.indexOf(signal))
      watching.stop(ladder[Math.min(step++, 2)] ?? 'SIGKILL')
    })
  }
}

cli()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    return 2
  })
  .then((code) => process.stdout.write('', () => process.exit(code)))
