import { describe, expect, test } from 'vitest'
import { parseCommand } from '../../src/dbt/command.ts'
import { DIALECTS, firstDialect, isRefusal, launchWords } from '../../src/dbt/dialect.ts'

const words = (line: string) =>
  DIALECTS.map((dialect) => launchWords(parseCommand(line.split(' ')), dialect).join(' '))

describe('launchWords', () => {
  test('no log file unless it is asked for', () => {
    expect(words('build')).toEqual([
      'build --log-format json --log-level debug --log-level-file none',
      'build --log-format otel --log-level info --log-level-file off',
      'build --log-format json --log-level debug --log-level-file off',
    ])
  })

  test('the log file that is asked for; Core obeys the last word, v2 refuses the first', () => {
    expect(words('build --log-level-file warn')).toEqual([
      'build --log-format json --log-level debug --log-level-file none --log-level-file warn',
      'build --log-format otel --log-level info --log-level-file warn',
      'build --log-format json --log-level debug --log-level-file warn',
    ])
  })

  test("debug messages of v2's OTEL log only where they are to be shown", () => {
    expect(words('build --debug')[1]).toBe('build --log-format otel --log-level debug --log-level-file off')
  })

  test("a user's file of the telemetry keeps its content", () => {
    const command = parseCommand(['build', '--otel-file-name', 'x.jsonl'])
    expect(firstDialect(command)).toBe('otel')
    expect(launchWords(command, 'otel').slice(1)).toEqual([
      ...['--otel-file-name', 'x.jsonl', '--log-format', 'otel', '--log-level', 'info'],
    ])
    expect(firstDialect(parseCommand(['build']))).toBe('core')
  })
})

// As dbt v2 (2.0.0-preview.196, 2.0.0-alpha.4) and dbt Core (1.8.10, 1.11.16, 1.12.6) write them.
test.each([
  ['core', "error: invalid value 'none' for '--log-level-file <LOG_LEVEL_FILE>'", true],
  ['core', "error: the argument '--log-level-file <LOG_LEVEL_FILE>' cannot be used multiple times", true],
  ['core', "Error: Invalid value for '--log-level-file': 'of' is not one of 'debug', 'info'.", false],
  ['core', "error: invalid value 'of' for '--log-level-file <LOG_LEVEL_FILE>'", false],
  ['core', "Error: Invalid value for '--select'", false],
  ['otel', "error: invalid value 'otel' for '--log-format <LOG_FORMAT>'", true],
  ['otel', "error: unexpected argument '--selectx' found", false],
  ['json', "error: invalid value 'json' for '--log-format <LOG_FORMAT>'", false],
] as const)('%s: %s', (dialect, line, refused) => expect(isRefusal(dialect, line)).toBe(refused))
