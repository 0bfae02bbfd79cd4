import { inert, oneLine } from '../text.ts'

/** A group of the log, which can be folded. https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#grouping-log-lines */
export function githubGroup(title: string): string {
  return `::group::${inert(oneLine(title)).replaceAll('%', '%25')}`
}

export const GITHUB_GROUP_END = '::endgroup::'
