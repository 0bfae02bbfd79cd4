import * as core from '@actions/core'
import { type JournalEntry, writeJournal } from './journal.ts'

const unwritten = new Set<string>()

/** Writes a file of ours. A full disk is said once for each of them, and changes nothing of the result. */
export function written(what: string, write: () => void): void {
  try {
    write()
  } catch (error) {
    if (unwritten.has(what)) return
    unwritten.add(what)
    core.warning(`The ${what} could not be written: ${error instanceof Error ? error.message : error}`)
  }
}

/** Adds to the journal. */
export function note(journal: string, entry: JournalEntry): void {
  written('journal', () => {
    const why = writeJournal(journal, entry)
    if (why) throw new Error(why)
  })
}
