import { type Frame, framesOf, jinjaLine } from './dbt-error.ts'
import { type Missing, missingName } from './missing-name.ts'
import { squeeze, unclosedBlock } from './template.ts'
import { allMatches, escaped, firstMatch, linesThat, linesWith } from './words.ts'
import { definitionLine, entryLine, pathLine, repeatedLine, sectionOf } from './yaml-entries.ts'

/**
 * The line of a file that dbt's own error is about.
 * @param source the text of the file that the error names
 * @param path as dbt writes it
 */
export function lineInFile(
  source: string,
  path: string,
  text: string,
): { line: number; column?: number } | undefined {
  const lines = source.split('\n')
  const isWithin = (line: number | undefined): line is number =>
    line !== undefined && line >= 1 && line <= lines.length
  const frame = framesOf(text).find((found) => found.path === path && isWithin(found.line) && !isStart(found))
  const opened = unendedLine(text)
  if (isWithin(opened)) return { line: opened }
  const missing = missingName(text)
  const written = missing && firstMatch(source, callWith(text, missing, source))
  // In a macro v2 counts the macro's lines and names the file that calls it.
  const isNamed = missing === undefined || written?.line === frame?.line || !passed(source, missing)
  if (frame && isWithin(frame.line) && isNamed)
    return { line: frame.line, ...(frame.column && { column: frame.column }) }
  const name = written ?? (missing && passed(source, missing))
  if (name) return name
  if (/Unexpected end of template|unexpected end of input/i.test(text)) {
    const line = unclosedBlock(source)
    if (line !== undefined) return { line }
  }
  const jinja = jinjaLine(text)
  if (jinja) {
    const same = lines.flatMap((line, i) =>
      jinja.text !== '' && squeeze(line) === jinja.text ? [i + 1] : [],
    )
    if (same.length === 1 && same[0] !== undefined) return { line: same[0] }
    if (isWithin(jinja.line)) return { line: jinja.line }
  }
  const offset = /at byte range (\d{1,9})\.\./.exec(text)?.[1]
  if (offset !== undefined)
    return { line: Buffer.from(source).subarray(0, Number(offset)).toString().split('\n').length }
  const line = /\.ya?ml$/.test(path) ? yamlLine(source, text) : undefined
  const parser = line ?? parserLine(text)
  return isWithin(parser) ? { line: parser } : undefined
}

/** A name that the file passes to a macro, which does what dbt complains of: it stands there once, in quotes. */
function passed(source: string, { name }: Missing): { line: number; column: number } | undefined {
  const quoted = new RegExp(`["'](?=${escaped(name.slice(name.lastIndexOf('.') + 1))}["'])`)
  return allMatches(source, quoted).length === 1 ? firstMatch(source, quoted) : undefined
}

/** v2 says 1:1 where it does not know. */
function isStart({ line, column }: Frame): boolean {
  return line === 1 && (column ?? 1) <= 1
}

/** Of a quote that is not closed a parser names the end of the file too; where it was opened is the place to mend. */
function unendedLine(text: string): number | undefined {
  const opened =
    /while scanning a quoted scalar(?: at|,?\s+in "<unicode string>",) line (\d{1,6})[\s\S]*unexpected end of stream|unexpected end of stream[^\n]*while scanning a quoted scalar at line (\d{1,6})/.exec(
      text,
    )
  return opened ? Number(opened[1] ?? opened[2]) : undefined
}

/** Of several calls of a macro the one with the argument that it does not take. */
function callWith(text: string, missing: Missing, source: string): RegExp {
  const keyword = /keyword argument '(\w{1,100})'/.exec(text)?.[1]
  if (keyword === undefined) return missing.pattern
  // A generic test: the entry in YAML with this argument, before another entry begins.
  const test = /^test_(\w+)$/.exec(missing.name)?.[1]
  if (test !== undefined)
    return new RegExp(`- (?=(?:\\w+\\.)?${test}:(?:(?!\\n\\s*- )[\\s\\S]){0,2000}\\b${keyword}:)`)
  const call = new RegExp(`\\b(?=${escaped(missing.name)}\\s*\\([^)]{0,2000}\\b${keyword}\\s*=)`)
  return call.test(source) ? call : missing.pattern
}

/** Errors in YAML that parses: a key that dbt does not know, two entries for one model. */
function yamlLine(source: string, text: string): number | undefined {
  const entry = /@ (\w+): \{'name': '([^'\n]{1,200})'/.exec(text)
  const way = /\bat path \[([^\n]*?)\]: /.exec(text)?.[1] ?? ''
  const keys = [...way.matchAll(/'([^']*)'|(\d+)/g)].map(([, key, index]) => key ?? Number(index))
  if (entry || keys.length > 0) return pathLine(source, entry?.[1] ?? '', entry?.[2] ?? '', keys)
  const unused = /patch with name '([^'\n]{1,200})' in the '(\w+)' section/.exec(text)
  if (unused) return definitionLine(source, unused[2] ?? '', unused[1] ?? '')
  const unusedInV2 = /Unused schema\.yml entry for (\w+) '([^'\n]{1,200})'/.exec(text)
  if (unusedInV2) {
    return definitionLine(source, sectionOf({ resourceType: unusedInV2[1] ?? '' }), unusedInV2[2] ?? '')
  }
  const unnested = /^Found top-level arguments to test `([^`\n]{1,200})` defined on '([^'\n]{1,200})'/.exec(
    text,
  )
  if (unnested) return unnestedLine(source, unnested[1] ?? '', unnested[2] ?? '')
  const twice =
    /(?:same resource named|duplicate resource definitions for \w+ named) '?([\w.-]{1,200}?)'?[. ]/.exec(
      text,
    )?.[1]
  if (twice !== undefined) return repeatedLine(source, twice) ?? entryLine(source, twice)
  const quoted =
    /\('([^'\n]{1,200})' was unexpected\)|for fixture '([^'\n]{1,200})'|having a measure `([^`\n]{1,200})`|unexpected key `"?([^`"\n]{1,200})"?`|profile named '([^'\n]{1,200})'/.exec(
      text,
    )
  const name = quoted?.slice(1).find((word) => word !== undefined)
  if (name === undefined) return undefined
  const found = linesWith(source.split('\n'), name)
  return found.length === 1 ? found[0] : undefined
}

/** Core's deprecation of arguments beside `arguments:` names the test and the model; one that has some nested is fine. */
function unnestedLine(source: string, test: string, owner: string): number | undefined {
  const from = entryLine(source, owner)
  if (from === undefined) return undefined
  const lines = source.split('\n')
  const indent = /^\s*/.exec(lines[from - 1] ?? '')?.[0].length ?? 0
  const isTest = new RegExp(`^\\s*- (?:test_name:\\s*)?["']?(?:\\w+\\.)?${escaped(test)}["']?\\s*(?::|$)`)
  const length = lines.slice(from).findIndex((line) => line.trim() !== '' && line.search(/\S/) <= indent)
  const entry = lines.slice(from, length < 0 ? undefined : from + length)
  const tests = linesThat(entry, (line) => isTest.test(line)).map((line) => from + line)
  return tests.find((line) => !/^\s*arguments:/.test(lines[line] ?? '')) ?? from
}

/** Lines of a file that YAML's or Python's parser names, the precise one last: `in "<unicode string>", line 7, column 14`. */
function parserLine(text: string): number | undefined {
  const precise = [...text.matchAll(/in "<unicode string>", line (\d{1,6}), column/g)].at(-1)?.[1]
  const rough = /Syntax error near line (\d{1,6})|\([^()\n]*, line (\d{1,6})\)/.exec(text)
  const line = precise ?? rough?.[1] ?? rough?.[2]
  return line === undefined ? undefined : Number(line)
}
