/** Which dbt command a run starts next, and what its start means for the nodes. */
import { isNetworkError } from '../dbt/packages.ts'
import { failedNodes } from './counts.ts'
import { renew, restore, selectionOf, toRetry } from './retry.ts'
import { type Command, currentInvocation, type Invocation, type Run, retryOf } from './run.ts'
import { WAITING } from './status.ts'

/** The next command of a run, given what happened so far; undefined where none follows. */
export type NextCommand = (run: Run) => Command | undefined

/**
 * Commands in a row, each with its retries. One that fails is the last.
 * @param retryDelay before each retry, in milliseconds
 */
export function commandsInOrder(commands: Command[], retryDelay: number): NextCommand {
  return (run) => {
    const last = currentInvocation(run)
    if (!last) return commands[0]
    const retry = nextRetry(run, last, retryDelay)
    if (retry) return retry
    const begun = run.invocations.filter(({ command }) => command.purpose !== 'retry').length
    const ended = last.exitCode === 0 && run.stoppedAt === undefined && !leavesFailure(run)
    return ended ? commands[begun] : undefined
  }
}

/**
 * Whether the current command leaves a node that failed, though dbt ended well: a retry runs only what may go better, so
 * that it does not see a failed test; and a node of an earlier run may not have run at all.
 */
function leavesFailure(run: Run): boolean {
  const { invocations } = run
  const first = invocations.findLastIndex(({ command }) => command.purpose !== 'retry')
  const asked = new Set(invocations[first]?.command.selection?.ids)
  return failedNodes(run).some(({ uniqueId, invocation }) => invocation > first || asked.has(uniqueId))
}

function nextRetry(run: Run, last: Invocation, delay: number): Command | undefined {
  const { command } = last
  if (isDeps(run)) return isWorthAnother(run, last) ? { ...command, purpose: 'retry', delay } : undefined
  const nodes = toRetry(run)
  const selection = nodes.length > 0 ? selectionOf(run, nodes) : undefined
  return selection && { purpose: 'retry', words: command.words, selection, delay }
}

/** How many of the user's commands never began, since one before them failed or the run was stopped. */
export function neverBegun({ commands, invocations, finishedAt }: Run): number {
  const begun = invocations.filter(({ command }) => command.purpose === 'command').length
  return finishedAt === undefined ? 0 : Math.max(0, commands.length - begun)
}

/** How often packages are installed again where the network failed. */
export const DEPS_RETRIES = 2

/** Whether the current command installs packages. */
function isDeps({ invocations }: Run): boolean {
  return invocations.findLast(({ command }) => command.purpose !== 'retry')?.command.purpose === 'deps'
}

function isWorthAnother(run: Run, { exitCode, errors, lastLines }: Invocation): boolean {
  if (exitCode === 0 || run.stoppedAt !== undefined) return false
  return retryOf(run, run.invocations.length) < DEPS_RETRIES && [...errors, ...lastLines].some(isNetworkError)
}

/**
 * Begins an invocation; nodes that its selection names wait to run again.
 * @param at milliseconds since the epoch
 */
export function startInvocation(run: Run, command: Command, at: number): Invocation {
  const invocation: Invocation = {
    command,
    id: '',
    engine: '',
    product: '',
    version: '',
    adapter: '',
    nodeCount: undefined,
    threads: undefined,
    processorTime: undefined,
    errors: [],
    moreErrors: 0,
    openHook: '',
    refusedHooks: [],
    hookError: undefined,
    warnings: [],
    lastLines: [],
    marked: [],
    startedAt: at,
    finishedAt: undefined,
    exitCode: undefined,
    complete: false,
    runResultsPath: '',
    manifestPath: '',
    unread: [],
  }
  run.invocations.push(invocation)
  for (const id of command.selection?.ids ?? []) {
    const node = run.nodes.get(id)
    if (!node) continue
    renew(run, node)
    node.status = WAITING
  }
  return invocation
}

/** Takes back an invocation whose dbt was never started: the run was stopped before. */
export function withdrawInvocation(run: Run): void {
  for (const node of run.nodes.values()) if (node.status === WAITING) restore(node)
  run.invocations.pop()
}
