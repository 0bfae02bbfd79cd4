/** When the tests of a command run: with their nodes as dbt does it, after all nodes, or not at all. */
import { commandName, partsOf } from './command.ts'

export type TestBehavior = 'build' | 'after-all' | 'none'

/** For both engines; Core 1.11 and v2 take several types as one option each. */
const NO_TESTS = ['--exclude-resource-type', 'test', '--exclude-resource-type', 'unit_test']

/** Options of `build` that choose resource types: then the tests among them are already chosen. */
const TYPES = /^--(exclude-)?resource-types?$/

/**
 * Options of `build` that `test` of an engine does not take: https://docs.getdbt.com/reference/commands/test
 * A type that is chosen is another reason not to split a command.
 */
const BUILD_ONLY =
  /^(--(no-)?full-refresh|-f|--(no-)?empty|--sample|--no-sample|--event-time-(start|end)|--(no-)?show)$/

/** The commands that a `build` becomes; any other command is as it was. */
export function withTests(words: string[], behavior: TestBehavior): string[][] {
  if (behavior === 'build' || commandName(words) !== 'build') return [words]
  const parts = partsOf(words)
  const withoutTests = [...words, ...NO_TESTS]
  if (behavior === 'none') return [withoutTests]
  if (parts.some(({ flag }) => TYPES.test(flag))) return [words]
  const name = parts.findIndex(({ flag }) => flag === 'build')
  const test = parts.flatMap(({ flag, words }, i) => {
    if (i === name) return ['test']
    return BUILD_ONLY.test(flag) ? [] : words
  })
  return [withoutTests, test]
}
