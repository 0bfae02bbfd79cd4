/** When the tests of a command run: with their nodes as dbt does it, after all nodes, or not at all. */
import { commandName, partsOf, SELECTS_BY_TYPE } from './command.ts'

export type TestBehavior = 'build' | 'after-all' | 'none'

/** For both engines; Core 1.11 and v2 take several types as one option each. */
const NO_TESTS = ['--exclude-resource-type', 'test', '--exclude-resource-type', 'unit_test']

/** Options of `build` that `test` of an engine does not take: https://docs.getdbt.com/reference/commands/test */
const BUILD_ONLY =
  /^(--(no-)?full-refresh|-f|--(no-)?empty|--sample|--no-sample|--event-time-(start|end)|--(no-)?show)$/

/** The words of `dbt test` for a `dbt build`, with the flags of that which it takes. */
export function testWords(words: string[]): string[] {
  const parts = partsOf(words)
  const name = parts.findIndex(({ flag }) => flag === 'build')
  return parts.flatMap(({ flag, words }, i) => {
    if (i === name) return ['test']
    return BUILD_ONLY.test(flag) || SELECTS_BY_TYPE.has(flag) ? [] : words
  })
}

/** The commands that a `build` becomes; any other command is as it was. */
export function withTests(words: string[], behavior: TestBehavior): string[][] {
  if (behavior === 'build' || commandName(words) !== 'build') return [words]
  const withoutTests = [...words, ...NO_TESTS]
  if (behavior === 'none') return [withoutTests]
  // The tests among the types that it chooses are chosen already.
  if (partsOf(words).some(({ flag }) => SELECTS_BY_TYPE.has(flag))) return [words]
  return [withoutTests, testWords(words)]
}
