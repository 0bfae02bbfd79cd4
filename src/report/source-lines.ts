/** The place of a failure: a link to its line, and where that comes from. */
import type { Excerpt } from '../project/excerpt.ts'
import type { Place } from '../project/files.ts'
import type { Evidence } from './annotation.ts'
import type { Subject } from './subject.ts'
import { link } from './text.ts'

/** The file on the commit, at the line. */
export function fileUrl(subject: Subject, location: Place): string | undefined {
  if (!subject.repositoryUrl || !subject.sha) return undefined
  const path = location.path.split('/').map(encodeURIComponent).join('/')
  return `${subject.repositoryUrl}/blob/${subject.sha}/${path}#L${location.line}`
}

/** `models/orders.sql:12`, linked where there is an address. */
export function placeLink(subject: Subject, location: Place): string {
  return link(`${location.path}:${location.line}`, fileUrl(subject, location))
}

/** Where the line comes from in words: the compiled SQL's line, a macro's file. */
export function placeNote({ location, excerpt }: Evidence): string {
  return [excerpt?.caption ?? '', location?.note ?? ''].filter(Boolean).join('; ')
}

/** Each line with its number, `>` before the wrong one, and carets below what is wrong in it. */
export function excerptText({ first, lines, line, caret }: Excerpt): string {
  const width = String(first + lines.length - 1).length
  const shown = lines.flatMap((text, index) => {
    const number = first + index
    const row = `${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${text}`.trimEnd()
    const below = `  ${' '.repeat(width)} | ${' '.repeat(caret?.at ?? 0)}${'^'.repeat(caret?.length ?? 0)}`
    return number === line && caret ? [row, below] : [row]
  })
  return shown.join('\n')
}
