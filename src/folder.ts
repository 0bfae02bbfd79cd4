import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder, and the two above it where they are missing; one that is there is fine.
 *
 * Not by mkdir's `recursive`, which tries for ever where a file system says of a new folder that it is not there.
 * @throws Error where it cannot be made
 */
export async function makeFolder(path: string, depth = 3): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || depth <= 1) throw error
    await makeFolder(dirname(path), depth - 1)
    await mkdir(path)
  }
}
