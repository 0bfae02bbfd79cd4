import { join } from 'node:path'
import type { Lookup } from './place.ts'
import { findOnce } from './source-files.ts'
import { linesWith } from './words.ts'

/** Where the project defines a macro; undefined where it does not, or twice. */
export async function macroPlace(
  name: string,
  lookup: Lookup,
): Promise<{ path: string; line: number } | undefined> {
  if (!/^\w{1,200}$/.test(name)) return undefined
  const definition = new RegExp(`\\{%-?\\s*macro\\s+${name}\\s*\\(`)
  const isSql = (path: string) => path.endsWith('.sql')
  return await findOnce(lookup.project, (await lookup.sources()).filter(isSql), (text) => {
    if (!text.includes(name)) return []
    return text.split('\n').flatMap((line, i) => (definition.test(line) ? [i + 1] : []))
  })
}

/**
 * "in macro x, macros/x.sql:3": the macro's line that holds the wrong name where one does, else its first.
 * Empty where the macro is not the project's own.
 */
export async function macroNote(name: string, wrong: string, lookup: Lookup): Promise<string> {
  const plain = name.slice(name.lastIndexOf('.') + 1)
  const place = await macroPlace(plain, lookup)
  if (!place) return name === '' ? '' : `in macro ${name}`
  const only = await findOnce(lookup.project, [place.path], (text) => linesWith(text.split('\n'), wrong))
  return `in macro ${name}, ${place.path}:${only?.line ?? place.line}`
}

/** The file of a macro's definition, absolute. */
export async function macroSpot(
  name: string,
  lookup: Lookup,
): Promise<{ path: string; line: number } | undefined> {
  const place = await macroPlace(name, lookup)
  return place && { path: join(lookup.project, place.path), line: place.line }
}
