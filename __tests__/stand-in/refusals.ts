/** What GitHub refuses in the content of a check run, and with which words. */
import type { CheckRunWrite } from './check-runs.ts'

/** The kinds of refusal, in the words of GraphQL's `errors[].type`. */
export type RefusalType =
  | 'UNPROCESSABLE'
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  | 'MISSING_PAGINATION_BOUNDARIES'
  | 'EXCESSIVE_PAGINATION'
  | 'ARGUMENT_LIMIT'

export type Refusal = Error & { type: RefusalType; field?: string }

/**
 * @param field set where GitHub answers "Validation Failed" with a list of fields instead of "Invalid request."
 */
export function refusal(type: RefusalType, message: string, field?: string): Refusal {
  return Object.assign(new Error(message), field === undefined ? { type } : { type, field })
}

export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && 'type' in error
}

/** GitHub's wording for a token that may not write.
 * https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#resource-not-accessible */
export function forbidden(): Refusal {
  return refusal('FORBIDDEN', 'Resource not accessible by integration')
}

/** GitHub's wording, with 403, for a check run that another app created. */
export function ofAnotherApp(id: number): Refusal {
  return refusal(
    'FORBIDDEN',
    `Invalid app_id \`${id}\` - check run can only be modified by the GitHub App that created it.`,
  )
}

/** In bytes of UTF-8 and in characters: "Maximum length: 65535 characters"
 * https://docs.github.com/rest/checks/runs#create-a-check-run, "maximum bytesize of 65535"
 * https://github.com/github/docs/issues/35252 */
const TEXT_LIMIT = 65_535
/** Annotations in one request. https://docs.github.com/rest/checks/runs#create-a-check-run */
export const ANNOTATION_LIMIT = 50
/** Bytes of message and of raw_details. https://docs.github.com/rest/checks/runs#create-a-check-run */
const ANNOTATION_BYTES = 64 * 1024
/** Characters of an annotation's title. https://docs.github.com/rest/checks/runs#create-a-check-run */
const ANNOTATION_TITLE = 255

export type Annotation = {
  path: string
  startLine: number
  endLine: number
  startColumn: number | null
  endColumn: number | null
  annotationLevel: 'notice' | 'warning' | 'failure'
  message: string
  title: string | null
  rawDetails: string | null
}

function bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}

/** Unicode characters, as Ruby counts them: an emoji is one, where JavaScript's length says two. */
function characters(text: string): number {
  return [...text].length
}

function refuseSummary(summary: string): void {
  const count = characters(summary)
  if (count > TEXT_LIMIT) throw invalid(`Only ${TEXT_LIMIT} characters are allowed; ${count} were supplied.`)
  if (bytes(summary) > TEXT_LIMIT) {
    throw refusal('UNPROCESSABLE', `summary exceeds a maximum bytesize of ${TEXT_LIMIT}`, 'summary')
  }
}

/** GitHub cuts the text without a word; a character that falls on the cut is lost whole. */
export function cutText(text: string): string {
  if (bytes(text) <= TEXT_LIMIT) return text
  let end = TEXT_LIMIT
  const buffer = Buffer.from(text, 'utf8')
  while (end > 0 && ((buffer[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1
  return buffer.subarray(0, end).toString('utf8')
}

function refuseAnnotations(annotations: readonly Annotation[]): void {
  if (annotations.length > ANNOTATION_LIMIT) {
    throw invalid(`No more than ${ANNOTATION_LIMIT} items are allowed; ${annotations.length} were supplied.`)
  }
  for (const annotation of annotations) refuseAnnotation(annotation)
}

function refuseAnnotation(annotation: Annotation): void {
  const { path, startLine, endLine, startColumn, endColumn, message, title, rawDetails } = annotation
  const relative = path !== '' && !path.startsWith('/') && !path.split(/[/\\]/).includes('..')
  if (!relative) throw invalid(`The path ${JSON.stringify(path)} is not a path of this repository.`)
  if (startLine < 1 || endLine < startLine) throw invalid(`Lines ${startLine} to ${endLine} are no range.`)
  // "Annotations only support start_column and end_column on the same line."
  // https://docs.github.com/rest/checks/runs#create-a-check-run
  if (startLine !== endLine && (startColumn !== null || endColumn !== null)) {
    throw invalid('Columns are only supported where start_line and end_line are the same.')
  }
  if ((startColumn ?? 1) < 1 || (endColumn ?? 1) < 1) throw invalid('Columns start at 1.')
  if (message === '') throw invalid('The message of an annotation cannot be blank.')
  if (bytes(message) > ANNOTATION_BYTES) throw invalid('The message of an annotation exceeds 64 KB.')
  if (bytes(rawDetails ?? '') > ANNOTATION_BYTES)
    throw invalid('The raw_details of an annotation exceed 64 KB.')
  if (characters(title ?? '') > ANNOTATION_TITLE) {
    throw invalid(
      `Only ${ANNOTATION_TITLE} characters are allowed; ${characters(title ?? '')} were supplied.`,
    )
  }
}

/** @returns the time as GitHub keeps it: UTC, whole seconds */
export function readTime(name: string, text: string): string {
  // https://docs.github.com/rest/checks/runs#create-a-check-run: "This is a timestamp in ISO 8601 format"
  const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(text)
  const time = new Date(text)
  if (!iso || Number.isNaN(time.getTime())) throw invalid(`"${text}" is not a valid date-time for ${name}.`)
  return time.toISOString().replace(/\.\d+/, '')
}

export function invalid(message: string): Refusal {
  return refusal('UNPROCESSABLE', message)
}

/** https://docs.github.com/rest/checks/runs#create-a-check-run: waiting, requested and pending are for
 * "GitHub Actions" itself; what a token of a workflow may set of them nobody has shown, so none. */
export const STATUSES = ['queued', 'in_progress', 'completed'] as const
export type Status = (typeof STATUSES)[number]
/** `stale` and `startup_failure` exist too, but "only GitHub can set this" (same page). */
const CONCLUSIONS = ['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'timed_out']

/** Throws before anything changes: GitHub does a write whole or not at all. */
export function refuseWrite(
  { status, conclusion, startedAt, completedAt, output }: CheckRunWrite,
  concluded: boolean,
): void {
  if (status !== undefined && !STATUSES.includes(status as Status))
    throw invalid(`${status} is not a status.`)
  if (conclusion !== undefined && !CONCLUSIONS.includes(conclusion)) {
    throw invalid(`You cannot change a check run conclusion to ${conclusion}.`)
  }
  // "conclusion: Required if you provide completed_at or a status of completed."
  // https://docs.github.com/rest/checks/runs#create-a-check-run
  const completes = status === 'completed' || completedAt !== undefined
  if (completes && conclusion === undefined && !concluded) throw invalid('"conclusion" wasn\'t supplied.')
  if (startedAt !== undefined) readTime('started_at', startedAt)
  if (completedAt !== undefined) readTime('completed_at', completedAt)
  if (output !== undefined) {
    refuseSummary(output.summary)
    refuseAnnotations(output.annotations)
  }
}
