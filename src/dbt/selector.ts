import type { ManifestNode } from './manifest.ts'

/**
 * A selector that takes this node and no other, on both engines.
 *
 * `fqn:` alone is a prefix: it takes a model's unit tests too, and a folder of the model's name. Intersected
 * with path and resource type it is exact. https://docs.getdbt.com/reference/node-selection/methods
 */
export function selectorOf(node: ManifestNode): string {
  const { resourceType, fqn, originalFilePath, uniqueId } = node
  if (resourceType === 'source') return `source:${uniqueId.split('.').slice(1).join('.')}`
  if (resourceType === 'exposure' || resourceType === 'metric' || resourceType === 'saved_query') {
    return `${resourceType}:${fqn.join('.')}`
  }
  return `fqn:${fqn.join('.')},path:${originalFilePath},resource_type:${resourceType}`
}

/** A word as a POSIX shell takes it literally. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
