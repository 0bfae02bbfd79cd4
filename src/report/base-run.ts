/** The run that a run is compared with, and what is different from it. */
import { type Flaky, flakyOver } from '../run/flaky.ts'
import { type Comparison, compare } from '../run/history.ts'
import type { Run } from '../run/run.ts'
import type { SavedRun } from '../run/saved.ts'
import { outcome } from '../run/status.ts'
import { plural } from './figures.ts'

/** An earlier run, usually the last good one of the base branch. */
export interface BaseRun {
  /** Such as the name of the base branch. */
  label: string
  /** Of its workflow run; empty if unknown. */
  url: string
  saved: SavedRun
  /** How long it took; undefined where that is not known. */
  seconds: number | undefined
  /** unique_ids of what failed in it. */
  failed: ReadonlySet<string>
  /** The runs before it, the newest first; filled in while dbt runs. */
  earlier: EarlierRun[]
}

/** A run of the base branch. */
export type EarlierRun = Pick<BaseRun, 'label' | 'url' | 'saved'>

/** @param url of its workflow run; empty if unknown */
export function baseRun(label: string, url: string, saved: SavedRun): BaseRun {
  const { startedAt, finishedAt, nodes } = saved
  const isKnown = startedAt !== undefined && finishedAt !== undefined
  const failed = nodes.filter(({ status }) => outcome(status) === 'failed')
  return {
    label,
    url,
    saved,
    earlier: [],
    seconds: isKnown ? (finishedAt - startedAt) / 1000 : undefined,
    failed: new Set(failed.map(({ uniqueId }) => uniqueId)),
  }
}

/** What is different from the base run, and which nodes of this run were flaky in it and in the runs before it. */
export interface Compared extends Comparison {
  flaky: Flaky[]
}

/** Compares a run with the base run, and that with the runs before it. */
export function compared(run: Run, base: BaseRun): Compared {
  const states = [base.saved, ...base.earlier.map(({ saved }) => saved)]
  const flaky = flakyOver(states).filter(({ uniqueId }) => run.nodes.has(uniqueId))
  return { ...compare(run, base.saved), flaky }
}

/** `failed in 2 of 5 runs of main and succeeded in a retry`. */
export function flakyText({ failures, runs, reasons }: Flaky, label: string): string {
  const why = reasons.includes('retry') ? 'succeeded in a retry' : 'succeeded on the same commit'
  return `failed in ${failures} of ${plural(runs, 'run')} of ${label} and ${why}`
}
