/** Views of dbt's own warnings. */
import type { Place } from '../project/files.ts'
import type { Run } from '../run/run.ts'
import { type DbtWarning, ownWarnings } from '../run/warnings.ts'
import type { Annotation } from './annotation.ts'
import { figure, plural } from './figures.ts'
import { firstLine } from './message.ts'
import type { PageWarning } from './page-data.ts'
import { html, oneLine, plain } from './text.ts'

/** `3 dbt warnings`; empty where there are none. */
export function warningsText(run: Run): string {
  const count = ownWarnings(run).reduce((sum, warning) => sum + warning.count, 0)
  return count > 0 ? plural(count, 'dbt warning') : ''
}

/** Messages of one kind that are listed; the log has all that dbt printed. */
const MOST_LISTED = 20

/** Every kind once, folded away. In HTML, since GitHub reads no Markdown within a fold that starts on one line. */
export function warningsFold(run: Run): string {
  const warnings = ownWarnings(run)
  if (warnings.length === 0) return ''
  const items = warnings.map((warning) => `<li>${listed(warning)}</li>`)
  return `<details><summary>${html(warningsText(run))}</summary>\n<ul>\n${items.join('\n')}\n</ul>\n</details>`
}

/** Every kind once, for the report. */
export function pageWarnings(run: Run): PageWarning[] {
  return ownWarnings(run).map(({ kind, count, messages }) => {
    return { kind, count, messages: messages.slice(0, MOST_LISTED).map((message) => oneLine(message, 500)) }
  })
}

function listed({ kind, count, messages }: DbtWarning): string {
  const lines = messages.slice(0, MOST_LISTED).map((message) => `<li>${textOf(message)}</li>`)
  const [only] = lines
  const head = `<code>${html(kind)}</code>${count > 1 ? ` (${figure(count)})` : ''}`
  if (only === undefined) return head
  if (lines.length === 1) return `${head}: ${textOf(messages[0] ?? '')}`
  const more = messages.length > lines.length ? `<li>and ${messages.length - lines.length} more</li>` : ''
  return `${head}<ul>${lines.join('')}${more}</ul>`
}

/** As code: GitHub makes a link of an address in any other text. */
function textOf(message: string): string {
  return `<code>${html(oneLine(message, 500))}</code>`
}

/** A warning of dbt itself on the file that it names. */
export function warningAnnotation(kind: string, message: string, { path, line }: Place): Annotation {
  return { path, line, level: 'warning', title: oneLine(`dbt: ${kind}`), message: plain(message).trim() }
}

/** A warning without a place: `UnusedResourceConfigPath: Configuration paths exist …`. */
export function warningLine({ kind, count, messages }: DbtWarning): string {
  const more = count > 1 ? ` (${figure(count)})` : ''
  return oneLine(`${kind}${more}: ${firstLine(messages[0] ?? '')}`, 500)
}
