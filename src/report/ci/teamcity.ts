import type { Annotation } from '../annotation.ts'

/** TeamCity's server cuts a description there. https://www.jetbrains.com/help/teamcity/service-messages.html#Reporting+Build+Problems */
const LONGEST_DESCRIPTION = 4_000
/** The page of a build lists them all. */
const MOST_PROBLEMS = 20

/** A block of the log, which can be folded. */
export function teamcityBlock(title: string): string {
  return serviceMessage('blockOpened', { name: title })
}

export function teamcityBlockEnd(title: string): string {
  return serviceMessage('blockClosed', { name: title })
}

/**
 * Failures as build problems, warnings as warnings in the log, and the title as the text of the build's status.
 * @param failed whether the step fails: a build problem makes the build fail, whatever the exit code
 */
export function teamcityResult(annotations: Annotation[], title: string, failed: boolean): string[] {
  const lines = annotations.slice(0, MOST_PROBLEMS).map(({ level, path, line, title: what, message }) => {
    const text = [what, path && `${path}:${line}`, message].filter(Boolean).join('\n')
    return failed && level === 'failure'
      ? serviceMessage('buildProblem', { description: text.slice(0, LONGEST_DESCRIPTION).toWellFormed() })
      : serviceMessage('message', { text, status: 'WARNING' })
  })
  return [...lines, serviceMessage('buildStatus', { text: `{build.status.text}; ${title}` })]
}

/** A file that TeamCity keeps with the build. */
export function teamcityArtifact(path: string): string {
  return serviceMessage('publishArtifacts', path)
}

/** https://www.jetbrains.com/help/teamcity/service-messages.html#Service+Messages+Formats */
function serviceMessage(name: string, values: string | Record<string, string>): string {
  const text =
    typeof values === 'string'
      ? `'${escaped(values)}'`
      : Object.entries(values)
          .map(([key, value]) => `${key}='${escaped(value)}'`)
          .join(' ')
  return `##teamcity[${name} ${text}]`
}

/** https://www.jetbrains.com/help/teamcity/service-messages.html#Escaped+Values */
function escaped(text: string): string {
  return text
    .replace(/[|'[\]]/g, '|$&')
    .replaceAll('\n', '|n')
    .replaceAll('\r', '|r')
    .replace(/[^\n\r -~]/g, (unit) => `|0x${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
