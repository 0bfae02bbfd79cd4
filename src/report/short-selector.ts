/** A node's name as a selector, where it takes nothing but the node and what belongs to it. */
import type { ManifestNode } from '../dbt/manifest.ts'
import { testedNode } from './test-text.ts'

/** Without characters that dbt gives a meaning: https://docs.getdbt.com/reference/node-selection/syntax */
const PLAIN = /^[\p{L}\p{N}_][\p{L}\p{N}_-]*$/u

/**
 * `stg_repairs`, `bike_costs.v1`, `source:farm.feedings`; undefined where that would take another node too: a folder, a
 * package, a node of another type or another package.
 */
export function shortSelector(
  graph: ReadonlyMap<string, ManifestNode>,
  node: ManifestNode,
): string | undefined {
  if (node.resourceType === 'source') return sourceSelector(node)
  const words = node.version ? [node.name, `v${node.version}`] : [node.name]
  if (!words.every((word) => PLAIN.test(word))) return undefined
  for (const other of graph.values()) {
    if (other.resourceType !== 'source' && takes(words, other) && !belongsTo(node, other)) return undefined
  }
  return words.join('.')
}

function sourceSelector({ packageName, fqn }: ManifestNode): string | undefined {
  const words = [packageName, ...fqn.slice(-2)]
  return words.every((word) => PLAIN.test(word)) ? `source:${words.join('.')}` : undefined
}

/** The node itself, and its unit tests, which run with it. */
function belongsTo(node: ManifestNode, other: ManifestNode): boolean {
  return (
    other.uniqueId === node.uniqueId ||
    (other.resourceType === 'unit_test' && testedNode(other) === node.uniqueId)
  )
}

/**
 * Whether a selector takes a node: where its fqn ends in it, or begins with it, with the package's name or without
 * (`is_selected_node` in dbt/graph/selector_methods.py of dbt Core 1.11).
 * @param words of the selector, split at dots
 */
function takes(words: string[], { fqn, version }: ManifestNode): boolean {
  const [first] = words
  if (version ? isVersion(words, fqn) : words.length === 1 && fqn.at(-1) === first) return true
  // Cheap, for most of 10,000 nodes end here.
  if (fqn[0] !== first && fqn[1] !== first) return false
  return beginsWith(fqn, words) || beginsWith(fqn.slice(1), words)
}

/** By its model's name it takes all versions, with its own name one. */
function isVersion(words: string[], fqn: string[]): boolean {
  return (words.length === 1 && fqn.at(-2) === words[0]) || fqn.slice(-2).join('_') === words.join('_')
}

function beginsWith(fqn: string[], words: string[]): boolean {
  const parts = fqn.flatMap((part) => part.split('.'))
  return words.every((word, i) => parts[i] === word)
}
