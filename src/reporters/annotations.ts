import { type Annotation, annotationOf } from '../report/annotation.ts'
import type { Subject } from '../report/subject.ts'
import { wordCut } from '../report/text.ts'
import { rollUpTitle } from '../report/title.ts'
import { failedNodes, ownErrors } from '../run/counts.ts'
import type { Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import type { Findings } from './evidence.ts'

/** In characters. */
const LONGEST_MESSAGE = 3_000

/** Where a file is not known. */
const NOWHERE = { path: '', line: 1 }

/** Errors of dbt itself, failed nodes, then warnings. An error that names no file, as one in a profile, has no path. */
export async function annotationsOf(run: Run, subject: Subject, findings: Findings): Promise<Annotation[]> {
  const evidence = await findings.ofFailures()
  const failed = failedNodes(run)
  const warned = [...run.nodes.values()].filter((node) => outcome(node.status) === 'warn')
  const problems = await findings.problems()
  const bare = run.exitCode !== 0 && failed.length === 0 && problems.length === 0
  const title = rollUpTitle(run, subject)
  const message = wordCut(ownErrors(run).join('\n'), LONGEST_MESSAGE) || title
  const own: Annotation = { ...NOWHERE, level: 'failure', title, message }
  const ofNodes = [...failed, ...warned].map((node) =>
    annotationOf(run, node, evidence.get(node.uniqueId)?.location ?? NOWHERE),
  )
  return [...(bare ? [own] : []), ...problems, ...ofNodes]
}
