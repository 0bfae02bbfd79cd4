import { expect, test } from 'vitest'
import { splitWords } from '../../src/dbt/command.ts'
import { type TestBehavior, withTests } from '../../src/dbt/test-behavior.ts'

const NO_TESTS = '--exclude-resource-type test --exclude-resource-type unit_test'

const rows: [behavior: TestBehavior, line: string, commands: string[]][] = [
  ['build', 'build --select a+', ['build --select a+']],
  ['none', 'dbt build -s a', [`dbt build -s a ${NO_TESTS}`]],
  ['none', 'run', ['run']],
  [
    'after-all',
    '--fail-fast build --select a+ build --full-refresh --target ci --vars {x: 1}',
    [
      `--fail-fast build --select a+ build --full-refresh --target ci --vars {x: 1} ${NO_TESTS}`,
      '--fail-fast test --select a+ build --target ci --vars {x: 1}',
    ],
  ],
  [
    'after-all',
    'build -fx --empty --sample "3 days" --event-time-start 2026-01-01 --exclude b',
    [
      `build -fx --empty --sample "3 days" --event-time-start 2026-01-01 --exclude b ${NO_TESTS}`,
      'test -x --exclude b',
    ],
  ],
  ['after-all', 'build -f', [`build -f ${NO_TESTS}`, 'test']],
  // The tests among the types are chosen already.
  ['after-all', 'build --resource-type model', ['build --resource-type model']],
  ['after-all', 'test', ['test']],
]

test.each(rows)('%s: %s', (behavior, line, commands) => {
  expect(withTests(splitWords(line), behavior)).toEqual(commands.map(splitWords))
})
