import { relative } from 'node:path'
import type { Lookup, Spot } from './place.ts'
import { readSource } from './source-files.ts'
import { squeeze } from './template.ts'
import { linesThat, linesWith } from './words.ts'

/** Where the project defines a macro; undefined where it does not, or twice. */
export async function macroSpot(name: string, lookup: Lookup): Promise<Spot | undefined> {
  if (!/^\w{1,200}$/.test(name)) return undefined
  const definition = new RegExp(`\\{%-?\\s*macro\\s+${name}\\s*\\(`)
  return await lookup.once(isSql, (text) => {
    if (!text.includes(name)) return []
    return linesThat(text.split('\n'), (line) => definition.test(line))
  })
}

/**
 * "in macro x, macros/x.sql:3": the macro's line that holds the wrong name where one does, else its first.
 * Without the file where the macro is not the project's own.
 */
export async function macroNote(name: string, wrong: string, lookup: Lookup): Promise<string> {
  const spot = await macroSpot(name.slice(name.lastIndexOf('.') + 1), lookup)
  if (!spot) return `in macro ${name}`
  const [line, ...others] = linesWith((await readSource(spot.path)).split('\n'), wrong)
  const path = relative(lookup.project, spot.path).replaceAll('\\', '/')
  return `in macro ${name}, ${path}:${line !== undefined && others.length === 0 ? line : spot.line}`
}

/** The one line of the project's SQL that reads so, blanks aside. @param wanted squeezed */
export async function sqlLine(wanted: string, lookup: Lookup): Promise<Spot | undefined> {
  const isIt = (line: string) => squeeze(line) === wanted
  return await lookup.once(isSql, (source) => linesThat(source.split('\n'), isIt))
}

/** Macros and models. */
export function isSql(path: string): boolean {
  return path.endsWith('.sql')
}
