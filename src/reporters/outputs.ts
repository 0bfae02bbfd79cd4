import * as core from '@actions/core'
import { outputsOf } from '../report/outputs.ts'
import type { Published } from '../report/published.ts'
import type { SavedRun } from '../run/saved.ts'
import type { FailOn } from '../run/verdict.ts'
import type { WrittenPage } from './page.ts'
import type { Reporter } from './reporter.ts'
import type { Saved } from './state.ts'

/** The outputs of the step. */
export function outputs(
  failOn: FailOn,
  { links }: Published,
  saved: Saved,
  written: WrittenPage,
  base?: SavedRun,
): Reporter {
  return {
    name: 'outputs',
    finish: async (run) => {
      const values = outputsOf(run, {
        failOn,
        links,
        mergedRunResults: saved.runResults,
        report: written.path,
        base,
      })
      for (const [name, value] of Object.entries(values)) core.setOutput(name, value)
    },
  }
}
