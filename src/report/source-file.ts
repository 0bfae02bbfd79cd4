import type { Node, Run } from '../run/run.ts'
import type { Evidence } from './annotation.ts'
import type { Subject } from './subject.ts'

/** What the files for other programs are made of. */
export interface FileInput {
  run: Run
  subject: Subject
  /** Where failed and warned nodes are written. */
  evidence: ReadonlyMap<string, Evidence>
}

/**
 * The file in which a node is written, relative to the repository; empty for one of an installed package, and before
 * the manifest was read. A generic test is written in the YAML file that names it.
 */
export function sourceFileOf(run: Run, subject: Subject, node: Node, evidence: Evidence | undefined): string {
  if (evidence?.location) return evidence.location.path
  const known = run.graph.get(node.uniqueId)
  if (!known?.originalFilePath || (run.projectName !== '' && known.packageName !== run.projectName)) return ''
  const path = known.originalFilePath.replaceAll('\\', '/')
  return subject.projectDir === '' || subject.projectDir === '.' ? path : `${subject.projectDir}/${path}`
}

/** The folders of the file below its project: `models`, `staging`. */
export function foldersOf(run: Run, node: Node): string[] {
  const path = run.graph.get(node.uniqueId)?.originalFilePath ?? ''
  return path.split(/[\\/]/).slice(0, -1).filter(Boolean)
}
