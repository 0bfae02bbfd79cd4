/** Words in lines of code. */

/** Lines, from 1, of which this is true. */
export function linesThat(lines: string[], isIt: (line: string) => boolean): number[] {
  return lines.flatMap((line, i) => (isIt(line) ? [i + 1] : []))
}

/** Lines, from 1, that hold the word, whatever its case; a line of data is no place for a mistake. */
export function linesWith(lines: string[], word: string): number[] {
  return word.length < 1 ? [] : linesThat(lines, (line) => holds(line, word))
}

/** A name with dots may be quoted part by part. */
export function holds(line: string, word: string): boolean {
  return wordAt(line, word) >= 0 || (word.includes('.') && wordAt(line.replace(/["'`[\]]/g, ''), word) >= 0)
}

/** A longer line is data, in characters. */
export const LONGEST_CODE = 5_000

/** The index, from 0, of a word that is no part of a longer one. */
export function wordAt(line: string, word: string): number {
  if (line.length > LONGEST_CODE || word === '') return -1
  const text = line.toLowerCase()
  const wanted = word.toLowerCase()
  const isPart = (char: string | undefined) => char !== undefined && /[\p{L}\p{N}_$]/u.test(char)
  for (let i = text.indexOf(wanted); i >= 0; i = text.indexOf(wanted, i + 1)) {
    const isCut =
      (isPart(wanted[0]) && isPart(text[i - 1])) || (isPart(wanted.at(-1)) && isPart(text[i + wanted.length]))
    if (!isCut) return i
  }
  return -1
}

/** The last name of several with dots between them. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** Text as a part of a regular expression. */
export function escaped(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** The line, from 1, and the column where a pattern ends its match for the first time. */
export function firstMatch(text: string, pattern: RegExp): { line: number; column: number } | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const before = text.slice(0, match.index + match[0].length).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** All lines where a pattern matches; several matches of one line count once. */
export function allMatches(text: string, pattern: RegExp): number[] {
  const found = [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))]
  return [...new Set(found.map((match) => text.slice(0, match.index + match[0].length).split('\n').length))]
}
