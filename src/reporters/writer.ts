import { reasonOf } from '../reason.ts'

/**
 * Writes files whose loss changes nothing of the result, as on a full disk; it is reported once for each of them.
 * @param warn is given the sentence
 */
export function writer(warn: (sentence: string) => void): (what: string, write: () => void) => void {
  const unwritten = new Set<string>()
  return (what, write) => {
    try {
      write()
    } catch (error) {
      if (!unwritten.has(what)) warn(`The ${what} could not be written: ${reasonOf(error)}`)
      unwritten.add(what)
    }
  }
}
