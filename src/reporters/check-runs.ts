import type { Budget } from '../github/budget.ts'
import type { Checks } from '../github/checks.ts'
import { startPublisher } from '../github/publisher.ts'
import { rollUpAnnotations } from '../report/annotation.ts'
import { type CheckRun, ROLLUP } from '../report/check-run.ts'
import { type ChoiceOptions, chooseChecks } from '../report/choice.ts'
import { nodeCheck, nodesWithTest } from '../report/node-check.ts'
import { progress } from '../report/progress.ts'
import type { Published } from '../report/published.ts'
import { rollUp } from '../report/roll-up.ts'
import type { Subject } from '../report/subject.ts'
import { CHECK_LIMIT, summary } from '../report/summary.ts'
import { nodesLeft } from '../run/nodes-left.ts'
import type { Node, Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import type { Sleep } from '../sleep.ts'
import { type Findings, isNoteworthy } from './evidence.ts'
import type { Reporter } from './reporter.ts'

export interface CheckRunsOptions {
  run: Run
  subject: Subject
  checks: Checks
  budget: Budget
  choice: ChoiceOptions
  findings: Findings
  /** Sentences for the summary of the roll-up. */
  notices: string[]
  /** The start of every external_id. */
  prefix: string
  /** Filled in here; other reporters read it. */
  published: Published
  now(): number
  sleep: Sleep
}

/** How long after dbt's end the step waits for GitHub, in milliseconds. */
const PATIENCE = 30_000
/** For the last write of the roll-up, if other reporters took all of that. */
const PATIENCE_LAST = 5_000
/** After a stop the runner leaves ten seconds in all: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation */
const PATIENCE_STOPPED = 2_000

/** A check run for each node that gets one, and the roll-up. */
export function checkRuns(options: CheckRunsOptions): Reporter {
  const { run, choice: chosen, published, now } = options
  const choice = chooseChecks(run, chosen)
  const render = (key: string) => renderCheck(options, choice.has, key)
  const publisher = startPublisher({ ...options, render, links: published.links })
  publisher.touch(ROLLUP, 3)

  const show = (node: Node) => {
    if (choice.admit(node)) publisher.touch(node.uniqueId, weightOf(node))
  }
  const isLast = nodesLeft(0)
  /** Until when the step waits, in milliseconds since the epoch. */
  let until = 0
  return {
    name: 'check runs',
    update: (_, { node, output, begun }) => {
      if (node) {
        show(node)
        // A model's check shows what its tests came to.
        for (const tested of nodesWithTest(run, node)) if (choice.has(tested.uniqueId)) show(tested)
      } else if (!output) for (const each of run.nodes.values()) show(each)
      if (node || !output || begun) publisher.touch(ROLLUP, 1)
      if (isLast(run, node)) publisher.hurry()
      if (run.exitCode === undefined) return
      for (const node of choice.fill()) show(node)
      // Beside what the reporters before this one do, such as the upload of the report, which the roll-up links to.
      until = now() + (run.stoppedAt === undefined ? PATIENCE : PATIENCE_STOPPED)
      publisher.close(until)
    },
    finish: async (_, stopped) => {
      stopped.then(() => publisher.finish(now() + PATIENCE_STOPPED))
      const last = run.stoppedAt === undefined ? PATIENCE_LAST : PATIENCE_STOPPED
      const unshown = await publisher.finish(Math.max(until, now() + last))
      published.unshown = { ...unshown, noteworthy: countNoteworthy(run, unshown.keys) }
      published.leftOut = choice.leftOut
      published.thinned = options.budget.thinned()
    },
  }
}

function countNoteworthy(run: Run, keys: string[]): number {
  return keys.flatMap((key) => run.nodes.get(key) ?? []).filter(isNoteworthy).length
}

/** What a check run should be now. */
async function renderCheck(
  options: CheckRunsOptions,
  hasOwn: (uniqueId: string) => boolean,
  key: string,
): Promise<CheckRun | undefined> {
  const { run, subject, findings, published } = options
  if (key === ROLLUP) return await renderRollUp(options, hasOwn)
  const node = run.nodes.get(key)
  if (!node) return undefined
  return nodeCheck(run, node, { subject, evidence: await findings.of(node), links: published.links })
}

async function renderRollUp(
  options: CheckRunsOptions,
  hasOwn: (uniqueId: string) => boolean,
): Promise<CheckRun> {
  const { run, subject, findings, published, notices } = options
  const over = run.exitCode !== undefined
  const evidence = await findings.ofFailures()
  const problems = await findings.problems()
  const warnings = await findings.warnings()
  // The run may have ended while the files were read; then there is more to read.
  if (over !== (run.exitCode !== undefined)) return await renderRollUp(options, hasOwn)
  const input = { run, subject, evidence, links: published.links, notices }
  if (!over) return rollUp(run, subject, { summary: progress(input), annotations: [] })
  const ofNodes = [...evidence].filter(([uniqueId]) => !hasOwn(uniqueId))
  const annotations = subject.annotations
    ? rollUpAnnotations(run, { problems, ofNodes, warnings: warnings.placed })
    : []
  return rollUp(run, subject, { summary: summary(input, CHECK_LIMIT), annotations })
}

/** Failures first, then what ended, then what runs. */
function weightOf(node: Node): number {
  const result = outcome(node.status)
  return result === 'failed' ? 3 : result ? 2 : 1
}
