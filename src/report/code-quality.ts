import { createHash } from 'node:crypto'
import { isTest } from '../run/counts.ts'
import { byUniqueId, type Node, type Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import type { Annotation } from './annotation.ts'
import { failureLine } from './message.ts'
import { titleName } from './names.ts'
import { type FileInput, sourceFileOf } from './source-file.ts'
import { oneLine } from './text.ts'

/** https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format */
interface Issue {
  description: string
  check_name: string
  fingerprint: string
  severity: 'info' | 'minor' | 'major' | 'critical' | 'blocker'
  location: { path: string; lines: { begin: number } }
}

/**
 * Failures and warnings as GitLab's Code Quality report, which a merge request shows beside the lines of its diff.
 *
 * GitLab compares the fingerprints with those of the target branch: without line and message in them, a failure stays
 * the same one while the file around it changes.
 * @param problems errors of dbt itself that name a file of the repository
 */
export function codeQuality({ run, subject, evidence }: FileInput, problems: Annotation[] = []): string {
  const nodes = [...run.nodes.values()].filter((node) => {
    const result = outcome(node.status)
    return result === 'failed' || result === 'warn'
  })
  const issues = nodes.sort(byUniqueId).flatMap((node): Issue[] => {
    const found = evidence.get(node.uniqueId)
    const path = sourceFileOf(run, subject, node, found)
    if (path === '') return []
    return [
      {
        description: oneLine(`${titleName(run, node)}: ${failureLine(node)}`, 500),
        check_name: checkName(run, node),
        fingerprint: fingerprint([node.uniqueId, outcome(node.status) ?? '']),
        severity: severity(node),
        location: { path, lines: { begin: found?.location?.line ?? 1 } },
      },
    ]
  })
  const own = problems.map(
    ({ path, line, title }): Issue => ({
      description: oneLine(title, 500),
      check_name: 'dbt',
      fingerprint: fingerprint(['dbt', path, title]),
      severity: 'blocker',
      location: { path, lines: { begin: line } },
    }),
  )
  return `${JSON.stringify(distinct([...own, ...issues]), undefined, 2)}\n`
}

/** What the issue is an instance of: `not_null` for each such test, `model` for each model. */
function checkName(run: Run, node: Node): string {
  return oneLine(run.graph.get(node.uniqueId)?.test?.name || node.resourceType, 255)
}

function severity(node: Node): Issue['severity'] {
  if (outcome(node.status) === 'warn') return 'minor'
  return isTest(node) && node.status === 'fail' ? 'major' : 'critical'
}

/** GitLab drops an issue whose fingerprint another one has. */
function distinct(issues: Issue[]): Issue[] {
  return [...new Map(issues.map((issue) => [issue.fingerprint, issue])).values()]
}

function fingerprint(parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex')
}
