/** How Windows starts dbt; the lookup and the quoting are functions, so that they are tested everywhere. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startableOnWindows } from '../../src/dbt/windows.ts'

const ENV = { PATH: 'C:\\Python\\Scripts;C:\\pyenv\\shims', PATHEXT: '.COM;.EXE;.BAT;.CMD;.PY' }

function start(words: string[], files: string[], env: Record<string, string> = ENV) {
  return startableOnWindows(words, 'C:\\work\\shop', env, (path) => files.includes(path))
}

test.for<[string, string[], string]>([
  ['dbt', ['C:\\Python\\Scripts\\dbt.EXE', 'C:\\pyenv\\shims\\dbt.BAT'], 'C:\\Python\\Scripts\\dbt.EXE'],
  ['dbt.exe', ['C:\\pyenv\\shims\\dbt.exe'], 'C:\\pyenv\\shims\\dbt.exe'],
  [
    '.venv/Scripts/dbt',
    ['C:\\work\\shop\\.venv\\Scripts\\dbt.EXE'],
    'C:\\work\\shop\\.venv\\Scripts\\dbt.EXE',
  ],
  ['D:\\dbt', ['D:\\dbt.EXE'], 'D:\\dbt.EXE'],
  // A name with a dot is no extension.
  ['dbt-1.10', ['C:\\Python\\Scripts\\dbt-1.10.EXE'], 'C:\\Python\\Scripts\\dbt-1.10.EXE'],
  // Not found: Node says so.
  ['dbt', [], 'dbt'],
])('%s in %j: %s', ([program, files, found]) => {
  expect(start([program, 'build', 'a b'], files)).toEqual({
    program: found,
    args: ['build', 'a b'],
    windowsVerbatimArguments: false,
  })
})

test('the variables are found in any case, and PATHEXT has a default', () => {
  expect(start(['dbt'], ['D:\\bin\\dbt.EXE'], { Path: 'D:\\bin' }).program).toBe('D:\\bin\\dbt.EXE')
})

test('a batch file is started by cmd.exe', () => {
  const words = ['dbt', 'build', '--vars', '{"day": "100%", a: C:\\}']
  expect(start(words, ['C:\\pyenv\\shims\\dbt.BAT'], { ...ENV, ComSpec: 'C:\\cmd.exe' })).toEqual({
    program: 'C:\\cmd.exe',
    args: [
      ...['/e:ON', '/v:OFF', '/d', '/s', '/c'],
      '""C:\\pyenv\\shims\\dbt.BAT" "build" "--vars" "{""day"": ""100%%cd:~,%"", a: C:\\}""',
    ],
    windowsVerbatimArguments: true,
  })
  expect(() => start(['dbt', 'a\nb'], ['C:\\pyenv\\shims\\dbt.BAT'])).toThrow('line break')
})

test('whatever a word holds, it stays one word, and cmd.exe sees nothing but quoted text', () => {
  const word = fc
    .array(fc.oneof(fc.constantFrom('"', '\\', '%', '&', '|', '^', '!', ' ', '%PATH%', '<'), fc.string()))
    .map((parts) => parts.join('').replace(/[\r\n\0]/g, ''))
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const { args } = start(['dbt', ...words], ['C:\\pyenv\\shims\\dbt.BAT'])
      const line = (args.at(-1) ?? '').slice(1, -1)
      // cmd.exe: each quote turns quoting on or off, and outside of it there are only blanks.
      expect(line.replace(/"[^"]*"/g, '')).toMatch(/^ *$/)
      // `%cd:~,%` is an empty part of the current folder; no other variable is named.
      const expanded = line.replaceAll('%%cd:~,%', '\0')
      expect(expanded).not.toContain('%')
      expect(argvOf(expanded.replaceAll('\0', '%')).slice(1)).toEqual(words)
    }),
  )
})

/** https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments, for words that are all quoted. */
function argvOf(line: string): string[] {
  const words: string[] = []
  for (let i = 0; i < line.length; ) {
    if (line[i] === ' ') {
      i++
      continue
    }
    let word = ''
    i++
    while (i < line.length) {
      const [slashes = ''] = /^\\*/.exec(line.slice(i)) ?? []
      const quote = line[i + slashes.length] === '"'
      word += '\\'.repeat(quote ? slashes.length / 2 : slashes.length)
      i += slashes.length
      if (!quote) word += line[i++] ?? ''
      else if (line[i + 1] === '"') {
        word += '"'
        i += 2
      } else {
        i++
        break
      }
    }
    words.push(word)
  }
  return words
}
