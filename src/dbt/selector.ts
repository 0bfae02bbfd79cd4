import type { ManifestNode } from './manifest.ts'

/**
 * A selector that takes this node and no other, on both engines, with `--indirect-selection empty`.
 *
 * `fqn:` alone takes every node whose fqn begins so, and ignores the package; a wildcard in it makes both engines
 * compare to the end, and a class of one character is a wildcard that means just itself. `path:` is of no use:
 * it is sought in the root project, so a package's nodes are not found, nor on Fusion a generic test, whose
 * path is then a generated file. https://docs.getdbt.com/reference/node-selection/methods
 *
 * A character that has a meaning for dbt becomes `?`, which any character fits. More than the node is taken
 * where others differ from it in such a character alone; with generic tests of one given name on one parent;
 * and on Fusion with the unit test of a model's latest version, on which it makes the other versions' depend.
 */
export function selectorOf(node: ManifestNode): string {
  const { resourceType, fqn, packageName, uniqueId } = node
  const type = `resource_type:${resourceType}`
  if (resourceType === 'source') return `${sourceOf(node)},${type}`
  const own = `fqn:${anchored(fqn.join('.'))},package:${plain(packageName || idParts(uniqueId)[0] || '')},${type}`
  const parent = parentOf(node)
  return parent ? `${own},${parent}+1` : own
}

const EXACT =
  /^(?:fqn:[^\s,]+,(?:package|path):[^,]+,resource_type:\w+(?:,(?:fqn|source):[^\s,]+\+1)?|source:[^\s,]+,resource_type:source)$/

/** Whether each of these names one node, as `selectorOf` does, so that tests are not to be added to them. */
export function isExact(words: string[]): boolean {
  return words.length > 0 && words.every((word) => EXACT.test(word))
}

/** Selects what `resultsOf` names, together with `--state` and the folder where that is `run_results.json`. */
export const RESULTS_SELECTOR = 'result:error'

/**
 * A run_results.json for a folder of its own, by which `RESULTS_SELECTOR` takes exactly these nodes by their
 * ids, whatever their names and however many: dbt compares each selector with each node, about 0.1 s for one
 * selector in 6,000 nodes on both engines, and a command line holds some thousands.
 * Fusion takes it only with `command` and `which` among the args.
 * https://docs.getdbt.com/reference/node-selection/methods#result
 */
export function resultsOf(uniqueIds: Iterable<string>): string {
  const metadata = {
    dbt_schema_version: 'https://schemas.getdbt.com/dbt/run-results/v6.json',
    dbt_version: '1.11.0',
    generated_at: '1970-01-01T00:00:00.000000Z',
    invocation_id: '00000000-0000-0000-0000-000000000000',
    env: {},
  }
  const results = Array.from(uniqueIds, (unique_id) => ({
    unique_id,
    status: 'error',
    timing: [],
    thread_id: '',
    execution_time: 0,
    adapter_response: {},
    message: null,
    failures: null,
    compiled: null,
    compiled_code: null,
    relation_name: null,
  }))
  return JSON.stringify({
    metadata,
    results,
    elapsed_time: 0,
    args: { command: 'build', which: 'build' },
  })
}

/** A word as a POSIX shell takes it literally. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** A parent, for nodes whose fqn is not theirs alone: unit tests of a versioned model, tests given a name. */
function parentOf({ resourceType, name, version, dependsOn, test }: ManifestNode): string {
  const attached = test && dependsOn.includes(test.attachedNode) ? test.attachedNode : ''
  const parent = attached || dependsOn[0]
  if (!parent) return ''
  const shared = resourceType === 'unit_test' ? version !== '' : test && !isGenerated(name, test.name, parent)
  if (!shared) return ''
  const [pkg = '', ...rest] = idParts(parent)
  // The names of a source may hold dots, and their edges cannot be told from its id.
  if (parent.startsWith('source.')) return `source:${pkg}.*`
  return `fqn:*.${plain(rest.join('.'))}`
}

/** Whether dbt itself made this name, of the test's and of what it tests: `not_null_orders_order_id`. */
function isGenerated(name: string, test: string, parent: string): boolean {
  const letters = (text: string) => text.replace(/[\W_]/g, '')
  const kind = test.slice(test.lastIndexOf('.') + 1)
  return letters(name).includes(letters(kind + idParts(parent).slice(1).join('')))
}

/** The package, and what follows it: `model.shop.cages.v1` → shop, cages, v1. */
function idParts(uniqueId: string): string[] {
  return uniqueId.split('.').slice(1)
}

/** `source:` takes three parts, so a dot within one must not be seen. */
function sourceOf({ packageName, fqn }: ManifestNode): string {
  return `source:${[packageName, ...fqn.slice(-2)].map((part) => plain(part).replaceAll('.', '?')).join('.')}`
}

function plain(text: string): string {
  return text.replace(/[^\p{L}\p{N}\p{M}_.-]/gu, '?')
}

function anchored(fqn: string): string {
  const text = plain(fqn)
  return text.includes('?') ? text : text.replace(/[^.](?=\.*$)/u, '[$&]')
}
