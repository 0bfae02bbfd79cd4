import type { Run } from '../../src/run/run.ts'
import { type About, readSavedRun, type SavedRun, savedText } from '../../src/run/saved.ts'

/** A run as a later one reads it. */
export function savedRun(run: Run, about: About): SavedRun {
  return readSavedRun(savedJson(run, about))
}

/** The text of its state.json. */
export function savedJson(run: Run, about: About): string {
  return [...savedText(run, about)].join('')
}
