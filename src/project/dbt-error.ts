import { squeeze } from './template.ts'

/** What dbt itself says: Jinja and YAML that it refuses, names that it does not know. */

/** A place that dbt names. */
export interface Frame {
  path: string
  line: number | undefined
  column: number | undefined
}

/** An error says what is wrong early, in characters; it bounds the work of all patterns here. */
const LONGEST_ERROR = 20_000

/** The message without colours, as far as anything is looked for in it. */
export function readable(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of terminals begin with it
  const text = message.slice(0, LONGEST_ERROR).replace(/\u001b\[[\d;]*m/g, '')
  return text.replace(FILE_PATH, '$1/$2')
}

/** How Core names the file of some errors: `FilePath(searched_path='models', relative_path='a/b.yml', …)`. */
const FILE_PATH =
  /FilePath\(searched_path='([^'\n]{1,300})', relative_path='([^'\n]{1,300})'[^)\n]{0,1000}\)/g

/**
 * Places that dbt v2 names, the innermost first: `--> models/x.sql:4:6`, `--> models/x.sql`, and from the outermost
 * `(in models/x.sql:3:10)`. Not those in files that dbt generated or brings along.
 */
export function framesOf(text: string): Frame[] {
  const arrows = [...text.matchAll(ARROW)]
  const ins = [...text.matchAll(/\(in ([^\n:()]{1,500}):(\d{1,6}):(\d{1,6})\)/g)].reverse()
  const frames = [...arrows, ...ins].map(([, path = '', line, column]) => ({
    path: path.replace(/^\.\//, ''),
    line: line === undefined ? undefined : Number(line),
    column: column === undefined ? undefined : Number(column),
  }))
  return frames.filter(({ path }) => !/^(run|target|dbt_packages|dbt_internal_packages)\/|^</.test(path))
}

/** A path may have spaces; then only its end tells how far it goes. */
const ARROW =
  /--> ([^\n:]{1,500}?\.(?:sql|ya?ml|py|csv|md)(?=[:)\s]|$)|[^\s:]{1,500})(?::(\d{1,6}))?(?::(\d{1,6}))?/g

/** Files below target/ that v2 generated for a generic test: `--> target/generic_tests/x.sql:1:1`. */
export function generatedTest(text: string): string | undefined {
  return /\bgeneric_tests\/([^\s:/()]{1,300}\.sql)/.exec(text)?.[1]
}

/** The chain of macros that Core prints: `> in macro x (macros/x.sql)`, `> called by macro y (…)`; innermost first. */
export function macrosOf(text: string): { name: string; path: string }[] {
  const chain = text.matchAll(/^[ \t]*> (?:in|called by) macro (\w{1,200}) \(([^\n()]{1,500})\)/gm)
  return [...chain].map(([, name = '', path = '']) => ({ name, path }))
}

/** Paths that Core names beside a message, in its order; some are relative to a folder of `model-paths`. */
export function pathsOf(text: string): string[] {
  // Without spaces first: with them, words before a path may look like its beginning.
  return [...new Set(['\\s', '\\n'].flatMap((none) => pathsWithout(none, text)))]
}

function pathsWithout(none: string, text: string): string[] {
  const file = `([^${none}'"\`()@:]{1,500}?\\.(?:sql|ya?ml|py|csv|md))(?!\\w)`
  const wordings = [
    `Error (?:in|reading) [^\\n(]{0,300}\\(${file}\\)`,
    `Error reading [\\w-]+: ${file}`,
    `(?:config given|encountered|problem|error|unit test '[^'\\n]*'|unit tests|Error) in ${file}`,
    `\\(${file}(?:, line \\d+)?\\)`,
    `^[ \\t]*- (?:[\\w.]+ \\()?${file}`,
    `specified in ${file}`,
    `of file '${file}`,
  ]
  return wordings.flatMap((wording) =>
    [...text.matchAll(new RegExp(wording, 'gm'))].map((match) => match[1] ?? ''),
  )
}

/** A Jinja error of Core: `line 10` and the text of it, which counts in the file or in a macro alone. */
export function jinjaLine(text: string): { line: number; text: string } | undefined {
  const match = /^[ \t]*line (\d{1,6})[ \t]*(?:\n([^\n]*))?$/m.exec(text)
  return match ? { line: Number(match[1]), text: squeeze(match[2] ?? '') } : undefined
}

/** The excerpt that Core prints of YAML that does not parse, by line: `5  |   columns:`. */
export function yamlExcerpt(text: string): Map<number, string> {
  const lines = text.matchAll(/^[ \t]*(\d{1,6})[ \t]*\| ?(.*)$/gm)
  return new Map([...lines].map(([, number, line = '']) => [Number(number), line]))
}
