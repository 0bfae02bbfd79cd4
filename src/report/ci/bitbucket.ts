import type { Counts } from '../../run/counts.ts'
import type { Annotation } from '../annotation.ts'
import { oneLine } from '../text.ts'

/** https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/ */
export interface BitbucketReport {
  title: string
  details: string
  report_type: 'TEST'
  reporter: string
  result: 'PASSED' | 'FAILED'
  data: { title: string; type: 'NUMBER'; value: number }[]
}

export interface BitbucketAnnotation {
  external_id: string
  annotation_type: 'BUG'
  summary: string
  details: string
  severity: 'HIGH' | 'MEDIUM'
  path?: string
  line?: number
}

/** Longer texts are refused: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/#api-repositories-workspace-repo-slug-commit-commit-reports-reportid-annotations-post */
const LONGEST = { summary: 450, details: 2_000 }
/** In one request; a report has at most 1,000. */
const BATCH = 100
const MOST_ANNOTATIONS = 1_000

/** The report beside the pull request. */
export function bitbucketReport(
  checkName: string,
  title: string,
  counts: Counts,
  failed: boolean,
): BitbucketReport {
  return {
    title: oneLine(checkName, 100),
    details: oneLine(title, LONGEST.details),
    report_type: 'TEST',
    reporter: 'dbt-watcher',
    result: failed ? 'FAILED' : 'PASSED',
    data: (['failed', 'warn', 'skipped', 'success', 'total'] as const).map((key) => ({
      title: key,
      type: 'NUMBER',
      value: counts[key],
    })),
  }
}

/** Its annotations, in the batches of the requests. */
export function bitbucketAnnotations(annotations: Annotation[]): BitbucketAnnotation[][] {
  const all = annotations.slice(0, MOST_ANNOTATIONS).map(
    ({ path, line, level, title, message }, i): BitbucketAnnotation => ({
      external_id: `dbt-watcher-${i + 1}`,
      annotation_type: 'BUG',
      summary: oneLine(title, LONGEST.summary),
      details: oneLine(message, LONGEST.details),
      severity: level === 'failure' ? 'HIGH' : 'MEDIUM',
      ...(path === '' ? {} : { path, line }),
    }),
  )
  const batches: BitbucketAnnotation[][] = []
  for (let i = 0; i < all.length; i += BATCH) batches.push(all.slice(i, i + BATCH))
  return batches
}
