import type { Annotation } from '../annotation.ts'
import { inert, oneLine } from '../text.ts'

/** Azure shows ten errors and ten warnings of a step on the page of the run. */
const MOST_ISSUES = 10

/** A group of the log, which can be folded. https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands#formatting-commands */
export function azureGroup(title: string): string {
  return `##[group]${inert(oneLine(title))}`
}

export const AZURE_GROUP_END = '##[endgroup]'

/**
 * Failures and warnings as issues of the step, on the line of their file. They do not change the step's result.
 * https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands#logissue-log-an-error-or-warning
 */
export function azureIssues(annotations: Annotation[]): string[] {
  const shown = { failure: 0, warning: 0 }
  return annotations
    .filter(({ level }) => ++shown[level] <= MOST_ISSUES)
    .map(({ level, path, line, title, message }) => {
      const place = path ? `sourcepath=${property(path)};linenumber=${line};` : ''
      return `##vso[task.logissue type=${level === 'failure' ? 'error' : 'warning'};${place}]${data(`${title}\n${message}`)}`
    })
}

/**
 * A Markdown file as a tab of the run's page.
 * @param path absolute
 */
export function azureSummary(path: string): string {
  return `##vso[task.uploadsummary]${data(path)}`
}

/** https://github.com/microsoft/azure-pipelines-task-lib/blob/master/node/taskcommand.ts */
function data(text: string): string {
  return text.replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(']', '%5D').replaceAll(';', '%3B')
}
