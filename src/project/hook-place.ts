import type { ManifestNode } from '../dbt/manifest.ts'
import { databaseError } from './database-error.ts'
import type { Lookup, Spot } from './place.ts'
import { readSource } from './source-files.ts'
import { readTemplate, squeeze } from './template.ts'
import { holds, LONGEST_CODE, linesThat } from './words.ts'

/** In characters; a shorter line, such as `select 1`, may stand in a hook by chance. */
const SHORTEST = 12

/**
 * Where a hook of a node stands that the database refused: in the node's own `config()`, else in YAML, mostly
 * dbt_project.yml. By the line that the database prints; else by the name that is wrong, where the node's SQL has no such
 * name. Undefined where several hooks fit: many nodes share one, but it is written once.
 * @param file the node's, absolute
 * @param text what dbt says
 */
export async function hookSpot(
  node: ManifestNode,
  file: string,
  text: string,
  lookup: Lookup,
): Promise<Spot | undefined> {
  const fits = await ruleOf(node, text, lookup)
  if (!fits) return undefined
  const lines = (await readSource(file)).split('\n')
  const hook = lines.findIndex((line) => /\b(pre|post)_hook\b/.test(line))
  const [line, ...others] = hook < 0 ? [] : linesThat(lines.slice(hook), fits)
  if (line !== undefined) return others.length > 0 ? undefined : { path: file, line: hook + line }
  const found = (await lookup.hooks()).flatMap(({ path, text, lines }) => {
    const [first] = lines
    const best = lines.find((each) => fits(each.text)) ?? (fits(text) ? first : undefined)
    return best ? [{ path, line: best.line }] : []
  })
  const [spot, ...rest] = found
  return spot && rest.length === 0 ? { ...spot, note: `in a hook of ${node.originalFilePath}` } : undefined
}

/** What tells a line of the hook; undefined where the error says too little. */
async function ruleOf(
  node: ManifestNode,
  text: string,
  lookup: Lookup,
): Promise<((line: string) => boolean) | undefined> {
  const { printed, names } = databaseError(text)
  const wanted = squeeze(printed ?? '').replace(/^\.\.\.|\.\.\.$/g, '')
  if (wanted.length >= SHORTEST) return (line) => squeeze(line).includes(wanted) || isTemplateOf(line, wanted)
  const [name] = names
  const sql = `${await lookup.compiled(node)}\n${await lookup.sent(node)}`
  // Of a node that was not compiled there is no telling.
  const isForeign =
    sql.trim() !== '' && name !== undefined && !sql.split('\n').some((line) => holds(line, name))
  return isForeign && name.length > 2 ? (line) => holds(line, name) : undefined
}

/** Whether the texts between the tags of a line, in YAML's quotes or not, are in what it was rendered to. */
function isTemplateOf(line: string, rendered: string): boolean {
  if (line.length > LONGEST_CODE) return false
  const bare = line.replace(/^\s*(?:- |[\w+-]+:)*\s*["']?|["']?,?\s*$/g, '')
  const { pieces = [], length = 0, tagged } = readTemplate(bare).lines[0] ?? {}
  if (!tagged || length < SHORTEST) return false
  let at = 0
  return pieces.every((piece) => {
    const found = rendered.indexOf(piece, at)
    at = found + piece.length
    return found >= 0
  })
}
