import { expect, test } from 'vitest'
import { deedsText } from '../../src/report/deeds.ts'
import { firstLine } from '../../src/report/message.ts'
import { startInvocation } from '../../src/run/commands.ts'
import { conclude, end, NEVER_STARTED } from '../../src/run/conclude.ts'
import { begin, nodeOf } from '../../src/run/run.ts'
import { BUILD } from '../run/begun.ts'

/** @param codes of the commands that ran; a command with `+` behind it ran a node */
function deedsOf(commands: string[], codes: number[] = []): string {
  const run = begin(0)
  for (const [i, line] of commands.entries()) {
    const words = line.replace('+', '').split(' ')
    startInvocation(run, { ...BUILD, words }, i).id = 'x'
    if (line.endsWith('+')) nodeOf(run, `model.shop.n${i}`).status = 'success'
    conclude(run, { ...NEVER_STARTED, exit: { code: codes[i] ?? 0, signal: null } }, i)
  }
  end(run, 9)
  return deedsText(run)
}

test.each([
  [['parse --target ci'], '`dbt parse` ran no node: it read the project and wrote `manifest.json`.'],
  [['source freshness'], '`dbt source freshness` ran no node.'],
  [['build+'], ''],
  [['debug', 'build+'], '`dbt debug` ran no node: it checked the configuration and the connection.'],
  [['seed', 'seed'], '`dbt seed` ran no node.'],
])('%j', (commands, text) => {
  expect(deedsOf(commands)).toBe(text)
})

test('a command that failed has its error instead', () => {
  expect(deedsOf(['parse'], [2])).toBe('')
})

test('what has no log has done what it printed', () => {
  const run = begin(0)
  const invocation = startInvocation(run, { ...BUILD, words: ['--profile', 'secret', '--version'] }, 0)
  invocation.lastLines.push('dbt-fusion 2.0.0')
  conclude(run, { ...NEVER_STARTED, exit: { code: 0, signal: null } }, 1)
  end(run, 1)
  expect(deedsText(run)).toBe(
    '`dbt --profile --version` ran no node. It printed:\n\n```\ndbt-fusion 2.0.0\n```',
  )
})

test.each([
  [
    'Using CPython 3.11.2 interpreter at: /usr/bin/python3\nCreating virtual environment at: .venv\n  × Failed to fetch: `https://pypi.org/simple/dbt-core/`',
    '× Failed to fetch: `https://pypi.org/simple/dbt-core/`',
  ],
  ['Internal Error\n  Could not find it', 'Could not find it'],
  [
    "Error executing materialization macro 'dbt.materialization_view_default' for model model.shop.a: Failed to eval " +
      'the compiled Jinja expression invalid operation: Compilation Error for model.shop.a from models/a.sql: This ' +
      'model has an enforced contract that failed.\nPlease ensure',
    'This model has an enforced contract that failed.',
  ],
])('the line of an error that says something', (message, line) => {
  expect(firstLine(message)).toBe(line)
})
