import { escaped } from './words.ts'

/** A name that dbt does not know, and how it stands in a file. */
export interface Missing {
  kind: 'ref' | 'source' | 'doc' | 'env_var' | 'var' | 'macro' | 'model'
  name: string
  pattern: RegExp
}

/** What dbt misses, where it misses something. */
export function missingName(text: string): Missing | undefined {
  for (const [kind, wording] of MISSING) {
    const name = wording.exec(text)?.[1]
    if (name !== undefined) return { kind, name, pattern: writtenAs(kind, name) }
  }
  return undefined
}

/** Whether an error only follows from another: a YAML file that cannot be read defines nothing that others refer to. */
export function isConsequence(error: string, errors: string[]): boolean {
  const kind = missingName(error)?.kind
  return (kind === 'ref' || kind === 'source') && errors.some((other) => /\bYAML error: /.test(other))
}

const MISSING: [Missing['kind'], RegExp][] = [
  ['env_var', /Env var required but not provided: '([^'\n]{1,200})'/],
  ['env_var', /environment variable '([^'\n]{1,200})' not found/],
  ['var', /Required var '([^'\n]{1,200})' not found/],
  ['ref', /depends on a node named '([^'\n]{1,200})'/],
  ['ref', /\bRef '([^'\n]{1,200})' not found/],
  ['ref', /ref not found for package: [^,\n]*, model: ([\w.-]{1,200})/],
  ['ref', /\(ref\('([^'\n]{1,200})'\)\) which was not found/],
  ['source', /depends on a source named '([^'\n]{1,200})'/],
  ['source', /\bSource '([^'\n]{1,200})' not found/],
  ['source', /\(source\('([^)\n]{1,200})'\)\) which was not found/],
  ['doc', /depends on doc '([^'\n]{1,200})'/],
  ['model', /Unable to find model '([^'\n]{1,200})'/],
  ['macro', /macro '(?:dbt_macro__)?(\w{1,200})' (?:takes|not found|was not provided|got)/],
  ['macro', /(?:function|macro or function|filter|test) `?'?(\w{1,200})'?`? is unknown/],
  ['macro', /'(\w{1,200})' is undefined/],
  ['macro', /No (?:filter|test) named '(\w{1,200})'/],
]

/** How a name stands in a file, up to the name itself. */
export function writtenAs(kind: Missing['kind'], name: string): RegExp {
  const quote = '["\']'
  if (kind === 'ref' || kind === 'doc') {
    const last = name.split('.').at(-1) ?? name
    return new RegExp(
      `\\b${kind}\\s*\\(\\s*(?:${quote}[^"'\\n]{1,200}${quote}\\s*,\\s*)?${quote}(?=${escaped(last)}${quote})`,
      'i',
    )
  }
  if (kind === 'source') {
    const [source = '', ...table] = name.replace(/'\s*,\s*'/, '.').split('.')
    return new RegExp(
      `\\bsource\\s*\\(\\s*${quote}${escaped(source)}${quote}\\s*,\\s*${quote}(?=${escaped(table.join('.'))}${quote})`,
      'i',
    )
  }
  if (kind === 'env_var' || kind === 'var')
    return new RegExp(`\\b${kind}\\s*\\(\\s*${quote}(?=${escaped(name)}${quote})`)
  if (kind === 'model')
    return new RegExp(`\\bmodel:\\s*["']?(?=${escaped(name.split('.').at(-1) ?? name)}\\b)`)
  return new RegExp(`(?<![\\w."'])(?:[\\w]+\\.)?(?=${escaped(name)}\\b)`)
}
