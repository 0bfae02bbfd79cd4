/**
 * Compiled SQL in parts: the ephemeral models that dbt put in front of it as `__dbt__cte__<name>`, and the model's own.
 * https://docs.getdbt.com/docs/build/materializations#ephemeral
 */
export interface SqlPart {
  /** The ephemeral model; empty for the model's own part. */
  name: string
  /** Its lines; the first and the last may be parts of lines. */
  sql: string
  /** The index of its first line in the whole. */
  from: number
}

/** Names of files may have any letters. */
const CTE = /__dbt__cte__([\p{L}\p{N}_]{1,200}) as \($/u

/** The parts of compiled SQL, the model's own last. */
export function sqlParts(compiled: string): SqlPart[] {
  const parts: SqlPart[] = []
  let start = 0
  if (compiled.includes('__dbt__cte__')) {
    for (const { open, close } of topLevel(compiled)) {
      const name = CTE.exec(compiled.slice(Math.max(0, open - 230), open + 1))?.[1]
      if (name === undefined) continue
      parts.push({ name, sql: compiled.slice(open + 1, close), from: lineAt(compiled, open + 1) })
      start = close + 1
    }
  }
  return [
    ...parts,
    { name: '', sql: ownPart(compiled.slice(start), start > 0), from: lineAt(compiled, start) },
  ]
}

/** dbt Core joins the model's own `with` to its list; v2 wraps the model into a subquery. */
function ownPart(sql: string, isJoined: boolean): string {
  if (!isJoined) return sql
  const wrapper = /--EPHEMERAL-SELECT-WRAPPER-(?:START\nselect \* from \(|END\n\))/g
  return sql
    .replace(wrapper, (found) => found.replace(/[^\n]/g, ''))
    .replace(/^\s*,\s*/, (found) => `${found.replace(/[^\n]/g, '')}with `)
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length - 1
}

/** The outermost pairs of parentheses, none in strings or comments. */
function* topLevel(sql: string): Generator<{ open: number; close: number }> {
  let depth = 0
  let open = 0
  const token = /'(?:[^'\\]|\\.|'')*'|"[^"]*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\/|[()]/g
  for (const { 0: text, index } of sql.matchAll(token)) {
    if (text === '(' && depth++ === 0) open = index
    if (text === ')' && depth > 0 && --depth === 0) yield { open, close: index }
  }
}
