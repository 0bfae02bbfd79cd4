import { openSync, readFileSync, writeSync } from 'node:fs'
import { fields, text } from '../json.ts'
import type { Conclusion } from '../report/check-run.ts'

/** What main saves for post as it happens, one JSON object a line: after a SIGKILL of main nothing else is left. */
export type JournalEntry =
  /** dbt's process, so that post can stop what main left behind. */
  | { pid: number; started: string }
  /** A check run that can be closed. */
  | { key: string; name: string; conclusion: Conclusion; title: string }
  /** Nothing is open. */
  | { closed: true }
  /** The commit that has the checks, and the folder in which the run is saved. */
  | { sha: string; state: string }
  /** The saved run is an artifact. */
  | { uploaded: true }
  /** The path of the report, which is no artifact yet; empty once it is one. */
  | { page: string }

export interface Journal {
  pid: number
  started: string
  ended: Map<string, { name: string; conclusion: Conclusion; title: string }>
  closed: boolean
  sha: string
  state: string
  uploaded: boolean
  page: string
}

/** Adds an entry to the journal. */
export type Note = (entry: JournalEntry) => void

/**
 * A journal to which entries are appended at once. The file is opened with the first.
 * @returns what throws an Error where the file cannot be written, as on a full disk; post closes what is open as
 * cancelled then
 */
export function journalAt(path: string): Note {
  let file: number | undefined
  return (entry) => {
    file ??= openSync(path, 'a')
    writeSync(file, `${JSON.stringify(entry)}\n`)
  }
}

/**
 * Reads what was saved; a last line that was cut off is left out. Undefined where main never began, which is where it
 * saved no path; a file that is missing could not be written, and check runs may be open.
 */
export function readJournal(path: string): Journal | undefined {
  if (path === '') return undefined
  const journal: Journal = {
    pid: 0,
    started: '',
    ended: new Map(),
    closed: false,
    sha: '',
    state: '',
    uploaded: false,
    page: '',
  }
  let lines: string[] = []
  try {
    lines = readFileSync(path, 'utf8').split('\n')
  } catch {
    return journal
  }
  for (const line of lines) {
    try {
      const entry = fields(JSON.parse(line))
      if (typeof entry.pid === 'number') {
        journal.pid = entry.pid
        journal.started = text(entry.started)
      }
      if (entry.closed === true) journal.closed = true
      if (entry.uploaded === true) journal.uploaded = true
      journal.sha ||= text(entry.sha)
      journal.state ||= text(entry.state)
      if (typeof entry.page === 'string') journal.page = entry.page
      const conclusion = text(entry.conclusion) as Conclusion
      if (text(entry.key))
        journal.ended.set(text(entry.key), { name: text(entry.name), conclusion, title: text(entry.title) })
    } catch {
      // Cut off by the end of main.
    }
  }
  return journal
}
