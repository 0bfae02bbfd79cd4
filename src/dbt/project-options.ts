import { partsOf } from './command.ts'

/** Options that `deps` and `parse` of both engines take, and that say which project is meant and how it is read. */
const OPTIONS = new Set([
  ...['--project-dir', '--profiles-dir', '--profile', '--target', '-t', '--vars'],
  ...['--target-path', '--log-path'],
])

/** The options of a command that say which project it is of, and how that is read. @param without left out of them */
export function projectOptions(words: string[], without: string[] = []): string[] {
  return partsOf(words).flatMap(({ flag, words: own }) => {
    return OPTIONS.has(flag) && !without.includes(flag) ? own : []
  })
}
