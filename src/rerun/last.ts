import { commandName, partsOf } from '../dbt/command.ts'
import { namesNodes } from '../dbt/selection.ts'
import type { Inputs } from '../inputs.ts'
import { LAST_RUN } from '../run/retry.ts'
import { continued, type Plan, planAlone } from './plan.ts'
import { readState } from './store.ts'

/**
 * What continues the last run of a project in a terminal.
 * @param folder for what is kept of a run
 * @param more options for the last command, in place of those that it has
 * @throws Error where there is none to continue, or nodes are named
 */
export async function planLast(
  inputs: Inputs,
  folder: string,
  more: string[],
): Promise<Plan | { nothing: string }> {
  if (namesNodes(more)) {
    throw new Error('rerun takes no selection: it runs the nodes of the last run that have not succeeded.')
  }
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
    words: [...without(words, more), ...more],
    selection: undefined,
  }))
  const plan = { ...planAlone(inputs), commands: again }
  const rest = saved.finished ? continued(plan, saved) : { missing: '' }
  if (!rest) return { nothing: 'The last run left nothing to run again.' }
  if ('missing' in rest) return { ...plan, notices: ['Everything runs: dbt did not finish the last time.'] }
  return { ...rest, earlier: { saved, origin: LAST_RUN, runResults } }
}

/** A command without the options that are given anew: dbt v2 takes none twice. */
function without(command: string[], given: string[]): string[] {
  const anew = new Set(partsOf(given).map(({ flag }) => flag))
  const name = commandName(command)
  let goes = false
  return partsOf(command).flatMap(({ flag, words }) => {
    // Some options take several words: --resource-type model test.
    if (flag.startsWith('-')) goes = anew.has(flag)
    return goes && flag !== name ? [] : words
  })
}
