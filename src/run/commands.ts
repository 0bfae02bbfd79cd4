/** Which dbt command a run starts next, and what its start means for the nodes. */
import { renew, restore, selectionOf, toRetry } from './retry.ts'
import { type Command, currentInvocation, type Invocation, type Run } from './run.ts'
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
    return last.exitCode === 0 && run.stoppedAt === undefined ? commands[begun] : undefined
  }
}

function nextRetry(run: Run, { command }: Invocation, delay: number): Command | undefined {
  const nodes = toRetry(run)
  const selection = nodes.length > 0 ? selectionOf(run, nodes) : undefined
  return selection && { purpose: 'retry', words: command.words, selection, delay }
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
    nodeCount: undefined,
    threads: undefined,
    processorTime: undefined,
    errors: [],
    moreErrors: 0,
    openHook: '',
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
