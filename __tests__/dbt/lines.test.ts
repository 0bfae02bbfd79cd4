import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineDecoder } from '../../src/dbt/lines.ts'

function decode(chunks: Buffer[]): string[] {
  const lines: string[] = []
  const decoder = lineDecoder((line) => lines.push(line))
  for (const chunk of chunks) decoder.write(chunk)
  decoder.end()
  return lines
}

test('the lines do not depend on where the chunks are cut', () => {
  const text = fc.array(fc.string({ unit: 'binary', maxLength: 20 }).map((s) => s.replace(/[\r\n]/g, '')))
  fc.assert(
    fc.property(text, fc.array(fc.nat(300)), fc.boolean(), (lines, cuts, windows) => {
      const bytes = Buffer.from(lines.map((line) => line + (windows ? '\r\n' : '\n')).join(''), 'utf8')
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort(
        (a, b) => a - b,
      )
      const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end))
      expect(decode(chunks)).toEqual(decode([bytes]))
      expect(decode([bytes])).toEqual(lines.map((line) => line.toWellFormed()))
    }),
  )
})

test('a last line without an end is a line', () => expect(decode([Buffer.from('a\nb')])).toEqual(['a', 'b']))
test('bytes that are no UTF-8 are shown as such', () => {
  expect(decode([Buffer.from([0x61, 0xff, 0x0a])])).toEqual(['a\ufffd'])
})
test('a line of 10 MB comes whole, in linear time', () => {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  const [line = ''] = decode(Array.from({ length: 160 }, () => chunk))
  expect(line.length).toBe(160 * 64 * 1024)
})
test('a line without end does not fill the memory', () => {
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  const [line = ''] = decode([...Array.from({ length: 40 }, () => chunk), Buffer.from('\nnext\n')])
  expect(line.length).toBe(32 * 1024 * 1024)
})
