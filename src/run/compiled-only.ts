/** Nodes that a command only compiles, which dbt reports as a success. */
import { commandName } from '../dbt/command.ts'
import type { Node, Run } from './run.ts'

/** `show` also runs the query of what it selects, and tests nothing. */
const COMPILES = new Set(['compile', 'docs', 'show'])

/** By the words of a command: each of 10,000 nodes asks for its own, and they are read as dbt reads them. */
const compiling = new WeakMap<string[], boolean>()

/** Whether a node was compiled and neither built nor tested: then a success says nothing of its data. */
export function isOnlyCompiled({ invocations }: Run, { invocation }: Node): boolean {
  // 0 is an earlier run of the same commands.
  const { command } = invocations[Math.max(0, invocation - 1)] ?? {}
  if (!command) return false
  const { words } = command
  const known = compiling.get(words) ?? COMPILES.has(commandName(words))
  compiling.set(words, known)
  return known
}
