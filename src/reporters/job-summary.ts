import { appendFileSync } from 'node:fs'
import type { Links } from '../report/check-run.ts'
import type { RowsByTest } from '../report/row-table.ts'
import type { Subject } from '../report/subject.ts'
import { SUMMARY_LIMIT, summary } from '../report/summary.ts'
import type { Findings } from './evidence.ts'
import type { Reporter } from './reporter.ts'

export interface SummaryOptions {
  subject: Subject
  findings: Findings
  links: Links
  /** The rows of failed tests, as known at the end. */
  rows?: RowsByTest
  /** Sentences on what was overridden or could not be shown, as known at the end. */
  notices(): string[]
}

/** @param path of the file that the runner reads; the file of GITHUB_STEP_SUMMARY, or one that the user named */
export function jobSummary(path: string, options: SummaryOptions, limit = SUMMARY_LIMIT): Reporter {
  const { subject, findings, links, notices, rows } = options
  return {
    name: 'job summary',
    finish: async (run) => {
      const evidence = await findings.ofFailures()
      const input = { run, subject, evidence, links, notices: notices(), rows }
      appendFileSync(path, `${summary(input, limit)}\n`)
    },
  }
}
