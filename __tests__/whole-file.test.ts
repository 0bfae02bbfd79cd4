import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { writeWhole } from '../src/whole-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'whole-'))
const path = join(folder, 'deep', 'file.txt')
afterEach(() => rmSync(join(folder, 'deep'), { recursive: true, force: true }))

test('all pieces, in order, in a folder that was not there', async () => {
  const pieces = Array.from({ length: 1000 }, (_, i) => `${i} ${'é'.repeat(1000)}\n`)
  await writeWhole(path, pieces)
  expect(readFileSync(path, 'utf8')).toBe(pieces.join(''))
  expect(readdirSync(join(folder, 'deep'))).toEqual(['file.txt'])
})

test('an earlier file stays where the pieces fail', async () => {
  await writeWhole(path, ['earlier'])
  const half = async function* () {
    yield 'x'.repeat(1024 * 1024)
    throw new Error('no more')
  }
  await expect(writeWhole(path, half())).rejects.toThrow('no more')
  expect(readFileSync(path, 'utf8')).toBe('earlier')
  expect(readdirSync(join(folder, 'deep'))).toEqual(['file.txt'])
})

test('a place that is no folder', async () => {
  writeFileSync(join(folder, 'plain'), '')
  await expect(writeWhole(join(folder, 'plain', 'file.txt'), ['a'])).rejects.toThrow()
})
