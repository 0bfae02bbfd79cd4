import { partsOf } from '../dbt/command.ts'
import type { Inputs } from '../inputs.ts'
import { LAST_RUN } from '../run/retry.ts'
import { continued, type Plan, planAlone } from './plan.ts'
import { readState } from './store.ts'

/**
 * What continues the last run of a project in a terminal.
 * @param folder for what is kept of a run
 * @param more words that are added to the last command
 * @throws Error where there is none to continue
 */
export async function planLast(
  inputs: Inputs,
  folder: string,
  more: string[],
): Promise<Plan | { nothing: string }> {
  const state = await readState(folder)
  if ('missing' in state) {
    throw new Error(`There is no run to continue: ${folder} should hold its state, but ${state.missing}.`)
  }
  const { saved, runResults } = state
  const { commands } = saved.about
  if (commands.flat().some((word) => word.includes('***'))) {
    throw new Error('The last command held a secret, which is not stored: run it again by hand.')
  }
  const again = commands.map((words) => ({
    words: [...words, ...without(more, words)],
    selection: undefined,
  }))
  const plan = { ...planAlone(inputs), commands: again }
  const rest = saved.finished ? continued(plan, saved) : { missing: '' }
  if (!rest) return { nothing: 'The last run left nothing to run again.' }
  if ('missing' in rest) return { ...plan, notices: ['Everything runs: dbt did not finish the last time.'] }
  return { ...rest, earlier: { saved, origin: LAST_RUN, runResults } }
}

/** Options that the command has already, such as the --target-path by which its state was found. */
function without(words: string[], command: string[]): string[] {
  const known = new Set(partsOf(command).map(({ flag }) => flag))
  return partsOf(words).flatMap((part) => (known.has(part.flag) ? [] : part.words))
}
