import { framesOf, macrosOf } from './dbt-error.ts'
import { lineInFile } from './file-line.ts'
import { isSql, macroNote } from './macro-place.ts'
import { missingName } from './missing-name.ts'
import type { Lookup, Spot } from './place.ts'
import { readSource } from './source-files.ts'
import { allMatches, firstMatch } from './words.ts'

/** Whether dbt refused to compile, rather than a database to run. */
export function isCompileError(text: string): boolean {
  const refused =
    /Compilation Error|Parsing Error|JinjaError|MacroSyntaxInvalid|DependencyNotFound|Failed to (?:render|eval|parse)|(?:Ref|Source) '[^'\n]*' not found|YAML error/
  return refused.test(text) && !/^[ \t]*LINE \d{1,6}: /m.test(text)
}

/**
 * Where a file is wrong that does not compile: the very line, or where a macro that it calls raised the error the
 * line of the call. A name that only a macro holds is looked for there.
 * @param file absolute
 * @param path as dbt writes it
 * @returns undefined where the error names no line
 */
export async function compileSpot(
  file: string,
  path: string,
  text: string,
  lookup: Lookup,
): Promise<Spot | undefined> {
  const source = await readSource(file)
  const inner = await innerSpot(file, path, source, text, lookup)
  if (inner) return inner
  const line = lineInFile(source, path, text) ?? callLine(source, text)
  return line && { path: file, ...line, ...(await noteOf(path, text, lookup)) }
}

/** A macro's line, where the name that is missing stands in the macro and not in the file that calls it. */
async function innerSpot(
  file: string,
  path: string,
  source: string,
  text: string,
  lookup: Lookup,
): Promise<Spot | undefined> {
  const missing = missingName(text)
  if (!missing || missing.kind === 'env_var' || firstMatch(source, missing.pattern)) return undefined
  const [frame] = framesOf(text)
  const inFrame = frame && frame.path !== path && (await lookup.resolve(frame.path))
  const called = framesOf(text).find((outer) => outer.path === path)
  const note = `called by ${path}${called?.line ? `:${called.line}` : ''}`
  if (inFrame && inFrame !== file && frame.line !== undefined) {
    return { path: inFrame, line: frame.line, ...(frame.column && { column: frame.column }), note }
  }
  if (missing.kind !== 'macro' && missing.kind !== 'var') return undefined
  const isMacro = (source: string, name: string) =>
    /\{%-?\s*(?:macro|test|materialization)\b/.test(source) || name.startsWith('macros/')
  const once = await lookup.once(isSql, (other, name) =>
    isMacro(other, name) ? allMatches(other, missing.pattern) : [],
  )
  return once && { ...once, note }
}

/** The first call of a macro that raised the error. */
function callLine(source: string, text: string): { line: number; column: number } | undefined {
  for (const { name } of macrosOf(text).reverse()) {
    const call = firstMatch(source, new RegExp(`(?<![\\w"'])(?:\\w+\\.)?(?=${name}\\s*\\()`))
    if (call) return call
  }
  return undefined
}

async function noteOf(path: string, text: string, lookup: Lookup): Promise<{ note?: string }> {
  const [frame] = framesOf(text)
  if (frame && frame.path !== path && (await lookup.resolve(frame.path)))
    return { note: `in ${frame.path}:${frame.line ?? 1}` }
  const own = macrosOf(text).find(({ path: file }) => !/^dbt_packages\//.test(file))
  const note = own ? await macroNote(own.name, '', lookup) : ''
  // A macro of dbt itself is nothing to look into.
  return note.includes(':') ? { note } : {}
}
