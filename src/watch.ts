import { parseEvent, tells } from './dbt/event.ts'
import type { DbtProcess } from './dbt/process.ts'
import { type Hide, redactEvent } from './dbt/redact.ts'
import type { Selection } from './dbt/selection.ts'
import { followTarget } from './dbt/target.ts'
import type { Budget } from './github/budget.ts'
import type { Checks } from './github/checks.ts'
import { startPublisher, type Unshown } from './github/publisher.ts'
import type { Place, ProjectFiles } from './project/files.ts'
import { type Annotation, annotationOf, type Evidence, errorAnnotation } from './report/annotation.ts'
import { type CheckRun, NOT_STARTED, nodeCheck, ROLLUP, rollUp } from './report/check-run.ts'
import { type ChoiceOptions, chooseChecks } from './report/choice.ts'
import type { Job } from './report/job.ts'
import { eventLine, textLine } from './report/log.ts'
import { CHECK_LIMIT, progress, type SummaryInput, summary } from './report/summary.ts'
import { duration, plural } from './report/text.ts'
import type { Earlier } from './rerun/plan.ts'
import { conclude, type End } from './run/conclude.ts'
import { readText, reduce } from './run/reduce.ts'
import { again, selectionOf, toRetry } from './run/retry.ts'
import { begin, type Node, ownErrors, type Retries, type Run } from './run/run.ts'
import { resume } from './run/saved.ts'
import { outcome } from './run/status.ts'
import type { FailOn } from './run/verdict.ts'

/** All that a run needs of the world; so a test can bring its own. */
export interface Watch {
  /**
   * Starts what produces the stream: dbt, or a recorded one.
   * @param selection what it is to run, where that is not what the command says
   */
  start(
    selection: Selection | undefined,
    onLine: (line: string) => void,
    onStarted: (pid: number) => void,
  ): Promise<DbtProcess>
  /** What it runs first, where that is not what the command says. */
  selection: Selection | undefined
  /** An earlier run, which this one continues. */
  earlier: Earlier | undefined
  retries: Retries
  /** Between two attempts, in milliseconds. */
  retryDelay: number
  /** The folder for what is kept of a run. */
  keep: string
  /** Is told of each process as soon as it runs. */
  onStarted(pid: number): void
  job: Job
  failOn: FailOn
  choice: ChoiceOptions
  /** The project's name where it is known ahead of the manifest. */
  projectName: string
  files(invocation: Run): ProjectFiles
  /** Where manifest.json and run_results.json are expected, unless the stream says otherwise. */
  target: string
  /** Relative paths in the stream start at one of these. */
  roots: string[]
  /** Undefined where no check runs are to be made. */
  github: Github | undefined
  /** Lines for people. */
  print(text: string): void
  /** Hides secrets in all that leaves the process. */
  hide: Hide
  /** dbt's lowest level that is printed. */
  level: 'debug' | 'info' | 'warn' | 'error' | 'none'
  /** Is told of each node that changed, for a live view. */
  onNode(invocation: Run, node: Node): void
  /** Is told when dbt has ended for good; what is left is to show it. */
  onEnd(ended: Ended): void
  /** Sentences on what was overridden or found, for the summary. */
  notices: string[]
  now(): number
  sleep(ms: number): { done: Promise<void>; wake(): void }
}

export interface Github {
  checks: Checks
  budget(run: { startedAt: number; nodes(): number }): Budget
  prefix: string
}

export interface Watching {
  /** Tells dbt to stop; what it had not finished becomes cancelled. */
  stop(signal: NodeJS.Signals): void
  /** Settles when dbt has ended and all that can be shown is shown. Rejects where dbt could not be started. */
  done: Promise<Watched>
}

/** What dbt left. */
export interface Ended {
  invocation: Run
  manifestPath: string
  /** Of each attempt, the oldest first. */
  runResultsPaths: string[]
}

export interface Watched extends Ended {
  evidence: ReadonlyMap<string, Evidence>
  /** Errors of dbt itself that name a file of the repository. */
  problems: Annotation[]
  unshown: Unshown
  /** Nodes without a check run of their own for lack of room. */
  leftOut: number
  urlOf(key: string): string | undefined
}

/** How long after dbt's end the step waits for GitHub, in milliseconds. */
const PATIENCE = 30_000
/** After a stop the runner leaves ten seconds in all: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation */
const PATIENCE_STOPPED = 2_000

/** Runs dbt and shows its nodes: process → line → event → invocation → check run → publisher → GitHub. */
export function watch(run: Watch): Watching {
  const invocation = begin(run.now(), run.projectName)
  invocation.retries = run.retries
  const { earlier } = run
  if (earlier) resume(invocation, earlier.saved, earlier.origin, earlier.rest)
  const files = run.files(invocation)
  const choice = chooseChecks(invocation, run.choice)
  const target = followTarget({ ...run, before: run.earlier?.runResults ?? '' }, invocation)
  const locations = new Map<string, { state: string; place: Place | undefined }>()
  // dbt first: all else can come while it loads.
  let started = run.start(run.selection, onLine, run.onStarted)
  /** Whether its process has ended, whose id the system may give away again. */
  let over = false
  let pause: { wake(): void } | undefined
  const publisher = run.github && publish(run, invocation, run.github, render)
  publisher?.touch(ROLLUP, 3)

  function onLine(line: string): void {
    if (run.level !== 'debug' && !tells(line)) return
    const parsed = parseEvent(line)
    if (!parsed) {
      const text = run.hide(line)
      readText(invocation, text)
      run.print(textLine(text))
      return
    }
    const event = redactEvent(parsed, run.hide)
    const shown = eventLine(event, run.level)
    if (shown !== undefined) run.print(shown)
    target.notice(event)
    const node = reduce(invocation, event)
    if (node) show(node)
  }

  function show(node: Node): void {
    run.onNode(invocation, node)
    publisher?.touch(ROLLUP, 1)
    if (choice.admit(node)) publisher?.touch(node.uniqueId, weightOf(node))
  }

  async function render(key: string): Promise<CheckRun | undefined> {
    if (key === ROLLUP) return await renderRollUp()
    const node = invocation.nodes.get(key)
    if (!node) return undefined
    const around = { job: run.job, evidence: await evidenceOf(node), urlOf }
    return nodeCheck(invocation, node, around)
  }

  async function renderRollUp(): Promise<CheckRun> {
    const input = await summaryInput()
    // dbt may have ended while the files were read; then there is more to read.
    if (invocation.exitCode !== undefined && !input.ended) return await renderRollUp()
    if (!input.ended) return rollUp(invocation, run.job, { summary: progress(input), annotations: [] })
    const annotations = run.job.annotations ? [...input.problems] : []
    for (const node of run.job.annotations ? noteworthy() : []) {
      const place = input.evidence.get(node.uniqueId)?.location
      if (place && !choice.has(node.uniqueId)) annotations.push(annotationOf(invocation, node, place))
    }
    return rollUp(invocation, run.job, { summary: summary(input, CHECK_LIMIT), annotations })
  }

  async function summaryInput(): Promise<SummaryInput & { ended: boolean; problems: Annotation[] }> {
    const ended = invocation.exitCode !== undefined
    const evidence = new Map<string, Evidence>()
    for (const node of noteworthy())
      evidence.set(node.uniqueId, { location: await locationOf(node), sql: '' })
    const problems: Annotation[] = []
    for (const message of ended ? ownErrors(invocation) : []) {
      const place = await files.locateError(message)
      if (place) problems.push(errorAnnotation(message, place))
    }
    const { job, failOn, notices } = run
    return { run: invocation, job, failOn, evidence, urlOf, notices, ended, problems }
  }

  async function evidenceOf(node: Node): Promise<Evidence> {
    const known = invocation.graph.get(node.uniqueId)
    const sql = known ? run.hide(await files.compiled(known)) : ''
    return { location: await locationOf(node), sql }
  }

  /** Looked up once for what is known of a node: each render of the roll-up asks for all that failed. */
  async function locationOf(node: Node): Promise<Place | undefined> {
    const known = invocation.graph.get(node.uniqueId)
    // On Fusion the manifest comes last; an annotation on the wrong line could not be taken back.
    if (known === undefined && invocation.exitCode === undefined) return undefined
    const state = `${known !== undefined} ${node.message.length}`
    const before = locations.get(node.uniqueId)
    if (before?.state === state) return before.place
    const place = await files.locate(known, node.message)
    locations.set(node.uniqueId, { state, place })
    return place
  }

  function noteworthy(): Node[] {
    return [...invocation.nodes.values()].filter(isNoteworthy)
  }

  function urlOf(key: string): string | undefined {
    return publisher?.urlOf(key)
  }

  /** One process of dbt, to its end. */
  async function attempt(): Promise<End> {
    const dbt = await started.catch((error: unknown) => {
      // Nobody will say more than this; the roll-up must not stay open.
      invocation.errors.push(run.hide(error instanceof Error ? error.message : String(error)))
      return undefined
    })
    const exit = dbt ? await dbt.ended : { code: NOT_STARTED, signal: null }
    over = true
    const runResults = await target.end()
    for (const result of runResults?.results ?? []) {
      result.message = run.hide(result.message)
      result.relation = run.hide(result.relation)
    }
    return { exit, runResults, at: run.now() }
  }

  /** Attempts, while another one may help. */
  async function dbtEnded(): Promise<void> {
    for (;;) {
      const end = await attempt()
      // From here to `again` without a pause: nobody may take what there is now for the end.
      conclude(invocation, end)
      const nodes = toRetry(invocation)
      const selection = selectionOf(invocation, nodes)
      if (nodes.length === 0 || !selection) return
      again(invocation, nodes)
      for (const node of invocation.nodes.values()) if (node.attempt >= invocation.attempt - 1) show(node)
      const { attempt: number, retries } = invocation
      const delay = run.retryDelay > 0 ? ` in ${duration(run.retryDelay / 1000)}` : ''
      run.print(`\n${plural(nodes.length, 'node')} again${delay}, try ${number} of ${retries.most}.`)
      await target.keep()
      const waiting = run.sleep(run.retryDelay)
      pause = waiting
      if (invocation.stoppedAt === undefined) await waiting.done
      waiting.wake()
      if (invocation.stoppedAt !== undefined) {
        conclude(invocation, { ...end, runResults: undefined, at: run.now() })
        return
      }
      over = false
      started = run.start(selection, onLine, run.onStarted)
    }
  }

  async function done(): Promise<Watched> {
    await dbtEnded()
    const ended = { invocation, ...target.paths() }
    run.onEnd(ended)
    for (const node of invocation.nodes.values()) show(node)
    for (const node of choice.fill()) show(node)
    const patience = invocation.stoppedAt === undefined ? PATIENCE : PATIENCE_STOPPED
    const unshown = await publisher?.finish(run.now() + patience)
    const { evidence, problems } = await summaryInput()
    return {
      ...ended,
      evidence,
      problems,
      unshown: unshown ?? { keys: [], reason: '', forbidden: false },
      leftOut: choice.leftOut,
      urlOf,
    }
  }

  return {
    stop: (signal) => {
      if (invocation.exitCode !== undefined) {
        // dbt has ended, and its result stands; only the view is cut short.
        publisher?.finish(run.now() + PATIENCE_STOPPED)
        return
      }
      invocation.stoppedAt ??= run.now()
      pause?.wake()
      if (!over) started.then((dbt) => dbt.kill(signal)).catch(() => {})
    },
    done: done(),
  }
}

function publish(
  run: Watch,
  invocation: Run,
  github: Github,
  render: (key: string) => Promise<CheckRun | undefined>,
) {
  const { now, sleep } = run
  const nodes = () => Math.max(invocation.nodeCount ?? 0, invocation.nodes.size)
  const budget = github.budget({ startedAt: invocation.startedAt, nodes })
  return startPublisher({ checks: github.checks, budget, render, prefix: github.prefix, now, sleep })
}

/** Failures first, then what ended, then what runs. */
function weightOf(node: Node): number {
  const result = outcome(node.status)
  return result === 'failed' ? 3 : result ? 2 : 1
}

function isNoteworthy(node: Node): boolean {
  const result = outcome(node.status)
  return result === 'failed' || result === 'warn'
}
