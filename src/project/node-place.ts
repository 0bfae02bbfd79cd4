import type { ManifestNode } from '../dbt/manifest.ts'
import { compileSpot, isCompileError } from './compile-place.ts'
import { constraintViolation, contractMismatch } from './contract.ts'
import { databaseSpot } from './database-place.ts'
import { readable } from './dbt-error.ts'
import { hookSpot } from './hook-place.ts'
import type { Lookup, Spot } from './place.ts'
import { pythonLine } from './python-place.ts'
import { querySpot } from './query-place.ts'
import { seedLine } from './seed-place.ts'
import { readSource } from './source-files.ts'
import { unitTestSpot } from './unit-test-place.ts'
import { linesWith } from './words.ts'
import { columnLine, constraintLine, definitionLine, sectionOf, sourceLine } from './yaml-entries.ts'
import { testLine } from './yaml-tests.ts'

/** Defined by name in YAML rather than by a file of their own. */
const IN_YAML = new Set(['exposure', 'saved_query', 'semantic_model', 'metric'])

/**
 * Where a node is written and should be edited.
 * @param file the node's file, absolute
 * @param message what dbt says of it; empty for a test that found rows
 */
export async function nodeSpot(
  node: ManifestNode,
  file: string,
  message: string,
  lookup: Lookup,
): Promise<Spot> {
  const text = readable(message)
  const source = await readSource(file)
  const inFile = (line: number | undefined): Spot => ({ path: file, line: line ?? 1 })
  if (node.test) return inFile(genericTestLine(source, node, text))
  if (node.resourceType === 'source') return inFile(sourceLine(source, node.uniqueId))
  if (node.resourceType === 'unit_test') return await unitTestSpot(node, file, source, text, lookup)
  if (IN_YAML.has(node.resourceType) || /\.ya?ml$/.test(file)) {
    return inFile(definitionLine(source, sectionOf(node), node.name))
  }
  if (node.resourceType === 'seed') return inFile(seedLine(source, text))
  if (file.endsWith('.py')) {
    const line = pythonLine(source, message)
    if (line !== undefined) return inFile(line)
  }
  const found =
    (await contractSpot(node, file, text, lookup)) ??
    (await constraintSpot(node, text, lookup)) ??
    (isCompileError(text) ? await compileSpot(file, node.originalFilePath, text, lookup) : undefined) ??
    (await databaseSpot(node, file, text, lookup)) ??
    (await querySpot(node.originalFilePath, text, lookup)) ??
    (await hookSpot(node, file, text, lookup))
  return found ?? inFile(node.resourceType === 'snapshot' ? blockLine(source, 'snapshot', node.name) : 1)
}

/** v2 names the line of a test, `(models/schema.yml:7:13)`; only where the entry itself is not found. */
function genericTestLine(yaml: string, node: ManifestNode, text: string): number {
  const line = node.test ? testLine(yaml, node.test, node.name) : 1
  if (line > 1) return line
  const named = /\(([^\s():]{1,500}):(\d{1,6}):\d{1,6}\)/.exec(text)
  return named?.[1] === node.originalFilePath ? Number(named[2]) : line
}

/** The column's entry in YAML; a column that the contract lacks stands in the SQL alone. */
async function contractSpot(
  node: ManifestNode,
  file: string,
  text: string,
  lookup: Lookup,
): Promise<Spot | undefined> {
  const mismatch = contractMismatch(text)
  if (!mismatch) return undefined
  if (mismatch.isExtra) {
    const lines = linesWith((await readSource(file)).split('\n'), mismatch.column)
    if (lines.length === 1 && lines[0] !== undefined) return { path: file, line: lines[0] }
  }
  const yaml = node.patchPath === '' ? undefined : await lookup.resolve(node.patchPath)
  if (yaml === undefined) return undefined
  const properties = await readSource(yaml)
  const line = columnLine(properties, node, mismatch.column)
  return { path: yaml, line: line ?? definitionLine(properties, sectionOf(node), node.name) }
}

/** The entry in YAML of a constraint that rows violate: the column that has nulls, or the expression of a check. */
async function constraintSpot(node: ManifestNode, text: string, lookup: Lookup): Promise<Spot | undefined> {
  const violation = constraintViolation(text)
  const yaml = violation && node.patchPath ? await lookup.resolve(node.patchPath) : undefined
  if (!violation || yaml === undefined) return undefined
  const { column, expression } = violation
  const properties = await readSource(yaml)
  const line = column ? columnLine(properties, node, column) : constraintLine(properties, node, expression)
  return line === undefined ? undefined : { path: yaml, line }
}

/** The line of a Jinja block such as `{% snapshot orders %}`, which is not the first where a file has several. */
function blockLine(source: string, keyword: string, name: string): number {
  const index = source.split('\n').findIndex((line) => {
    const match = /\{%-?\s*(\w+)\s+(\w+)/.exec(line.slice(0, 1000))
    return match?.[1] === keyword && match[2] === name
  })
  return index + 1 || 1
}
