import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder, and those above it where they are missing; one that is there is fine.
 *
 * Not by mkdir's `recursive`, which tries for ever where a file system says of a new folder that it is not there.
 * @throws Error where it cannot be made
 */
export async function makeFolder(path: string): Promise<void> {
  if ((await tryFolder(path)) === 'made') return
  const parent = dirname(path)
  if (parent !== path) await makeFolder(parent)
  if ((await tryFolder(path)) === 'no parent')
    throw new Error(`${path} cannot be made: ${parent} is not there`)
}

async function tryFolder(path: string): Promise<'made' | 'no parent'> {
  try {
    await mkdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return 'no parent'
    if (code !== 'EEXIST') throw error
  }
  return 'made'
}
