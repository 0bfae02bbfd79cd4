import { inert, oneLine } from '../text.ts'

/** A group of the log, which can be folded. https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#grouping-log-lines */
export function githubGroup(title: string): string {
  return `::group::${inert(oneLine(title)).replaceAll('%', '%25')}`
}

export const GITHUB_GROUP_END = '::endgroup::'

/** Where an annotation is shown: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message */
export interface AnnotationProperties {
  title?: string
  /** Relative to the repository. */
  file?: string
  startLine?: number
}

/** An annotation as a workflow command, as @actions/core writes it. */
export function githubAnnotation(
  level: 'error' | 'warning',
  message: string,
  { title, file, startLine }: AnnotationProperties = {},
): string {
  const properties = Object.entries({ title, file, line: startLine })
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}=${escaped(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C')}`)
  return `::${level}${properties.length > 0 ? ' ' : ''}${properties.join(',')}::${escaped(message)}`
}

/** https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts */
function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
