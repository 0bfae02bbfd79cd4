/** Wordings of what is wrong, `%` for the name. */
const WORDINGS = [
  // DuckDB
  'does not have a column named %',
  'Referenced (?:column|table) % not found',
  '(?:Table|View|Type|Schema|\\w{1,50} Function) with name % does not exist',
  'Ambiguous reference to (?:column name|table) %',
  'CTE|table % has \\d+ columns',
  // Postgres, Redshift; Snowflake "Object 'X' does not exist or not authorized."
  'missing FROM-clause entry for table %',
  'invalid reference to FROM-clause entry for table %',
  'column reference % is ambiguous',
  '(?:column|relation|function|type|schema|table|object|view|operator) %[^\\n]{0,200}? (?:does not exist|must appear in|already exists)',
  'invalid input syntax for (?:type )?[\\w ]+: %',
  // Snowflake
  "invalid identifier '?%",
  "ambiguous column name '?%",
  'Unknown (?:user-defined )?function:? %',
  'unexpected %',
  // BigQuery
  'Unrecognized name: %',
  'Name % not found inside',
  'Function not found: %',
  'Type not found: %',
  'Column name % is ambiguous',
  'references column % which is neither grouped',
  'Not found: (?:Table|Dataset) (?:[\\w-]+:)?%',
  'Unexpected (?:keyword|identifier) %',
  // Databricks and Spark
  'parameter with name % cannot be resolved',
  'table or view % cannot be found',
  'Cannot resolve (?:routine|function|column name) %',
  'cannot resolve %',
  'Undefined function: %',
  'Table or view not found: %',
  'Reference % is ambiguous',
  'The expression % is neither',
  // Trino and Athena
  'Column % cannot be resolved',
  'Table % does not exist',
  'Function % not registered',
  'Unknown type: %',
  "mismatched input '?%",
  // ClickHouse, SQL Server, MySQL, Oracle, SQLite
  'failed at position \\d+ \\(%',
  'Missing columns: %',
  'Unknown (?:table expression identifier|expression identifier|expression|identifier|function|column) %',
  'Invalid (?:column|object) name %',
  'Incorrect syntax near (?:the keyword )?%',
  '(?:is not a recognized|recognized) [\\w ]*function name:? %',
  // Only from the beginning of a word: each of 20,000 characters of a blob would be tried.
  '(?<![\\w$"\'`-])%: invalid identifier',
  'no such (?:column|table|function): %',
  'table % has no column named',
  // dbt v2
  'Materialization macro not found for materialization: %',
  // all
  'syntax error at or near %',
  'syntax error,? (?:near|at|around) %',
  '\\bnear %',
  "Could not convert string '%",
]

/** The wordings with a name as databases quote it, or bare; with dots in it for a table. @param letter what a name is made of */
function patternsOf(letter: string, flags: string): RegExp[] {
  const part = `[${letter}$-]{1,100}`
  const name = `["'\`\\[]*(${part}(?:["'\`\\]]*\\.["'\`\\[]*${part}){0,3})["'\`\\]]*`
  return WORDINGS.map((wording) => new RegExp(wording.replace('%', name), flags))
}

const PATTERNS = patternsOf('\\w', 'i')

/** For names with other letters; made where an error has some, since they take V8 forty times as long to compile. */
let widePatterns: RegExp[] | undefined

function patternsFor(text: string): RegExp[] {
  if (!/[^ -~\s]/.test(text)) return PATTERNS
  widePatterns ??= patternsOf('\\p{L}\\p{N}_', 'iu')
  return widePatterns
}

/** What an error offers instead of what is wrong; "Candidate bindings" are names of innocent columns. */
const OFFERS =
  /\b(?:Candidate (?:bindings|tables|functions|macros)|Did you mean|Possible (?:columns|alternatives)|Maybe you meant|Similar [\w ]*names?|Perhaps you meant|Expecting|Either add it|Accepted columns|Existing columns|Available columns|HINT)\b[^\n]*/gi

/** The names that an error is about, the likeliest first; none that it offers instead. */
export function culprits(text: string): string[] {
  const told = text
    .replace(OFFERS, '')
    .replace(/^== SQL[\s\S]*/m, '')
    .replace(/^[ \t]*LINE \d+:.*$/gm, '')
  const found = patternsFor(told).flatMap((wording) => {
    const match = wording.exec(told)
    return match?.[1] === undefined ? [] : [{ name: match[1], at: match.index }]
  })
  const named = found.sort((a, b) => a.at - b.at).map(({ name }) => name)
  // No wording that is known: what the error quotes first.
  const quoted = [...told.matchAll(/["'`]([\p{L}\p{N}_$]{3,100})["'`]/gu)]
    .slice(0, 2)
    .map((match) => match[1] ?? '')
  const names = (named.length > 0 ? named : quoted).map((name) => name.replace(/["'`[\]]/g, ''))
  return [...new Set(names)].filter((name) => name !== '').slice(0, 5)
}
