import { bytes, code, link, plain } from './text.ts'

/**
 * Comments on a pull request: the one that keeps the result, and the answers to commands. They are read back by
 * their first and last line alone, so that nothing a project printed in between can look like a marker.
 */

export interface KeptComment {
  /** As used, with the values of the matrix. */
  checkName: string
  /** The workflow run whose result this is. */
  runId: string
  /** Markdown, already safe; left out where it does not fit. */
  body: string
  /** Whether it has the box that starts a rerun: a box that starts nothing would mislead. */
  box?: boolean
}

/** https://docs.github.com/en/rest/issues/comments refuses more than 65,536 characters; ours is counted in bytes. */
const LONGEST = 65_536
/** What `body` may have in bytes: a comment is read in passing, and the whole of it stays below 3 KB. */
export const BODY_LIMIT = 2_600

const BOX = "<!-- dbt-watcher:rerun --> Run the nodes that haven't succeeded"
const UNTICKED = `- [ ] ${BOX}`
const TICKED = `- [x] ${BOX}`

/** The marked comment of one check-name. */
export function commentBody({ checkName, runId, body, box = true }: KeptComment): string {
  const bodyOf = (text: string) =>
    [`${markerStart(checkName)}${runId} -->`, text, box ? UNTICKED : ''].filter(Boolean).join('\n\n')
  const whole = bodyOf(body)
  if (bytes(whole) <= LONGEST) return whole
  return bodyOf('_The rest is left out: it does not fit into a comment. It is in the job summary._')
}

/** Whether this text was made by `commentBody` for that check-name, by whichever run. */
export function isCommentOf(checkName: string, body: string): boolean {
  return body.startsWith(markerStart(checkName))
}

/** `--` would end an HTML comment: https://spec.commonmark.org/0.31.2/#html-comment */
function markerStart(checkName: string): string {
  return `<!-- dbt-watcher: ${encodeURIComponent(checkName.toWellFormed()).replaceAll('--', '%2D%2D')} run=`
}

export interface Marked {
  checkName: string
  runId: string
  ticked: boolean
}

/** Reads what `commentBody` made; undefined for any other text. */
export function readComment(body: string): Marked | undefined {
  const lines = linesOf(body)
  const [, name = '', runId = ''] =
    /^<!-- dbt-watcher: (\S{1,2000}) run=(\d{1,20}) -->$/.exec(lines[0] ?? '') ?? []
  const last = lines.at(-1)
  const ticked = last?.replace('[X]', '[x]') === TICKED
  if (!runId || (!ticked && last !== UNTICKED)) return undefined
  try {
    return { checkName: decodeURIComponent(name), runId, ticked }
  } catch {
    return undefined
  }
}

/** The box of one and the same marked comment was ticked, by an edit from one text to the other. */
export function wasTicked(before: string, after: string): boolean {
  const [old, now] = [readComment(before), readComment(after)]
  return (
    now?.ticked === true &&
    old?.ticked === false &&
    old.checkName === now.checkName &&
    old.runId === now.runId
  )
}

/** A run that was dispatched, as an answer to a command remembers it for the next one. */
export interface Started {
  /** Absent where GitHub did not name the run. */
  runId?: string | undefined
  /** The pull request's head when it was dispatched. */
  head: string
  /** The commit that it checks out. */
  commit: string
  /** Whether it continues another run; else it is a command of its own. */
  rerun: boolean
}

/** Says which run was started: `what` in dbt's words, at `url`. */
export function startedBody(
  started: Started,
  {
    what,
    url,
    continues,
  }: { what: string; url: string; continues?: { id: string; url: string } | undefined },
): string {
  const { runId, head, commit, rerun } = started
  const run = link(runId ? `run ${runId}` : 'a run', url)
  const of = continues ? `, which continues ${link(`run ${continues.id}`, continues.url)}` : ''
  const kind = rerun ? 'rerun' : 'command'
  const marker = `<!-- dbt-watcher:started ${kind} run=${runId} head=${head} commit=${commit} -->\n\n`
  return `${runId ? marker : ''}Started ${run}${of}: ${code(what, 2000)} on ${code(commit.slice(0, 7))}.`
}

/** Reads the marker of `startedBody`; undefined for any other text. */
export function readStarted(body: string): (Started & { runId: string }) | undefined {
  const pattern =
    /^<!-- dbt-watcher:started (rerun|command) run=(\d{1,20}) head=([0-9a-f]{40,64}) commit=([0-9a-f]{40,64}) -->$/
  const [, kind, runId, head = '', commit = ''] = pattern.exec(linesOf(body)[0] ?? '') ?? []
  return runId ? { runId, head, commit, rerun: kind === 'rerun' } : undefined
}

/** GitHub's own editor ends lines with \r\n. */
function linesOf(body: string): string[] {
  return plain(body).trim().split('\n')
}
