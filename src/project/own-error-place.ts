import { relative } from 'node:path'
import { compileSpot } from './compile-place.ts'
import { databaseSpot } from './database-place.ts'
import { framesOf, generatedTest, jinjaLine, pathsOf, readable, yamlExcerpt } from './dbt-error.ts'
import { isSql } from './macro-place.ts'
import { type Missing, missingName } from './missing-name.ts'
import type { Lookup, Spot } from './place.ts'
import { raggedRow, seedLine } from './seed-place.ts'
import { readText } from './source-files.ts'
import { squeeze } from './template.ts'
import { allMatches, linesWith } from './words.ts'
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
    if (file !== undefined) return (await compileSpot(file, path, text, lookup)) ?? { path: file, line: 1 }
  }
  return await unnamedSpot(text, missing, lookup)
}

/** An environment variable that is not set: in the file that dbt names, else where it stands once. */
async function variableSpot(missing: Missing, text: string, lookup: Lookup): Promise<Spot | undefined> {
  const named = [...framesOf(text).map(({ path }) => path), ...pathsOf(text)]
  for (const path of named) {
    const file = await lookup.resolve(path)
    const [line] = file === undefined ? [] : allMatches(await readText(file), missing.pattern)
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
      : { path: file, line: testLine(await readText(file), node.test, node.name) }
  }
  // Without a manifest: a test that does not exist stands in YAML under its name.
  const name = missingName(text)?.name.replace(/^test_/, '')
  if (name === undefined) return undefined
  const entry = new RegExp(
    `^\\s*-?\\s*(?:test_name:\\s*)?["']?(?:[\\w]+\\.)?${name}["']?\\s*:?\\s*(?:$|#|\\{)|[\\[,]\\s*${name}\\s*[\\],]`,
  )
  return await lookup.once(isYaml, (source) =>
    source.split('\n').flatMap((line, i) => (entry.test(line) ? [i + 1] : [])),
  )
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

/** Settings that dbt refuses, and the line that holds them: the error, the file, and what stands before the value. */
const SETTINGS: [error: RegExp, files: string[], before: string][] = [
  [
    /does not have a target named '([^'\n]{1,200})'|target '([^'\n]{1,200})' not found in profile/,
    ['profiles.yml'],
    'target:',
  ],
  [
    /Could not find profile named '([^'\n]{1,200})'|Profile '([^'\n]{1,200})' not found/,
    ['dbt_project.yml'],
    'profile:',
  ],
  [
    /Could not find adapter type ['"]?([\w-]{1,100})|profiles\.yml: unknown variant `([\w-]{1,100})`/,
    ['profiles.yml'],
    'type:',
  ],
  [
    /not contain a dbt_project\.yml file: \S{0,500}?([\w.-]{1,100})\/?\s*$/m,
    ['packages.yml', 'dependencies.yml'],
    'local:',
  ],
]

async function settingSpot(text: string, lookup: Lookup): Promise<Spot | undefined> {
  for (const [error, files, before] of SETTINGS) {
    const match = error.exec(text)
    const value = match?.[1] ?? match?.[2]
    if (value === undefined) continue
    return await lookup.once(
      (path) => files.includes(path),
      (source) => {
        const lines = source.split('\n')
        return linesWith(lines, value).filter((line) => (lines[line - 1] ?? '').includes(before))
      },
    )
  }
  return undefined
}

/** YAML that does not parse, printed without its name: the one file that reads so. */
async function excerptSpot(text: string, lookup: Lookup): Promise<Spot | undefined> {
  const excerpt = yamlExcerpt(text)
  if (excerpt.size === 0) return undefined
  const file = await lookup.once(isYaml, (source) => {
    const lines = source.split('\n')
    const isIt = ([number, line]: [number, string]) => squeeze(lines[number - 1] ?? '') === squeeze(line)
    return [...excerpt].every(isIt) ? [1] : []
  })
  return file && ((await compileSpot(file.path, relative(lookup.project, file.path), text, lookup)) ?? file)
}

/** An error that names no file, but prints or names what stands in one place of the project only. */
async function unnamedSpot(
  text: string,
  missing: Missing | undefined,
  lookup: Lookup,
): Promise<Spot | undefined> {
  const yaml = await excerptSpot(text, lookup)
  if (yaml) return yaml
  const jinja = jinjaLine(text)
  if (jinja && jinja.text.length > 3) {
    const isIt = (line: string) => squeeze(line) === jinja.text
    return await lookup.once(isSql, (source) =>
      source.split('\n').flatMap((line, i) => (isIt(line) ? [i + 1] : [])),
    )
  }
  if (missing) return await lookup.once(isSql, (source) => allMatches(source, missing.pattern))
  return await seedSpot(text, lookup)
}

/** A seed that v2 does not read: only the line and the number of its values are named. */
async function seedSpot(text: string, lookup: Lookup): Promise<Spot | undefined> {
  const ragged = /incorrect number of fields for line (\d{1,7}), expected \d{1,5} got (\d{1,5})/.exec(text)
  if (!ragged) return undefined
  return await lookup.once(
    (path) => path.endsWith('.csv'),
    (csv) => {
      const line = raggedRow(csv, Number(ragged[2]))
      return line !== undefined && line === seedLine(csv, text) ? [line] : []
    },
  )
}

function isYaml(path: string): boolean {
  return /\.ya?ml$/.test(path)
}

/** All that can call Jinja. */
function isCode(path: string): boolean {
  return /\.(?:ya?ml|sql|py)$/.test(path)
}
