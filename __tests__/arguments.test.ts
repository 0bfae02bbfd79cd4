import { expect, test } from 'vitest'
import { optionNaming, readArguments, usage } from '../src/arguments.ts'
import { INPUTS, readInputs } from '../src/inputs.ts'

test("options stand before the command, the rest is dbt's", () => {
  expect(
    readArguments([
      '--retries',
      '2',
      '--fail-on=warn',
      '--summary',
      's.md',
      'build',
      '-s',
      'a b',
      '--vars={a: 1}',
    ]),
  ).toEqual({
    inputs: {
      retries: '2',
      'fail-on': 'warn',
      checks: 'none',
      command: "'build' '-s' 'a b' '--vars={a: 1}'",
    },
    options: ['--retries', '2', '--fail-on=warn', '--summary', 's.md'],
    summary: 's.md',
    stream: undefined,
    rerun: false,
    verbose: false,
  })
  expect(readArguments(['rerun', '--threads', '4'])).toMatchObject({ rerun: true, options: [] })
  expect(readArguments(['--verbose', 'build'])).toMatchObject({
    verbose: true,
    inputs: { command: "'build'" },
    options: ['--verbose'],
  })
  expect(readArguments(['watch'])).toMatchObject({ stream: '-' })
  for (const words of [['--help'], ['-h'], ['--retries', '1', '--help']])
    expect(readArguments(words)).toBe('help')
  expect(readArguments(['--version', 'build'])).toBe('version')
})

test.for([
  [['--retrys', '2', 'build'], 'There is no option --retrys. Did you mean --retries?'],
  [['--verson'], 'There is no option --verson. Did you mean --version?'],
  [['--retries'], 'Option --retries needs a value.'],
  [
    ['--vars', '{}', 'build'],
    "--vars is not an option of dbt-watcher. If it is dbt's, it follows the command",
  ],
  [['-s', 'a', 'build'], "-s is not an option of dbt-watcher. If it is dbt's, it follows the command"],
  [
    ['--full-refresh', 'build'],
    "There is no option --full-refresh before the command. dbt's own flags follow it",
  ],
  [['biuld'], 'There is no command biuld. Did you mean build?'],
  [['build', '--verbose'], '--verbose is an option of dbt-watcher: put it before the command build.'],
  [['rerunn'], 'There is no command rerunn. Did you mean rerun?'],
  [['build', '--fail-on', 'warn'], '--fail-on is an option of dbt-watcher: put it before the command build.'],
] as const)('%j', ([words, message]) => {
  expect(() => readArguments([...words])).toThrow(message)
})

test.for([
  [[], /^There is no command\.\n\n {2}dbt-watcher \[options\] build /],
  [['--retries', '1'], /^There is no command\.\n/],
  [['--retry-tests'], /^There is no command\.\n/],
  [
    ['--html', 'build'],
    /^Option --html took "build" as its value, and no command follows\.\n\n {2}dbt-watcher /,
  ],
  [
    ['--junit', 'rerun', '--retry-tests'],
    /^Option --junit took "rerun" as its value, and no command follows\./,
  ],
  [['--html=build'], /^There is no command\.\n/],
] as const)('%j lacks the command, which is said with a short usage', ([words, message]) => {
  expect(() => readArguments([...words])).toThrow(message)
  expect(() => readArguments([...words])).toThrow(/\n\ndbt-watcher --help lists the options\.$/)
})

test.for([
  [['--retry-tests', 'build'], 'true', "'build'"],
  [['--retry-tests', 'true', 'build'], 'true', "'build'"],
  [['--retry-tests', 'false', 'build', '-s', 'a'], 'false', "'build' '-s' 'a'"],
  [['--retry-tests=true', 'build'], 'true', "'build'"],
  [['--retry-tests=false', 'build'], 'false', "'build'"],
  [['--retry-tests=', 'build'], '', "'build'"],
  [['--retry-tests', '--retries', '2', 'build'], 'true', "'build'"],
] as const)('%j: a flag needs no value', ([words, value, command]) => {
  expect(readArguments([...words])).toMatchObject({ inputs: { 'retry-tests': value, command } })
})

test('a flag is true or false', () => {
  expect(readArguments(['--retry-user-errors', 'build'])).toMatchObject({
    inputs: { 'retry-user-errors': 'true' },
  })
  expect(readArguments(['--verbose=false', 'build'])).toMatchObject({ verbose: false })
  expect(() => readArguments(['--verbose=yes', 'build'])).toThrow(
    'Option --verbose "yes": expected true or false.',
  )
})

test('what only looks like a mistake is passed on', () => {
  // A command of a newer dbt; a value; options that dbt has too; a name after the program.
  for (const words of [
    ['orchestrate'],
    ['run-operation', 'm', '--args', '--retries'],
    ['build', '--project-dir', 'x', '--profiles-dir', 'y'],
    ['dbt', 'biuld'],
    ['lint'],
  ]) {
    expect(readArguments(words)).toMatchObject({
      inputs: { command: words.map((word) => `'${word}'`).join(' ') },
    })
  }
})

test('--help lists every option with its default', () => {
  const help = usage()
  for (const [name, input] of Object.entries(INPUTS)) {
    expect(help.includes(`\n  --${name === 'report' ? 'html' : name} `), name).toBe('option' in input)
  }
  expect(help).toMatch(/--retry-delay N .*\(10\)/)
  for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
})

test('--help has one column of options, one of explanations and one of defaults', () => {
  const lines = usage()
    .split('\n')
    .filter((line) => / {2}--\S+.* {2}\w/.test(line))
  expect(lines.length).toBeGreaterThan(15)
  const explained = lines.map((line) => /^ {2}--\S+(?: [A-Z]+)? {2,}(?=\S)/.exec(line)?.[0].length)
  expect(new Set(explained).size).toBe(1)
  const defaults = lines.filter((line) => line.endsWith(')')).map((line) => line.search(/ {2}\([^ ()]+\)$/))
  expect(new Set(defaults.filter((column) => column > 0)).size).toBe(1)
})

test('--redact hides the values of further variables', () => {
  const read = readArguments(['--redact', 'DB_HOST,DB_USER', 'build'])
  if (typeof read === 'string') throw new Error(read)
  expect(readInputs((name) => read.inputs[name]).inputs.redact).toEqual(['DB_HOST', 'DB_USER'])
})

test('--help speaks of options, not of inputs or steps', () => {
  expect(usage()).not.toMatch(/\binputs?\b|\bsteps?\b/i)
})

test('messages name options, not inputs', () => {
  expect(readInputs((name) => ({ retries: 'many', command: "build '" })[name], optionNaming).wrong).toEqual([
    expect.stringMatching(/^Command "build '": /),
    expect.stringMatching(/^Option --retries "many": expected a whole number/),
  ])
})
