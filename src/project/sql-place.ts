import { align, type Origin } from './align.ts'
import { compiledIndex, printedIndices } from './compiled-line.ts'
import { type DatabaseError, databaseError } from './database-error.ts'
import { type SqlPart, sqlParts } from './ephemeral.ts'
import { type Found, refine, wordOn } from './refine.ts'
import { lastPart, linesWith } from './words.ts'

/** A place in SQL as it is written. */
export interface SqlPlace extends Found {
  /** The ephemeral model whose file it is in; empty for the model's own. */
  ephemeral: string
  /** The line of the compiled SQL, where it is known. */
  compiledLine: number | undefined
}

export interface SqlTexts {
  /** The model's file. */
  source: string
  /** target/compiled; empty where there is none. */
  compiled: string
  /** target/run: what was sent, but for a comment before it; empty where there is none. */
  sent: string
  /** The source of an ephemeral model. */
  ephemeral(name: string): string
}

/**
 * Where the mistake stands that a database complains of. Databases count lines in what they were sent; it is compared
 * with the compiled SQL, and that with the model's file.
 * @returns undefined where nothing points to one line
 */
export function sqlPlace(message: string, texts: SqlTexts): SqlPlace | undefined {
  const error = databaseError(message)
  const index = compiledIndex(error, texts.compiled, texts.sent)
  const partAt = partFinder(texts)
  const place = index === undefined ? undefined : mapped(index, error, partAt)
  return place ?? byName(error, texts, partAt) ?? byText(error, texts.source)
}

/** Where there is no compiled SQL: the one line of the file that reads as the error prints it. */
function byText({ printed = '', names }: DatabaseError, source: string): SqlPlace | undefined {
  const lines = source.split('\n')
  const [index, ...others] = printedIndices(printed, lines)
  if (index === undefined || others.length > 0) return undefined
  const { column, name } = wordOn(lines, index + 1, names[0] ?? '', '')
  return { line: index + 1, column, name, macro: '', ephemeral: '', compiledLine: undefined }
}

/** A part of the compiled SQL. */
interface AlignedPart {
  part: SqlPart
  /** The lines of the file that it comes from; one empty line where there is no such file. */
  lines: string[]
  /** For each line of the part. */
  origins: (Origin | undefined)[]
}

/** Finds the part that has a line of the compiled SQL. Each is aligned once, which may take a second. */
function partFinder({ compiled, source, ephemeral }: SqlTexts): (index: number) => AlignedPart | undefined {
  const parts = sqlParts(compiled)
  const aligned = new Map<SqlPart, AlignedPart>()
  return (index) => {
    const part = parts.findLast(({ from }) => from <= index)
    const known = part && aligned.get(part)
    if (!part || known) return known
    const text = part.name === '' ? source : ephemeral(part.name)
    const found = { part, lines: text.split('\n'), origins: align(text, part.sql) }
    aligned.set(part, found)
    return found
  }
}

/** From a compiled line to the file. */
function mapped(
  index: number,
  error: DatabaseError,
  partAt: ReturnType<typeof partFinder>,
): SqlPlace | undefined {
  const found = partAt(index)
  if (!found) return undefined
  const { part, lines, origins } = found
  const origin = origins[index - part.from]
  if (!origin) return undefined
  const place = refine(lines, origin, neighbours(origins, index - part.from), error.names)
  return { ...place, ephemeral: part.name, compiledLine: index + 1 }
}

/** The lines of the template between those of the compiled lines before and after. */
function neighbours(origins: (Origin | undefined)[], index: number): [first: number, last: number] {
  const own = origins[index]?.template.line ?? 1
  const before = origins
    .slice(0, index)
    .findLast((origin) => origin !== undefined && origin.template.line < own)
  const after = origins.slice(index + 1).find((origin) => origin !== undefined && origin.template.line > own)
  return [(before?.template.line ?? 0) + 1, (after?.template.line ?? Number.POSITIVE_INFINITY) - 1]
}

/** Where no line is known: a name that stands on one line of the compiled SQL, or of the file. */
function byName(
  error: DatabaseError,
  texts: SqlTexts,
  partAt: ReturnType<typeof partFinder>,
): SqlPlace | undefined {
  const lines = texts.source.split('\n')
  for (const name of error.names) {
    if (KEYWORDS.has(name.toLowerCase())) continue
    for (const word of new Set([name, lastPart(name)])) {
      const places = new Map<string, SqlPlace>()
      for (const line of linesWith(texts.compiled.split('\n'), word)) {
        const place = mapped(line - 1, { ...error, names: [word] }, partAt)
        const key = `${place?.ephemeral}:${place?.line}`
        if (place && !places.has(key)) places.set(key, place)
        // A column may stand on each of a thousand lines.
        if (places.size > 1) break
      }
      const [only] = places.values()
      if (only && places.size === 1) return only
      const [line, ...others] = linesWith(lines, word)
      if (line !== undefined && others.length === 0 && places.size === 0)
        return { ...wordOn(lines, line, word, ''), ephemeral: '', compiledLine: undefined }
    }
  }
  return undefined
}

/** A word that a parser stumbles on stands everywhere. */
const KEYWORDS = new Set(
  'select from where group order by join left inner on and or as with union all case when then else end limit having'.split(
    ' ',
  ),
)
