import { align, type Origin } from './align.ts'
import { compiledIndex, printedIndices } from './compiled-line.ts'
import { type DatabaseError, databaseError } from './database-error.ts'
import { sqlParts } from './ephemeral.ts'
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
  if (index !== undefined) {
    const place = mapped(index, error, texts)
    if (place) return place
  }
  return byName(error, texts) ?? byText(error, texts.source)
}

/** Where there is no compiled SQL: the one line of the file that reads as the error prints it. */
function byText({ printed = '', names }: DatabaseError, source: string): SqlPlace | undefined {
  const lines = source.split('\n')
  const [index, ...others] = printedIndices(printed, lines)
  if (index === undefined || others.length > 0) return undefined
  const { column, name } = wordOn(lines, index + 1, names[0] ?? '', '')
  return { line: index + 1, column, name, macro: '', ephemeral: '', compiledLine: undefined }
}

/** From a compiled line to the file. */
function mapped(index: number, error: DatabaseError, texts: SqlTexts): SqlPlace | undefined {
  const part = sqlParts(texts.compiled).findLast(({ from }) => from <= index)
  if (!part) return undefined
  const source = part.name === '' ? texts.source : texts.ephemeral(part.name)
  if (source === '') return undefined
  const origins = align(source, part.sql)
  const origin = origins[index - part.from]
  if (!origin) return undefined
  const lines = source.split('\n')
  const found = refine(lines, origin, neighbours(origins, index - part.from), error.names)
  const compiledLine = index + 1
  return { ...found, ephemeral: part.name, compiledLine }
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
function byName(error: DatabaseError, texts: SqlTexts): SqlPlace | undefined {
  for (const name of error.names) {
    if (KEYWORDS.has(name.toLowerCase())) continue
    for (const word of new Set([name, lastPart(name)])) {
      const compiled = linesWith(texts.compiled.split('\n'), word)
      const places = compiled.flatMap((line) => mapped(line - 1, { ...error, names: [word] }, texts) ?? [])
      const distinct = new Set(places.map(({ ephemeral, line }) => `${ephemeral}:${line}`))
      if (distinct.size === 1 && places[0]) return places[0]
      const inSource = linesWith(texts.source.split('\n'), word)
      if (inSource.length === 1 && inSource[0] !== undefined && distinct.size === 0) {
        const found = wordOn(texts.source.split('\n'), inSource[0], word, '')
        return { ...found, ephemeral: '', compiledLine: undefined }
      }
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
