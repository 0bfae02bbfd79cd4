/** How dbt is started for each command of a run. */
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commandName } from './dbt/command.ts'
import type { Environment } from './dbt/environment.ts'
import { depsFor, lacksPackages } from './dbt/packages.ts'
import { type Project, projectOf } from './dbt/project.ts'
import { type RunDbtOptions, runDbt } from './dbt/run-dbt.ts'
import { MOST_SELECTORS, reselect, reselectByFile, type Selection } from './dbt/selection.ts'
import { resultsOf } from './dbt/selector.ts'
import { makeFolder } from './folder.ts'
import type { Inputs, Naming } from './inputs.ts'
import { reasonOf } from './reason.ts'
import type { PlannedCommand } from './rerun/plan.ts'
import type { Run } from './run/run.ts'
import type { Watch } from './watch.ts'

export interface ProjectOptions {
  workspace: string
  env: Environment
  naming: Naming
  /** What becomes of the words of a command before dbt gets them. */
  adapted(words: string[]): string[]
}

/** How dbt is to be started for each command, by its words, and why that cannot be. */
export function findProjects(
  inputs: Inputs,
  commands: { words: string[] }[],
  { workspace, env, naming, adapted }: ProjectOptions,
): { projects: Map<string[], Project>; unusable: string[] } {
  const projects = new Map<string[], Project>()
  const unusable = new Set<string>()
  for (const { words } of commands) {
    try {
      const project = projectOf({
        command: adapted(words),
        dbt: inputs.dbt,
        projectDir: inputs['project-dir'],
        profilesDir: inputs['profiles-dir'],
        workspace,
        token: inputs['github-token'],
        env,
        naming,
      })
      projects.set(words, project)
    } catch (error) {
      unusable.add(reasonOf(error))
    }
  }
  return { projects, unusable: [...unusable] }
}

/** Commands before which packages are of no use. */
const NEED_NO_PACKAGES = new Set(['deps', 'clean', 'debug', 'init', '--version', ''])

/** `dbt deps`, where it is to run before the commands; its project is added to theirs. */
export function depsFirst(
  inputs: Inputs,
  commands: PlannedCommand[],
  projects: Map<string[], Project>,
  options: ProjectOptions,
): PlannedCommand | undefined {
  const [first] = commands
  const project = first && projects.get(first.words)
  const names = commands.map(({ words }) => commandName(words))
  if (!project || inputs.deps === 'never' || names.includes('deps')) return undefined
  const needed = names.some((name) => !NEED_NO_PACKAGES.has(name))
  if (inputs.deps === 'auto' && !(needed && lacksPackages(project.folder, project.packages))) return undefined
  const command = { words: depsFor(first.words), selection: undefined }
  for (const [words, own] of findProjects(inputs, [command], options).projects) projects.set(words, own)
  return command
}

export interface StarterOptions extends Pick<RunDbtOptions, 'hide' | 'onStarted'> {
  /** Sentences on what cannot work, for which dbt is not started. */
  problems: string[]
  /** The folder for what is kept of a run. */
  keep: string
  /** How the input dbt is named, and its value, secrets hidden. */
  dbt: string
}

/** Starts dbt for a command; rejects where it cannot be started, or must not be. */
export function starter(
  run: Run,
  projects: ReadonlyMap<string[], Project>,
  options: StarterOptions,
): Watch['start'] {
  const { problems, keep, hide, onStarted } = options
  return async ({ words: given, selection }, onOutput) => {
    const project = projects.get(given)
    if (!project || problems.length > 0) throw new Error(hide(problems.join('\n')))
    const { program, command, cwd, env, folder, target } = project
    await moveResultsAside(run, keep)
    const words = await wordsOf(project, selection, keep)
    const roots = [cwd, folder]
    const launch = { program, command: { ...command, words }, cwd, env, target, roots, hide, onStarted }
    return await runDbt(launch, onOutput).catch((error: unknown) => {
      throw notStarted(options.dbt, error)
    })
  }
}

/** Copies the results of the invocation before, which dbt is about to overwrite. */
async function moveResultsAside({ invocations }: Run, keep: string): Promise<void> {
  const previous = invocations.at(-2)
  if (!previous?.runResultsPath) return
  const copy = join(keep, `run_results.${invocations.length - 1}.json`)
  try {
    await makeFolder(keep)
    await copyFile(previous.runResultsPath, copy)
    previous.runResultsPath = copy
  } catch {
    // A full disk; the merged file lacks this invocation then.
    previous.runResultsPath = ''
  }
}

async function wordsOf(
  { command, env }: Project,
  selection: Selection | undefined,
  keep: string,
): Promise<string[]> {
  if (!selection) return command.words
  const { ids = [], eventTime } = selection
  if (ids.length <= MOST_SELECTORS) return reselect(command.words, selection)
  const folder = join(keep, 'selection')
  await makeFolder(folder)
  await writeFile(join(folder, 'run_results.json'), resultsOf(ids))
  return reselectByFile(command.words, folder, env, eventTime)
}

/** What errors of the system mean for the program; others stay as they are. */
const ABSENT: Record<string, string> = {
  ENOENT: 'was not found',
  ENOTDIR: 'was not found',
  EACCES: 'may not be executed',
}

function notStarted(dbt: string, error: unknown): Error {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const { code = '', message = String(cause) } = cause as NodeJS.ErrnoException
  const absent = ABSENT[code]
  if (absent) {
    return new Error(
      `${dbt}: the program ${absent}. Install dbt before this (pip install dbt-core ` +
        'dbt-<adapter>), or say where it is, such as ".venv/bin/dbt" or "uv run dbt".',
      { cause: error },
    )
  }
  // https://man7.org/linux/man-pages/man2/execve.2.html, "Limits on size of arguments and environment"
  const why = code === 'E2BIG' ? 'an argument is longer than the system allows (Linux: 128 KiB)' : message
  return new Error(`${dbt}: the program could not be started: ${why}.`, { cause: error })
}
