import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from './folder.ts'

/** In characters; a write for each piece would be slow. */
const CHUNK = 256 * 1024

/**
 * Writes a file that is there as a whole or not at all, without ever holding all of it.
 * @throws Error where it cannot be written, and what `pieces` throws; an earlier file stays then
 */
export async function writeWhole(
  path: string,
  pieces: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  await makeFolder(dirname(path))
  const draft = `${path}.${process.pid}.tmp`
  const file = await open(draft, 'w')
  try {
    let waiting = ''
    for await (const piece of pieces) {
      waiting += piece
      if (waiting.length <= CHUNK) continue
      await file.writeFile(waiting)
      waiting = ''
    }
    await file.writeFile(waiting)
    await file.close()
    await rename(draft, path)
  } catch (error) {
    await file.close().catch(() => {})
    await rm(draft, { force: true })
    throw error
  }
}
