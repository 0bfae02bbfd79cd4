import { cutBytes, inert, oneLine } from '../text.ts'

/** https://buildkite.com/docs/agent/cli/reference/annotate: "The maximum size of each annotation body is 1MiB." */
export const BUILDKITE_LIMIT = 1024 * 1024

/** A group of the log, folded once another one begins. https://buildkite.com/docs/pipelines/configure/managing-log-output#grouping-log-output */
export function buildkiteGroup(title: string): string {
  return `--- ${inert(oneLine(title))}`
}

/** The group of the result, which is open. */
export const BUILDKITE_RESULT = '+++ Result'

export interface BuildkiteAnnotation {
  /** The words of the program; the body is its standard input, so that its length is no matter. */
  words: string[]
  body: string
}

/**
 * The summary at the top of the build's page. A later one of the same context replaces it.
 * @param step distinguishes the steps of the build that run dbt-watcher
 * @param body Markdown
 */
export function buildkiteAnnotation(
  checkName: string,
  step: string,
  outcome: 'failed' | 'warn' | 'success',
  body: string,
): BuildkiteAnnotation {
  const style = { failed: 'error', warn: 'warning', success: 'success' }[outcome]
  const context = [checkName, step].filter(Boolean).join(' ')
  return {
    words: ['buildkite-agent', 'annotate', '--style', style, '--context', context],
    body: cutBytes(body, BUILDKITE_LIMIT),
  }
}
