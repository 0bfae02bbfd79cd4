import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { duration } from '../../src/report/figures.ts'
import {
  bytes,
  code,
  cutBytes,
  fence,
  inert,
  link,
  literal,
  middleCut,
  oneLine,
  plain,
} from '../../src/report/text.ts'

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '::',
        '##[',
        ':',
        '#',
        '[',
        'error',
        '\n',
        '\r',
        ' ',
        '\t',
        '\u001b[31m',
        '\u001b]8;;x\u0007',
        '\u202e',
        '```',
        '`',
        '|',
        '<b>',
        '@me',
        '\u0085',
        '\ufeff',
        'é',
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join('')),
)

/** As the runner reads it: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs */
function isCommand(line: string): boolean {
  return line.trim().startsWith('::') || line.includes('##[')
}

test('escape sequences that do not end cost no more than others', { timeout: 5_000 }, () => {
  // By Node's own function 20 minutes.
  for (const piece of ['\u001b]', '\u001b\u001b]\u0007]', '\u001b];a']) plain(piece.repeat(500_000))
  expect(plain('a\u001b]8;;http://x\u0007b\u001b]8;;\u001b\\c\u001b]0;d')).toBe('abc0;d')
})

describe('inert', () => {
  test('no line of it is a workflow command', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const line of inert(text).split(/\r\n|\r|\n/)) expect(isCommand(line)).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })
  test('colours stay, other control sequences go', () => {
    expect(inert('\u001b[31mFAIL\u001b[0m \u001b[2J\u001b]0;title\u0007x')).toBe('\u001b[31mFAIL\u001b[0m x')
  })
  test('a command behind colours is broken too', () => {
    for (const line of inert('\u001b[0m::error::x\r::warning::y').split('\n')) {
      expect(isCommand(line.replaceAll('\u001b[0m', ''))).toBe(false)
    }
  })
  test('what is harmless is not touched', () => {
    for (const text of ['a::b', 'select x::int', '  indented', '# [x]', '1 of 2 OK'])
      expect(inert(text)).toBe(text)
  })
})

test('plain has no control characters, and is well formed', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
      expect(plain(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
      expect(plain(text).isWellFormed()).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('a fence is not ended by its content', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const lines = fence(text).split('\n')
      const ticks = /^`+/.exec(lines[0] ?? '')?.[0] ?? ''
      const closing = new RegExp(`^ {0,3}${ticks}\`*\\s*$`)
      expect(lines.slice(1).findIndex((line) => closing.test(line))).toBe(lines.length - 2)
    }),
    { numRuns: 2000 },
  )
})

test('inline code stays on one line and in its cell', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const result = code(text)
      expect(result).not.toContain('\n')
      expect(result.replaceAll('\\|', '')).not.toContain('|')
    }),
  )
  expect(code('a`b')).toBe('``a`b``')
  expect(code('`')).toBe('`` ` ``')
})

test('links cannot be broken out of', () => {
  expect(link('x', 'https://h/a b)c%26')).toBe('[`x`](https://h/a%20b%29c%26)')
  expect(link('x', 'https://h/a%20b')).toBe('[`x`](https://h/a%20b)')
  expect(link('x', undefined)).toBe('`x`')
})

test('hostile lengths take no time', () => {
  const started = performance.now()
  for (const unit of ['\n', ' ', ' \n', '\u001b[0m', '`', '::', '%']) {
    const text = `x${unit.repeat(60_000)}y`
    inert(text)
    fence(text)
    plain(text)
    code(text)
  }
  // Quadratic, each of them took a minute.
  expect(performance.now() - started).toBeLessThan(5000)
})

test('literal text is no Markdown and no HTML', () => {
  expect(literal('<b> [x](y) **z** @me `c` #1 GH-2 #x')).toBe(
    '&#60;b&#62; &#91;x&#93;(y) &#42;&#42;z&#42;&#42; &#64;&#8203;me &#96;c&#96; &#35;&#8203;1 GH-&#8203;2 &#35;x',
  )
})

test('literal text is no mathematics', () => {
  expect(literal("no '$.a' and '$.b'")).toBe("no '<span>$</span>.a' and '<span>$</span>.b'")
})

test('cutBytes breaks no character and is as long as it may be', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, limit) => {
      const cut = cutBytes(text, limit)
      expect(bytes(cut)).toBeLessThanOrEqual(limit)
      expect(text.startsWith(cut)).toBe(true)
      if (cut !== text) expect(bytes(cut)).toBeGreaterThan(limit - 4)
    }),
  )
})

test('the middle of a long text is left out and said so', () => {
  expect(middleCut('short', 10)).toBe('short')
  expect(middleCut(`begin${'x'.repeat(1000)}end`, 100)).toMatch(/^begin[\s\S]*characters left out[\s\S]*end$/)
})

test('one line', () => {
  expect(oneLine(' a\n\tb\u0000 ')).toBe('a b')
  expect(oneLine('x'.repeat(300), 20)).toHaveLength(20)
})

test.each([
  [0.034, '0.03 s'],
  [4.21, '4.2 s'],
  [59.4, '59 s'],
  [245, '4 min 05 s'],
  [3725, '1 h 02 min'],
])('%f seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text))
