import { describe, expect, test } from 'vitest'
import { parseCommand, partsOf, splitWords } from '../../src/dbt/command.ts'
import { launchWords } from '../../src/dbt/dialect.ts'

describe('splitWords', () => {
  test.each([
    ['build', ['build']],
    [
      '  dbt   build\n  --select a b \\\n  --vars \'{"x": 1}\'',
      ['dbt', 'build', '--select', 'a', 'b', '--vars', '{"x": 1}'],
    ],
    ['--vars "{\\"a\\": \'b\'}"', ['--vars', '{"a": \'b\'}']],
    ["a''b '' \"\"", ['ab', '', '']],
    [
      'one\\ word $HOME `x` | ; & > *',
      ['one word', '$HOME', '`x`', '|', ';', '&', '>', '*'].flatMap((w) =>
        w === 'one word' ? ['one word'] : [w],
      ),
    ],
    ['"a\\nb"', ['a\\nb']],
    ['build \\\r\n -s x', ['build', '-s', 'x']],
    ['', []],
  ])('%j', (line, words) => expect(splitWords(line)).toEqual(words))

  test('a quote that is not closed is an error', () => {
    expect(() => splitWords("build --vars '{")).toThrow("the quote ' is not closed")
  })
})

test.each(['--version', 'dbt --version', '-v', '--help'])(
  '%s needs no command, and gets no flags of ours',
  (line) => {
    const command = parseCommand(splitWords(line))
    expect(command.name).toBe('')
    expect(launchWords(command, 'core')).toEqual(command.words)
  },
)

test.each([
  ['build -t prod', ['build', '-t prod']],
  ['build -tprod', ['build', '-tprod']],
  ['build -t=prod', ['build', '-t=prod']],
  ['build -xtprod --target=prod', ['build', '-x', '-tprod', '--target=prod']],
  ['build --select a b --exclude=c d -fs e', ['build', '--select a b', '--exclude=c d', '-f', '-s e']],
  ['build -sa b -x', ['build', '-sa b', '-x']],
  ['build --resource-type model test --empty', ['build', '--resource-type model test', '--empty']],
  ['build --vars -s --select', ['build', '--vars -s', '--select']],
  ['run-operation tidy --args {}', ['run-operation', 'tidy', '--args {}']],
])('the parts of %s', (line, parts) => {
  expect(partsOf(splitWords(line)).map(({ words }) => words.join(' '))).toEqual(parts)
})

test('a value is known however it is written', () => {
  const parts = ['-t prod', '-tprod', '-t=prod', '-xtprod'].map((line) => partsOf(splitWords(line)).at(-1))
  for (const part of parts) expect(part).toMatchObject({ flag: '-t', value: 'prod' })
})

describe('parseCommand', () => {
  const words = (line: string) => parseCommand(splitWords(line)).words

  test.each(['build --select a && dbt test', 'build | tee log', 'build > log 2>&1', 'build ; dbt test'])(
    'there is no shell: %s',
    (line) => {
      expect(() => parseCommand(splitWords(line))).toThrow(/no shell that could read "(&&|\||>|;)"/)
    },
  )

  test('operators within a word are its own', () => {
    expect(words('build --vars \'{a: "x && y | z"}\'')).toContain('{a: "x && y | z"}')
  })

  test('takes the leading dbt away', () => expect(words('dbt build')).toEqual(['build']))

  test('passes on what decides what dbt does', () => {
    const line =
      'build --select a+ --exclude=b --full-refresh --vars "{a: 1}" --target-path out -t ci --threads 4'
    expect(words(line)).toEqual(splitWords(line))
  })

  test.each([
    ['--log-format text build', ['build']],
    ['build --log-format=text', ['build']],
    ['build --log-level warn -s x', ['build', '-s', 'x']],
    ['build --quiet -q --no-write-json --debug -d', ['build']],
    ['build -qf', ['build', '-f']],
    ['-xd build -fs a', ['-x', 'build', '-f', '-s', 'a']],
    // The first word is a value, whatever it looks like.
    ['build --select -qf', ['build', '--select', '-qf']],
    ['build -t -df', ['build', '-t', '-df']],
    ['--no-quiet --write-json build', ['build']],
    ['build --log-level-file none', ['build']],
    ['build --log-level-file debug', ['build']],
  ])('takes out what would blind us: %s', (line, expected) => expect(words(line)).toEqual(expected))

  test('says what it took out', () => {
    const { notices } = parseCommand(['build', '--quiet', '--no-write-json', '--log-format', 'text'])
    expect(notices).toHaveLength(3)
    expect(notices.join('\n')).toMatch(/--quiet[\s\S]*--no-write-json[\s\S]*--log-format/)
  })

  test('what was asked to be shown is shown', () => {
    expect(parseCommand(['build', '--debug']).level).toBe('debug')
    expect(parseCommand(['build', '--log-level', 'warn']).level).toBe('warn')
    expect(parseCommand(['build', '-q']).level).toBe('error')
    expect(parseCommand(['build', '-fq']).level).toBe('error')
    expect(parseCommand(['build']).level).toBe('info')
  })

  test('follows the paths', () => {
    const command = parseCommand(splitWords('build --target-path=t --project-dir p --profiles-dir q'))
    expect(command).toMatchObject({ targetPath: 't', projectDir: 'p', profilesDir: 'q' })
  })

  test('remembers which files are to be written', () => {
    expect(parseCommand(['build'])).toMatchObject({ logFile: '', otelFile: false })
    expect(parseCommand(['build', '--log-level-file=info'])).toMatchObject({ logFile: 'info' })
    expect(parseCommand(['build', '--log-level-file', 'off'])).toMatchObject({ logFile: '' })
    const { otelFile, words } = parseCommand(['build', '--otel-file-name', 'x.jsonl'])
    expect([otelFile, words]).toEqual([true, ['build', '--otel-file-name', 'x.jsonl']])
  })

  test('needs a command', () =>
    expect(() => parseCommand(['dbt', '--quiet'])).toThrow('names no dbt command'))
})
