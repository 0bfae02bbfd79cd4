import { databaseError } from './database-error.ts'
import { framesOf } from './dbt-error.ts'
import { sqlLine } from './macro-place.ts'
import type { Lookup, Spot } from './place.ts'
import { squeeze } from './template.ts'

/** A shorter line, such as `from a`, may stand in several queries, of which one is in no file. */
const SHORTEST = 8

/**
 * Where a query stands that a macro sends while a model is compiled (`run_query`), and that the database refused: in no
 * compiled SQL. By the line that the database prints, where one of the project's files has it once, or by dbt v2's frames.
 * @param path of the model, as dbt writes it
 */
export async function querySpot(path: string, text: string, lookup: Lookup): Promise<Spot | undefined> {
  const frames = framesOf(text).filter((frame) => frame.line !== undefined)
  const called = frames.find((frame) => frame.path === path)
  const note = `in a query while ${path}${called ? `:${called.line}` : ''} is compiled`
  const wanted = squeeze(databaseError(text).printed ?? '')
  if (wanted.length >= SHORTEST) {
    const spot = await sqlLine(wanted, lookup)
    if (spot) return { ...spot, note }
  }
  for (const { path: other, line, column } of frames) {
    const file = await lookup.resolve(other)
    if (file === undefined || line === undefined) continue
    return { path: file, line, ...(column !== undefined && { column }), ...(other !== path && { note }) }
  }
  return undefined
}
