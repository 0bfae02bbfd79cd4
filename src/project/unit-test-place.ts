import type { ManifestNode } from '../dbt/manifest.ts'
import { noteOf } from './database-place.ts'
import { missingName } from './missing-name.ts'
import type { Lookup, Spot } from './place.ts'
import { readSource } from './source-files.ts'
import { sqlPlace } from './sql-place.ts'
import { firstMatch, linesWith } from './words.ts'
import { entryLines } from './yaml-entries.ts'

/** A unit test's entry, or the line in it that is wrong, or the model's where the database refuses its SQL. */
export async function unitTestSpot(
  node: ManifestNode,
  file: string,
  yaml: string,
  text: string,
  lookup: Lookup,
): Promise<Spot> {
  const entry = entryLines(yaml, 'unit_tests', node.name)
  if (!entry) return { path: file, line: 1 }
  const [first, last] = entry
  const lines = yaml.split('\n').slice(first - 1, last)
  const missing = missingName(text)
  const written = missing && firstMatch(lines.join('\n'), missing.pattern)
  if (written) return { path: file, line: first - 1 + written.line, column: written.column }
  const column = /Invalid column name: '([^'\n]{1,200})'/.exec(text)?.[1]
  const named = column === undefined ? [] : linesWith(lines, column)
  if (named[0] !== undefined) return { path: file, line: first - 1 + named[0] }
  return (await testedSpot(node, text, lookup)) ?? { path: file, line: first }
}

/** The line of the tested model, where the error prints a line that the model wrote. */
async function testedSpot(node: ManifestNode, text: string, lookup: Lookup): Promise<Spot | undefined> {
  if (!/^[ \t]*LINE \d{1,6}: /m.test(text)) return undefined
  for (const id of node.dependsOn) {
    const model = lookup.graph().get(id)
    const file = model?.resourceType === 'model' && (await lookup.resolve(model.originalFilePath))
    if (!model || !file) continue
    const compiled = (await lookup.compiled(model)) || (await lookup.compiled(node))
    const place = sqlPlace(text, { source: await readSource(file), compiled, sent: '', ephemeral: () => '' })
    if (place?.ephemeral !== '' || (place.compiledLine ?? place.column) === undefined) continue
    const note = [`found by unit test ${node.name}`, await noteOf(place, node, lookup)]
      .filter(Boolean)
      .join(', ')
    return { path: file, line: place.line, ...(place.column && { column: place.column }), note }
  }
  return undefined
}
