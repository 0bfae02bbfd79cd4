import type { ManifestNode } from '../dbt/manifest.ts'
import { macroNote } from './macro-place.ts'
import type { Lookup, Spot } from './place.ts'
import { readSource } from './source-files.ts'
import { type SqlPlace, sqlPlace } from './sql-place.ts'

/** What a database refused: mapped from the compiled SQL to the model, or to an ephemeral model in it. */
export async function databaseSpot(
  node: ManifestNode,
  file: string,
  text: string,
  lookup: Lookup,
): Promise<Spot | undefined> {
  const [compiled, sent, source] = [
    await lookup.compiled(node),
    await lookup.sent(node),
    await readSource(file),
  ]
  const ephemerals = await ephemeralFiles(compiled, node, lookup)
  const place = sqlPlace(text, {
    source,
    compiled,
    sent,
    ephemeral: (name) => ephemerals.get(name)?.source ?? '',
  })
  if (!place) return undefined
  const parent = place.ephemeral === '' ? undefined : ephemerals.get(place.ephemeral)
  const note = await noteOf(place, node, lookup)
  const { line, column, compiledLine } = place
  return {
    path: parent?.file ?? file,
    line,
    ...(column !== undefined && { column }),
    ...(compiledLine !== undefined && { compiledLine }),
    ...(note && { note }),
  }
}

/** The macro that wrote the line, and the model that an ephemeral one is compiled into. */
export async function noteOf(place: SqlPlace, node: ManifestNode, lookup: Lookup): Promise<string> {
  const macro = place.macro === '' ? '' : await macroNote(place.macro, place.name, lookup)
  const parent = place.ephemeral === '' ? '' : `compiled into ${node.name}`
  return [macro, parent].filter(Boolean).join(', ')
}

/** Files of the ephemeral models that stand in compiled SQL, by the name in `__dbt__cte__<name>`. */
async function ephemeralFiles(
  compiled: string,
  node: ManifestNode,
  lookup: Lookup,
): Promise<Map<string, { file: string; source: string }>> {
  const names = new Set(
    [...compiled.matchAll(/__dbt__cte__([\p{L}\p{N}_]{1,200}) as \(/gu)].map((match) => match[1] ?? ''),
  )
  const found = new Map<string, { file: string; source: string }>()
  if (names.size === 0) return found
  const sources = (await lookup.sources()).filter((path) => path.endsWith('.sql'))
  for (const name of names) {
    const isIt = (parent: ManifestNode) =>
      parent.materialized === 'ephemeral' &&
      (parent.name === name || `${parent.name}_v${parent.version}` === name)
    const known = [...lookup.graph().values()].filter(isIt)
    const parent =
      known.find(({ uniqueId }) => node.dependsOn.includes(uniqueId)) ??
      (known.length === 1 ? known[0] : undefined)
    const named = sources.filter((path) => path.endsWith(`/${name}.sql`))
    const path = parent?.originalFilePath ?? (named.length === 1 ? named[0] : undefined)
    const file = path === undefined ? undefined : await lookup.resolve(path)
    if (file !== undefined) found.set(name, { file, source: await readSource(file) })
  }
  return found
}
