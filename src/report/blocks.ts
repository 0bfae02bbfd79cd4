/** What a failed node keeps from running. */
import { counts, isTest } from '../run/counts.ts'
import type { Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import { plural } from './figures.ts'
import { displayName } from './names.ts'
import { code, firstOf, listed } from './text.ts'

/** By what they are called, such as `model` or `test`: the names of those that do not run. */
export type Blocked = Map<string, string[]>

/**
 * For each failed node what was skipped because of it, by name; one pass over the run.
 * @param of the unique_id of the only one that is asked for
 */
export function blockedByFailure(run: Run, of?: string): Map<string, Blocked> {
  const found = new Map<string, Blocked>()
  for (const node of run.nodes.values()) {
    if (node.cause === '' || (of !== undefined && node.cause !== of)) continue
    if (outcome(node.status) !== 'skipped' || !counts(node)) continue
    const blocked = found.get(node.cause) ?? new Map<string, string[]>()
    found.set(node.cause, blocked)
    const kind = isTest(node) ? 'test' : node.resourceType.replaceAll('_', ' ')
    const names = blocked.get(kind) ?? []
    blocked.set(kind, names)
    names.push(displayName(run, node))
  }
  return found
}

/** Models first; tests and exposures, which build nothing, last. */
const ORDER = ['model', '', 'test', 'exposure']

function inOrder(blocked: Blocked): [kind: string, names: string[]][] {
  const place = (kind: string) => ORDER.indexOf(ORDER.includes(kind) ? kind : '')
  return [...blocked].sort(([a], [b]) => place(a) - place(b))
}

/** `blocks 108 models, 218 tests and 1 exposure`; empty where it blocks nothing. */
export function blockedCount(blocked: Blocked | undefined): string {
  if (!blocked || blocked.size === 0) return ''
  return `blocks ${listed(inOrder(blocked).map(([kind, names]) => kindText(kind, names)))}`
}

function kindText(kind: string, names: string[]): string {
  return plural(names.length, kind, kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}s`)
}

const MOST_NAMES = 10

/** With names, the first ten of each kind, in Markdown. */
export function blockedNames(blocked: Blocked): string {
  const parts = inOrder(blocked).map(([kind, names]) => {
    const shown = firstOf(
      names.map((name) => code(name)),
      MOST_NAMES,
    )
    return `${kindText(kind, names)} (${shown})`
  })
  return listed(parts)
}
