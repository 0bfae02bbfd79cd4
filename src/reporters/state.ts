import type { Hide } from '../dbt/redact.ts'
import { reasonOf } from '../reason.ts'
import { saveBegun, saveEnded, saveManifest } from '../rerun/store.ts'
import type { Run } from '../run/run.ts'
import { type About, beganNothing } from '../run/saved.ts'
import { type FailOn, verdict } from '../run/verdict.ts'
import type { Reporter } from './reporter.ts'

/** What was saved of the run: data that later reporters read. */
export interface Saved {
  /** The path of the run_results.json of all invocations, merged; empty where there is none. */
  runResults: string
}

export interface StateOptions {
  /** The folder for what is kept of a run. */
  keep: string
  about: About
  failOn: FailOn
  /** run_results.json of the run that this one continues; empty where there is none. */
  earlierRunResults: string
  /** The commands to keep where no node began, so that a wrong option is not kept; else those of `about`. */
  earlierCommands?: string[][] | undefined
  hide: Hide
  /** Whether a good run keeps its manifest, for others to defer to. */
  keepsManifest?: boolean
  /** Filled in here. */
  saved: Saved
  /** Stores the folder where a later run finds it. */
  upload?(): Promise<void>
  /** Is given a sentence where the state could not be saved. */
  onProblem(sentence: string): void
}

/** Saves the run, so that post, a re-run or a run by hand can continue it. */
export function savedState(options: StateOptions): Reporter {
  const { keep, about } = options
  let begun: Promise<void> | undefined
  let saving: Promise<void> | undefined
  return {
    name: 'saved state',
    update: (run, { output }) => {
      if (output) return
      begun ??= saveBegun(keep, about).catch(() => {})
      // Beside what is sent to GitHub meanwhile.
      if (run.exitCode !== undefined) saving ??= save(run, begun, options)
    },
    finish: async () => await saving,
  }
}

async function save(run: Run, begun: Promise<void>, options: StateOptions): Promise<void> {
  const { keep, about, failOn, earlierRunResults, hide, saved, upload, onProblem } = options
  await begun
  try {
    const result = verdict(run, failOn)
    const commands = (beganNothing(run) && options.earlierCommands) || about.commands
    const paths = [earlierRunResults, ...run.invocations.map((one) => one.runResultsPath)].filter(Boolean)
    saved.runResults = await saveEnded(keep, run, paths, { ...about, commands, verdict: result }, hide)
    const manifest = run.invocations.findLast(({ manifestPath }) => manifestPath !== '')?.manifestPath
    if (options.keepsManifest && result === 'success' && manifest) await saveManifest(keep, manifest, hide)
    // There is no time after a stop; post uploads it.
    if (result !== 'cancelled') await upload?.()
  } catch (error) {
    onProblem(`The state of this run could not be saved: ${reasonOf(error)}`)
  }
}
