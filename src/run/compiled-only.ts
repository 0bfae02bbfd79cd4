/** Nodes that a command only compiles, which dbt reports as a success. */
import { commandName } from '../dbt/command.ts'
import type { Node, Run } from './run.ts'

/** `show` also runs the query of what it selects, and tests nothing. */
const COMPILES = new Set(['compile', 'docs', 'show'])

/** Whether a node was compiled and neither built nor tested: then a success says nothing of its data. */
export function isOnlyCompiled({ invocations }: Run, { invocation }: Node): boolean {
  // 0 is an earlier run of the same commands.
  const { command } = invocations[Math.max(0, invocation - 1)] ?? {}
  return command !== undefined && COMPILES.has(commandName(command.words))
}
