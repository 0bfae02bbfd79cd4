/** How to run nodes again on GitHub. */
import type { ManifestNode } from '../dbt/manifest.ts'
import { selectorOf, shellQuote } from '../dbt/selector.ts'
import type { Run } from '../run/run.ts'
import { isContinuable } from '../run/saved.ts'
import type { Subject } from './subject.ts'
import { code, fence } from './text.ts'

/** The inputs that a workflow needs so that a run by hand can continue another: docs/reruns.md. */
const NEEDED = ['rerun-of', 'commit']

/**
 * The command that continues this workflow run by hand; empty outside GitHub, and where the workflow cannot be started
 * so.
 * @param node the only one that is to run; without it, all that have not succeeded
 */
export function dispatchCommand({ dispatch }: Subject, node?: ManifestNode): string {
  const needed = node ? [...NEEDED, 'select'] : NEEDED
  if (!dispatch?.inputs || !needed.every((name) => dispatch.inputs?.includes(name))) return ''
  const { workflow, repository, runId, commit } = dispatch
  const run = `gh workflow run ${shellQuote(workflow)} --repo ${shellQuote(repository)}`
  const select = node ? ` -f ${shellQuote(`select=${selectorOf(node)}`)}` : ''
  return `${run} -f rerun-of=${runId} -f commit=${commit}${select}`
}

/** Whether this run has left something to run that another run can continue. */
export function canBeContinued(run: Run, { command }: Subject): boolean {
  // A command with a secret in it cannot be continued.
  return isContinuable(run) && !command.includes('***')
}

const DOCS =
  'https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_dispatch'

/** How to run again what has not succeeded, in Markdown; empty outside GitHub. */
export function dispatchText(subject: Subject): string {
  const { dispatch } = subject
  if (!dispatch) return ''
  const command = dispatchCommand(subject)
  if (command) return `To run the nodes that haven't succeeded:\n\n${fence(command, 'sh')}`
  const inputs = NEEDED.map((name) => code(name)).join(' and ')
  return `To run only nodes that haven't succeeded, use "Re-run failed jobs". To start such a run by hand or by a comment, add [workflow_dispatch](${DOCS}) with the inputs ${inputs} to ${code(dispatch.workflow)}.`
}
