/** A part of SQL or of a source file, and what it is; `text` is all that needs no colour. */
export interface Token {
  kind: 'text' | 'keyword' | 'string' | 'number' | 'comment' | 'jinja'
  text: string
}

const KEYWORDS = new Set(
  `all and any as asc between by case cast create cross desc distinct else end except exists extract false filter first
  following from full group having if ilike in inner insert intersect interval into is join last lateral left like limit
  materialized merge not null nulls offset on or order outer over partition pivot preceding qualify range replace right
  row rows select set table temp temporary then true unbounded union unnest update using values view when where window
  with within`.split(/\s+/),
)

/** Longer texts are shown without colours, in characters. */
const LONGEST = 40_000

const PARTS =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?\*\/)|(?<jinja>\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\{#[\s\S]*?#\})|(?<string>'(?:[^'\n]|'')*')|(?<number>\b\d+(?:\.\d+)?\b)|(?<word>[A-Za-z_]\w*)/g

/** Splits SQL into parts for colouring; together they are the text again. */
export function tokens(sql: string): Token[] {
  if (sql.length > LONGEST) return [{ kind: 'text', text: sql }]
  const parts: Token[] = []
  let end = 0
  for (const match of sql.matchAll(PARTS)) {
    const kind = kindOf(match)
    if (kind === 'text') continue
    if (match.index > end) parts.push({ kind: 'text', text: sql.slice(end, match.index) })
    parts.push({ kind, text: match[0] })
    end = match.index + match[0].length
  }
  if (end < sql.length) parts.push({ kind: 'text', text: sql.slice(end) })
  return parts
}

function kindOf({ groups = {} }: RegExpMatchArray): Token['kind'] {
  if (groups.word !== undefined) return KEYWORDS.has(groups.word.toLowerCase()) ? 'keyword' : 'text'
  const kinds = ['comment', 'jinja', 'string', 'number'] as const
  return kinds.find((kind) => groups[kind] !== undefined) ?? 'text'
}
