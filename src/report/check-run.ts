import type { Outcome } from '../run/status.ts'
import type { Annotation, Evidence } from './annotation.ts'
import type { Subject } from './subject.ts'

/** The addresses of check runs that were made, by unique_id or `rollup`, and of the `report` page. */
export type Links = ReadonlyMap<string, string>

/** A check run as it should be; https://docs.github.com/en/rest/checks/runs has the words. */
export interface CheckRun {
  /** A unique_id, or `rollup`; the last part of external_id. */
  key: string
  name: string
  conclusion: Conclusion | undefined
  startedAt: number | undefined
  completedAt: number | undefined
  title: string
  summary: string
  text: string
  annotations: Annotation[]
  /** The key of the check run that this one links to; it is sent first. */
  after?: string
  /**
   * What must be shown of summary and text once the check run is completed; another link or fact is not worth a write.
   * All of both where it is not given.
   */
  noticed?: string
}

export type Conclusion = 'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped'

export const ROLLUP = 'rollup'
/** The key of the report page in `Links`. */
export const REPORT = 'report'

/** https://docs.github.com/en/rest/checks/runs#create-a-check-run: a warning is neutral and passes. */
export const CONCLUSIONS: Record<Outcome, Conclusion> = {
  success: 'success',
  warn: 'neutral',
  failed: 'failure',
  skipped: 'skipped',
  cancelled: 'cancelled',
}

/** What a view may look up about other checks and the files of a node; both are filled in while it runs. */
export interface Around {
  subject: Subject
  evidence: Evidence
  /** The addresses of check runs, by key. */
  links: Links
}
