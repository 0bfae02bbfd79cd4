/** What a failed node keeps from running. */
import { counts, isTest } from '../run/counts.ts'
import type { Node, Run } from '../run/run.ts'
import { outcome } from '../run/status.ts'
import { figure, plural } from './figures.ts'
import { displayName } from './names.ts'
import { code, firstOf, listed } from './text.ts'

export interface Blocked {
  /** Models, and all that is neither a test nor an exposure. */
  models: string[]
  tests: string[]
  exposures: string[]
}

/**
 * For each failed node what was skipped because of it, by name; one pass over the run.
 * @param of the unique_id of the only one that is asked for
 */
export function blockedByFailure(run: Run, of?: string): Map<string, Blocked> {
  const found = new Map<string, Blocked>()
  for (const node of run.nodes.values()) {
    if (node.cause === '' || (of !== undefined && node.cause !== of)) continue
    if (outcome(node.status) !== 'skipped' || !counts(node)) continue
    const blocked = found.get(node.cause) ?? { models: [], tests: [], exposures: [] }
    found.set(node.cause, blocked)
    blocked[kindOf(node)].push(displayName(run, node))
  }
  return found
}

function kindOf(node: Node): keyof Blocked {
  if (isTest(node)) return 'tests'
  return node.resourceType === 'exposure' ? 'exposures' : 'models'
}

/** `blocks 108 models, 218 tests and 1 exposure`; empty where it blocks nothing. */
export function blockedCount(blocked: Blocked | undefined): string {
  if (!blocked) return ''
  const { models, tests, exposures } = blocked
  const parts = [
    models.length > 0 ? plural(models.length, 'model') : '',
    tests.length > 0 ? plural(tests.length, 'test') : '',
    exposures.length > 0 ? plural(exposures.length, 'exposure') : '',
  ]
  return `blocks ${listed(parts.filter(Boolean))}`
}

const MOST_NAMES = 10

/** With names, the first ten of each kind, in Markdown. */
export function blockedNames({ models, tests, exposures }: Blocked): string {
  const kinds = [
    ['model', models],
    ['test', tests],
    ['exposure', exposures],
  ] as const
  const parts = kinds.map(([kind, names]) => {
    const shown = firstOf(
      names.map((name) => code(name)),
      MOST_NAMES,
    )
    return names.length > 0
      ? `${figure(names.length)} ${kind}${names.length === 1 ? '' : 's'} (${shown})`
      : ''
  })
  return listed(parts.filter(Boolean))
}
