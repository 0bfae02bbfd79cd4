import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import type { GitHub } from '../stand-in/github.ts'
import { runtimeToken } from '../stand-in/runtime-token.ts'
import { type Command, commandsOf, readPairs } from './runner.ts'
import { ROOT, type Workspace } from './workspace.ts'

/** A step that uses the action: what its workflow and its runner give it. */
export interface Step {
  workspace: Workspace
  github: GitHub
  /** Those that differ from action.yml's defaults. */
  inputs?: Record<string, string>
  /** On top of what a runner sets. */
  env?: Record<string, string>
  /** Its name and payload. */
  event?: [string, object]
  /** GITHUB_ACTION: the step's id. */
  id?: string
  /** GITHUB_RUN_ID, instead of RUN_ID. */
  runId?: string
  /** GITHUB_RUN_ATTEMPT, from 1. */
  attempt?: number
  /** Whether the runner's artifact service can be reached, as it can on GitHub, and the run is known there.
   * Without, its address is dead. */
  artifacts?: boolean
  /** The words that start it, made from those that do so otherwise: for a measurement. */
  through?(words: string[]): string[]
}

export interface Result {
  /** Null where a signal ended it. */
  exitCode: number | null
  signal: NodeJS.Signals | null
  outputs: Record<string, string>
  summary: string
  /** What main saved for post. */
  state: Record<string, string>
  log: string
  commands: Command[]
  durationMs: number
  /** When it ended, in milliseconds since the epoch. */
  endedAt: number
  /** Its peak of resident memory in MB; 0 where there is no /proc. */
  peakMb: number
}

export interface Running {
  pid: number
  /** To the node process alone, as the runner does it. */
  kill(signal: NodeJS.Signals): void
  /** What it has printed so far. */
  log(): string
  /** Settles once the log has this text. Rejects where the step ends before. */
  said(text: string): Promise<void>
  done: Promise<Result>
}

/** As test-token of the stand-in, which refuses any other. */
export const TOKEN = 'test-token'
export const SHA = '1234567890abcdef1234567890abcdef12345678'
export const RUN_ID = '7700'
/** The stand-in for dbt, first on PATH. */
const FAKE_DBT = join(ROOT, '__tests__/fake-dbt')
/** As for npm's build: where the bundles are. */
export const DIST = resolve(process.env.DIST ?? join(ROOT, 'dist'))

/** Runs main to its end. */
export function runAction(step: Step): Promise<Result> {
  return startAction(step).done
}

/** Starts dist/main/index.js as a runner does: an environment of its own, files for what it says. */
export function startAction(step: Step): Running {
  return start('main', step, {})
}

/** Runs dist/post/index.js with what main saved. */
export function runPost(step: Step, state: Record<string, string>): Promise<Result> {
  return start('post', step, state).done
}

function start(entry: 'main' | 'post', step: Step, state: Record<string, string>): Running {
  const { workspace } = step
  const files = mkdtempSync(join(workspace.temp, '..', `${entry}-`))
  const file = (name: string, content = '') => {
    const path = join(files, name)
    writeFileSync(path, content)
    return path
  }
  const env = {
    ...runnerEnvironment(step, file),
    ...Object.fromEntries(
      Object.entries(inputsOf(step)).map(([name, value]) => [inputVariable(name), value]),
    ),
    ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])),
    ...step.env,
  }
  const began = performance.now()
  const { through = (words: string[]) => words } = step
  const [program = '', ...words] = through([process.execPath, join(DIST, entry, 'index.js')])
  const child = spawn(program, words, {
    cwd: workspace.folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = collect(child)
  const peak = watchMemory(child)
  const hanging = setTimeout(() => process.stderr.write(stateOf(child, log.text())), HANGING).unref()
  const ended = Promise.withResolvers<Pick<Result, 'exitCode' | 'signal'>>()
  child.once('error', ended.reject)
  child.once('close', (exitCode, signal) => ended.resolve({ exitCode, signal }))
  const read = (name: string) => readFileSync(join(files, name), 'utf8')

  async function result(): Promise<Result> {
    const end = await ended.promise
    clearTimeout(hanging)
    return {
      ...end,
      durationMs: performance.now() - began,
      endedAt: Date.now(),
      outputs: readPairs(read('output')),
      state: readPairs(read('state')),
      summary: read('summary'),
      log: log.text(),
      commands: commandsOf(log.text()),
      peakMb: await peak,
    }
  }

  const done = result()
  return {
    pid: child.pid ?? 0,
    kill: (signal) => child.kill(signal),
    log: log.text,
    said: async (text) => {
      while (!log.text().includes(text)) {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`The step ended without saying ${JSON.stringify(text)}:\n${log.text()}`)
        }
        await sleep(20)
      }
    },
    done,
  }
}

/** As action.yml has them, with the expressions filled in. */
function inputsOf({ inputs = {} }: Step): Record<string, string> {
  const action = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'))
  const defaults = Object.entries<{ default?: string }>(action.inputs).map(([name, input]) => {
    const value = String(input.default ?? '')
    return [
      name,
      value.replace('$' + '{{ github.token }}', TOKEN).replace('$' + '{{ toJSON(matrix) }}', 'null'),
    ]
  })
  for (const name of Object.keys(inputs)) {
    if (!(name in action.inputs)) throw new Error(`action.yml has no input ${name}`)
  }
  return { ...Object.fromEntries(defaults), ...inputs }
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#inputs */
function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`
}

function runnerEnvironment(
  step: Step,
  file: (name: string, content?: string) => string,
): Record<string, string> {
  const { workspace, github, event = ['push', {}], id = '__dbt', runId = RUN_ID, attempt = 1 } = step
  const job = 'build'
  const home = join(workspace.temp, '../home')
  if (!existsSync(home)) mkdirSync(home)
  const [eventName, payload] = event
  const services = { ACTIONS_RUNTIME_TOKEN: 'runtime-token', ACTIONS_RESULTS_URL: 'http://127.0.0.1:9/' }
  if (step.artifacts) {
    services.ACTIONS_RUNTIME_TOKEN = runtimeToken({ runId: Number(runId), attempt, job })
    services.ACTIONS_RESULTS_URL = `${github.url}/`
    knowRun(github, Number(runId), attempt, eventName)
  }
  return {
    PATH: [FAKE_DBT, dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
    HOME: home,
    LANG: 'C.UTF-8',
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: id,
    GITHUB_API_URL: github.url,
    GITHUB_GRAPHQL_URL: github.graphqlUrl,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: github.repository,
    GITHUB_RUN_ID: runId,
    GITHUB_RUN_ATTEMPT: `${attempt}`,
    GITHUB_JOB: job,
    GITHUB_SHA: SHA,
    GITHUB_REF: 'refs/heads/main',
    GITHUB_WORKSPACE: workspace.folder,
    GITHUB_EVENT_NAME: eventName,
    GITHUB_EVENT_PATH: file(
      'event.json',
      JSON.stringify({ repository: { node_id: github.repositoryId }, ...payload }),
    ),
    GITHUB_OUTPUT: file('output'),
    GITHUB_STATE: file('state'),
    GITHUB_STEP_SUMMARY: file('summary'),
    GITHUB_ENV: file('env'),
    GITHUB_PATH: file('path'),
    ...services,
    ACTIONS_RUNTIME_URL: 'http://127.0.0.1:9/',
    ACTIONS_CACHE_URL: 'http://127.0.0.1:9/',
    RUNNER_TEMP: workspace.temp,
    RUNNER_OS: process.platform === 'darwin' ? 'macOS' : 'Linux',
  }
}

/** A step's run is there while it runs, in the attempt that runs; what a test said of it stands. */
function knowRun({ workflowRuns, addRun }: GitHub, id: number, attempt: number, event: string): void {
  const run = workflowRuns.find((one) => one.id === id) ?? addRun({ id, event, head_sha: SHA })
  run.run_attempt = Math.max(run.run_attempt, attempt)
}

/** stdout and stderr, which the runner reads both. */
function collect(child: ChildProcess): { text(): string } {
  const chunks: Buffer[] = []
  let text: string | undefined
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      text = undefined
    })
  }
  return { text: () => (text ??= Buffer.concat(chunks).toString('utf8')) }
}

/** Shortly before a test's limit, which says nothing of what it waited for; in milliseconds. */
const HANGING = 570_000

/** What a step that hangs has printed, and what its processes wait for. */
function stateOf({ pid }: ChildProcess, log: string): string {
  const { stdout } = spawnSync('ps', ['-eLo', 'pid,ppid,stat,comm:16,wchan:24,args'], { encoding: 'utf8' })
  return `Still running: process ${pid}\n${log.slice(-5_000)}\n${stdout}\n`
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html: VmHWM, the peak of resident memory. */
async function watchMemory(child: ChildProcess): Promise<number> {
  let peak = 0
  while (child.exitCode === null && child.signalCode === null) {
    try {
      const kilobytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
      peak = Math.max(peak, Number(kilobytes ?? 0) / 1024)
    } catch {
      // It has ended, or there is no /proc.
    }
    await sleep(50)
  }
  return Math.round(peak)
}

/** What the stand-in for dbt recorded in FAKE_DBT_RECORD, one entry a line. */
export interface DbtRecord {
  argv?: string[]
  cwd?: string
  env?: string[]
  pid?: number
  signal?: string
  exit?: number
  at: number
}

export function readRecord(path: string): DbtRecord[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** Whether a process is there; one that ended and was not waited for is not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return process.platform !== 'linux'
  }
}
