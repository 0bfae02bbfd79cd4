import { compileSpot } from './compile-place.ts'
import { databaseSpot } from './database-place.ts'
import { framesOf, generatedTest, pathsOf, readable } from './dbt-error.ts'
import { type Missing, missingName } from './missing-name.ts'
import type { Lookup, Spot } from './place.ts'
import { settingSpot } from './setting-place.ts'
import { readSource } from './source-files.ts'
import { isYaml, unnamedSpot } from './unnamed-place.ts'
import { allMatches, escaped, linesThat } from './words.ts'
import { testLine } from './yaml-tests.ts'

/**
 * Where an error of dbt itself should be edited: the file and line that it names, else the one place of the project
 * that it can be about.
 * @returns undefined where no file of the repository is named or found
 */
export async function errorSpot(message: string, lookup: Lookup): Promise<Spot | undefined> {
  const text = readable(message)
  const missing = missingName(text)
  if (missing?.kind === 'env_var') return await variableSpot(missing, text, lookup)
  const generated = generatedTest(text)
  if (generated !== undefined) return await generatedSpot(generated, text, lookup)
  const compiled = await compiledFileSpot(text, lookup)
  if (compiled) return compiled
  const setting = await settingSpot(text, lookup)
  if (setting) return setting
  for (const path of [
    ...framesOf(text)
      .map(({ path }) => path)
      .reverse(),
    ...pathsOf(text),
  ]) {
    const file = await lookup.resolve(path)
    if (file === undefined) continue
    const spot = await compileSpot(file, path, text, lookup)
    return spot ?? { path: file, line: (missing && entryLine(await readSource(file), missing)) ?? 1 }
  }
  return await unnamedSpot(text, missing, lookup)
}

/** The one line of a YAML file that describes what there is not, such as the model of a test: `- name: gone`. */
function entryLine(source: string, { name }: Missing): number | undefined {
  const entry = new RegExp(`^\\s*-?\\s*name:\\s*["']?${escaped(name)}["']?\\s*(?:#|$)`)
  const [line, ...others] = linesThat(source.split('\n'), (line) => entry.test(line))
  return others.length === 0 ? line : undefined
}

/** An environment variable that is not set: in the file that dbt names, else where it stands once. */
async function variableSpot(missing: Missing, text: string, lookup: Lookup): Promise<Spot | undefined> {
  const named = [...framesOf(text).map(({ path }) => path), ...pathsOf(text)]
  for (const path of named) {
    const file = await lookup.resolve(path)
    const [line] = file === undefined ? [] : allMatches(await readSource(file), missing.pattern)
    if (file !== undefined && line !== undefined) return { path: file, line }
  }
  return await lookup.once(isCode, (source) =>
    source.includes(missing.name) ? allMatches(source, missing.pattern) : [],
  )
}

/** A file that v2 generated for a generic test stands for the test's entry. */
async function generatedSpot(generated: string, text: string, lookup: Lookup): Promise<Spot | undefined> {
  for (const node of lookup.graph().values()) {
    if (!node.test || node.path !== generated) continue
    const file = await lookup.resolve(node.originalFilePath)
    return file === undefined
      ? undefined
      : { path: file, line: testLine(await readSource(file), node.test, node.name) }
  }
  // Without a manifest: a test that does not exist stands in YAML under its name, and what it refers to as it is.
  const missing = missingName(text)
  if (missing?.kind === 'ref' || missing?.kind === 'source')
    return await lookup.once(isYaml, (source) => allMatches(source, missing.pattern))
  if (!missing) return undefined
  const name = escaped(missing.name.replace(/^test_/, ''))
  const entry = new RegExp(
    `^\\s*-?\\s*(?:test_name:\\s*)?["']?(?:[\\w]+\\.)?${name}["']?\\s*:?\\s*(?:$|#|\\{)|[\\[,]\\s*${name}\\s*[\\],]`,
  )
  return await lookup.once(isYaml, (source) => linesThat(source.split('\n'), (line) => entry.test(line)))
}

/** A line of compiled SQL, `--> target/compiled/shop/models/x.sql:5:3`, is one of the node's file. */
async function compiledFileSpot(text: string, lookup: Lookup): Promise<Spot | undefined> {
  const [, path = '', line = '', column = '1'] =
    /--> target\/(?:compiled|run)\/([^\s:]{1,500}):(\d{1,6})(?::(\d{1,6}))?/.exec(text) ?? []
  for (const node of path === '' ? [] : lookup.graph().values()) {
    if (node.originalFilePath === '' || !`/${path}`.endsWith(`/${node.originalFilePath}`)) continue
    const file = await lookup.resolve(node.originalFilePath)
    const printed = (await lookup.compiled(node)).split('\n')[Number(line) - 1] ?? ''
    // In the form of a database that prints its line, which is looked up in the same way.
    const prefix = `LINE ${line}: `
    const message = `${text.slice(0, text.indexOf('-->'))}\n${prefix}${printed}\n${' '.repeat(prefix.length + Number(column) - 1)}^`
    return file === undefined ? undefined : await databaseSpot(node, file, message, lookup)
  }
  return undefined
}

/** All that can call Jinja. */
function isCode(path: string): boolean {
  return /\.(?:ya?ml|sql|py)$/.test(path)
}
