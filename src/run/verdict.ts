import { commandName } from '../dbt/command.ts'
import { isRerunnable } from '../dbt/selection.ts'
import { HOOKS_FAILED } from './attribute.ts'
import { countNodes, failedNodes, isHook } from './counts.ts'
import { NOT_STARTED, signalOf } from './exit-code.ts'
import { isUndone } from './retry.ts'
import type { Node, Run } from './run.ts'
import { ownWarnings } from './warnings.ts'

export type FailOn = 'error' | 'warn' | 'never'
export type Verdict = 'success' | 'failure' | 'cancelled'

/** What the step ends with: it follows from dbt's result and fail-on alone, whatever GitHub answered. */
export function verdict(run: Run, failOn: FailOn): Verdict {
  if (run.stoppedAt !== undefined) return 'cancelled'
  if (whatFailed(run)) return 'failure'
  if (failOn === 'never') return 'success'
  const { failed, warn } = countNodes(run)
  if (failed > 0 || isUndone(run)) return 'failure'
  const warned = warn > 0 || ownWarnings(run).length > 0 || (matchesNothing(run) && !idleText(run))
  return failOn === 'warn' && warned ? 'failure' : 'success'
}

/** How dbt itself failed, apart from nodes: whatever fail-on is, the run is a failure. */
export type DbtFailure =
  /** A signal ended it, such as SIGKILL by a system short of memory. */
  | { kind: 'signal'; signal: string }
  | { kind: 'hook'; hooks: Node[] }
  /** dbt could not be started; `error` has the reason. */
  | { kind: 'not started'; error: string }
  /** An exit code that failed nodes do not explain. @see https://docs.getdbt.com/reference/exit-codes */
  | { kind: 'exit'; code: number; error: string; command: string[] }

/** How dbt itself failed, be it after nodes had failed; undefined where it did not. */
export function whatFailed(run: Run): DbtFailure | undefined {
  const hooks = failedNodes(run).filter(isHook)
  for (const [first, last] of commandsOf(run)) {
    const invocation = run.invocations[last - 1]
    const code = invocation?.exitCode ?? 0
    if (!invocation || code === 0) continue
    const error = invocation.errors[0] ?? ''
    const signal = signalOf(code)
    if (signal) return { kind: 'signal', signal }
    // No event came: it was not found, or an input was wrong.
    if (code === NOT_STARTED && !invocation.id) return { kind: 'not started', error }
    // On Core one that fails while it is rendered ends dbt with 2, and so may one of on-run-start in 1.12.
    const byHook = (code === 1 || code === 2) && hooks.some((hook) => isWithin(hook, first, last))
    const hookError = invocation.errors.find((one) => HOOKS_FAILED.test(one))
    const explained = byHook || (code === 1 && !hookError && hasFailure(run, first, last))
    if (!explained)
      return { kind: 'exit', code, error: hookError ?? error, command: invocation.command.words }
  }
  return hooks.length > 0 ? { kind: 'hook', hooks } : undefined
}

/** The commands of the run with their retries, as the numbers of their first and last invocation. */
function commandsOf({ invocations }: Run): [first: number, last: number][] {
  const commands: [number, number][] = []
  for (const [i, { command }] of invocations.entries()) {
    const before = commands.at(-1)
    if (command.purpose === 'retry' && before) before[1] = i + 1
    else commands.push([i + 1, i + 1])
  }
  return commands
}

/** Whether a node failed in one of these invocations, and did not run again since. */
function hasFailure(run: Run, first: number, last: number): boolean {
  return failedNodes(run).some((node) => !isHook(node) && isWithin(node, first, last))
}

function isWithin({ invocation }: Node, first: number, last: number): boolean {
  return invocation >= first && invocation <= last
}

/** Whether all went well and ran no node, since the selection matches none. */
export function matchesNothing(run: Run): boolean {
  if (run.exitCode !== 0 || [...run.nodes.values()].some((node) => node.invocation > 0 && !isHook(node))) {
    return false
  }
  // Without an id dbt reported nothing, as with --help.
  return run.invocations.some(({ command, id }) => id !== '' && isRerunnable(commandName(command.words)))
}

/** What it means that a run did nothing, where that is in order, such as a pull request that modifies nothing; else empty. */
export function idleText(run: Run): string {
  if (!matchesNothing(run)) return ''
  const selecting = run.invocations.filter(({ command }) => isRerunnable(commandName(command.words)))
  const [first] = selecting
  return selecting.every(({ command }) => command.idle) ? (first?.command.idle ?? '') : ''
}
