import { join } from 'node:path'
import { type Excerpt, excerpt } from './excerpt.ts'
import type { Place } from './place.ts'
import { readSource } from './source-files.ts'

/**
 * The lines around a place; undefined where its file cannot be read, or has no such line.
 * @param repository its root, where the path of a place starts
 * @param hide hides secrets; applied to the whole file, since one may span lines
 */
export async function readExcerpt(
  repository: string,
  place: Place,
  hide: (text: string) => string,
): Promise<Excerpt | undefined> {
  const source = await readSource(join(repository, place.path))
  if (source === '') return undefined
  const found = excerpt(hide(source), place)
  return place.line < found.first + found.lines.length ? found : undefined
}
