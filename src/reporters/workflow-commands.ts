import { annotationOf, MOST_COMMANDS } from '../report/annotation.ts'
import { ROLLUP } from '../report/check-run.ts'
import type { AnnotationProperties } from '../report/ci/github.ts'
import type { Published } from '../report/published.ts'
import { sentenceOf } from '../report/sentence.ts'
import { plain } from '../report/text.ts'
import { failedNodes } from '../run/counts.ts'
import type { Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import type { Findings } from './evidence.ts'
import type { Reporter } from './reporter.ts'

type Show = (message: string, properties: AnnotationProperties) => void

export interface WorkflowCommandsOptions {
  /** @actions/core's, or a view that needs no toolkit. */
  error: Show
  warning: Show
  findings: Findings
  published: Published
  /** Whether there are check runs; they have the annotations then. */
  hasChecks: boolean
}

/**
 * Annotations as workflow commands, the worst first, in a sentence: the log above has the whole message. They carry the
 * file only where no check run could, since the diff would show both.
 */
export function workflowCommands(options: WorkflowCommandsOptions): Reporter {
  return { name: 'annotations', finish: (run) => annotate(run, options) }
}

async function annotate(run: Run, options: WorkflowCommandsOptions) {
  const { error, warning, findings, published, hasChecks } = options
  const { unshown } = published
  const evidence = await findings.ofFailures()
  const warnings = await findings.warnings()
  const missing = new Set(unshown.keys)
  if (!hasChecks || unshown.forbidden || missing.has(ROLLUP)) {
    for (const { path, line, title } of (await findings.problems()).slice(0, MOST_COMMANDS - 1)) {
      error(title, { file: path, startLine: line })
    }
    for (const { path, line, title, message } of warnings.placed.slice(0, MOST_COMMANDS)) {
      warning(message, { title, file: path, startLine: line })
    }
  }
  for (const sentence of warnings.others.slice(0, MOST_COMMANDS)) warning(sentence, { title: 'dbt' })
  const warned = [...run.nodes.values()].filter((node) => outcome(node.status) === 'warn')
  for (const [nodes, show] of [
    [failedNodes(run), error],
    [warned, warning],
  ] as const) {
    // One error is the step's own.
    for (const node of nodes.slice(0, MOST_COMMANDS - 1)) {
      const place = evidence.get(node.uniqueId)?.location ?? { path: '', line: 1 }
      const { path, line, title } = annotationOf(run, node, place)
      const message = plain(sentenceOf(run, node))
      const shownOnFile = hasChecks && !unshown.forbidden && !missing.has(node.uniqueId)
      if (shownOnFile || path === '') show(path ? `${path}:${line} ${message}` : message, { title })
      else show(message, { title, file: path, startLine: line })
    }
  }
}
