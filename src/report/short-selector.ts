/** A node's name as a selector, where it takes nothing but the node and what belongs to it. */
import type { ManifestNode } from '../dbt/manifest.ts'
import { testedNode } from './test-text.ts'

type Graph = ReadonlyMap<string, ManifestNode>

/** Without characters that dbt gives a meaning: https://docs.getdbt.com/reference/node-selection/syntax */
const PLAIN = /^[\p{L}\p{N}_][\p{L}\p{N}_-]*$/u

/**
 * `stg_repairs`, `bike_costs.v1`, `source:farm.feedings`; undefined where that would take another node too: a folder, a
 * package, a node of another type or another package.
 */
export function shortSelector(graph: Graph, node: ManifestNode): string | undefined {
  if (node.resourceType === 'source') return sourceSelector(node)
  const words = node.version ? [node.name, `v${node.version}`] : [node.name]
  if (!words.every((word) => PLAIN.test(word))) return undefined
  const others = sharing(graph, words)
  return others.some((other) => takes(words, other) && !belongsTo(node, other)) ? undefined : words.join('.')
}

/** Nodes by the words with which a selector may take them: of 10,000 nodes each that failed asks. */
const byWord = new WeakMap<Graph, Map<string, ManifestNode[]>>()

/** The nodes that a selector may take: no other has its words where `takes` looks for them. */
function sharing(graph: Graph, words: string[]): ManifestNode[] {
  let index = byWord.get(graph)
  if (!index) {
    index = new Map()
    byWord.set(graph, index)
    for (const node of graph.values()) {
      if (node.resourceType === 'source') continue
      for (const word of wordsOf(node)) {
        const known = index.get(word)
        if (known) known.push(node)
        else index.set(word, [node])
      }
    }
  }
  const keys = new Set([words[0] ?? '', words.join('_')])
  return [...keys].flatMap((word) => index.get(word) ?? [])
}

function wordsOf({ fqn, version }: ManifestNode): Set<string> {
  const names = version ? [fqn.at(-2), fqn.slice(-2).join('_')] : [fqn.at(-1)]
  const beginnings = fqn.slice(0, 2).map((part) => part.split('.')[0])
  return new Set([...names, ...beginnings].filter((word) => word !== undefined))
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
  if (version ? isVersion(words, fqn) : words.length === 1 && fqn.at(-1) === words[0]) return true
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
