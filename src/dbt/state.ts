/** Slim CI: the flags that name the project to compare with, and the one to defer to. */
import { commandName, partsOf } from './command.ts'
import { type Environment, variableOf } from './environment.ts'
import { hasSelection } from './selection.ts'

/** Folders with a manifest.json: https://docs.getdbt.com/reference/node-selection/state-selection */
export interface BaseFolders {
  /** What nodes are compared with. */
  state: string
  /** Where nodes that are not selected exist already; undefined where that is not known. */
  defer: string | undefined
}

/** Commands that compare; `clone` and `retry` have a state of their own. */
const COMPARES = new Set(['build', 'run', 'test', 'seed', 'snapshot', 'compile', 'list', 'ls'])
const DEFERS = new Set(['build', 'run', 'test', 'snapshot', 'compile'])

/** Whether a command takes a state, and has none of its own. */
function compares(words: string[], env: Environment): boolean {
  const own = partsOf(words).some(({ flag }) => flag === '--state') || variableOf(env, 'STATE') !== ''
  return COMPARES.has(commandName(words)) && !own
}

/** Whether `withState` also chooses what the command runs. */
export function selectsModified(words: string[], env: Environment): boolean {
  return compares(words, env) && !hasSelection(words)
}

/**
 * The words of a command with `--state` and `--defer`, where it has none of its own, and with a selection of what was
 * modified, where it has none. Options that the user gave, also by variables, stay as they are.
 */
export function withState(words: string[], { state, defer }: BaseFolders, env: Environment): string[] {
  if (!compares(words, env)) return words
  const name = commandName(words)
  const flags = new Set(partsOf(words).map(({ flag }) => flag))
  const isSet = (option: string) => variableOf(env, option) !== ''
  const given = ['--defer', '--no-defer', '--defer-state'].some((flag) => flags.has(flag))
  const defers = defer && DEFERS.has(name) && !given && !isSet('DEFER') && !isSet('DEFER_STATE')
  return [
    ...words,
    ...['--state', state],
    ...(defers ? ['--defer', '--defer-state', defer] : []),
    ...(hasSelection(words) ? [] : ['--select', 'state:modified+']),
  ]
}
