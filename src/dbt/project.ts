import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isMap, isScalar, parseDocument } from 'yaml'
import { reasonOf } from '../reason.ts'
import { type DbtCommand, logFileLevel, parseCommand } from './command.ts'
import { dbtEnvironment, type Environment, shownLevel, variableOf } from './environment.ts'
import { findDbt } from './find-dbt.ts'
import { overrideFolders } from './folders.ts'
import { withPlugin } from './plugin/plugin.ts'

/** How dbt is to be started, and where its project is: all from the inputs, before anything runs. */
export interface Project {
  command: DbtCommand
  /** The program, ready for launch. */
  program: string[]
  env: Environment
  /** Where dbt starts. */
  cwd: string
  /** The folder of dbt_project.yml: `cwd`, unless the command has a `--project-dir`. */
  folder: string
  /** The project's name; empty where dbt_project.yml cannot be read, which dbt itself will say better. */
  name: string
  /** Where dbt writes its artifacts. */
  target: string
  /** Where installed packages lie. */
  packages: string
  /** Sentences on what was overridden. */
  notices: string[]
}

export interface ProjectInputs {
  command: string[]
  dbt: string[]
  projectDir: string
  profilesDir: string
  workspace: string
  token: string
  env: Environment
  /** How messages name an input. */
  naming(input: string): string
}

/** @throws Error where project-dir is no folder, or the command names no dbt command. */
export function projectOf(inputs: ProjectInputs): Project {
  const cwd = resolve(inputs.workspace, inputs.projectDir)
  if (!isFolder(cwd)) {
    const hint = inputs.env.GITHUB_ACTIONS
      ? ' Is the repository checked out (actions/checkout) before this step?'
      : ''
    throw new Error(
      `${inputs.naming('project-dir')} "${inputs.projectDir}": there is no such folder in ${inputs.workspace}.${hint}`,
    )
  }
  const command = readCommand(inputs)
  const own = dbtEnvironment(inputs.env, inputs.token)
  const { env, notices } = overrideFolders(own.env, { ...inputs, cwd })
  command.logFile ||= logFileLevel(variableOf(inputs.env, 'LOG_LEVEL_FILE'))
  command.otelFile ||= variableOf(inputs.env, 'OTEL_FILE_NAME') !== ''
  if (inputs.profilesDir && command.profilesDir === undefined) {
    command.profilesDir = resolve(inputs.workspace, inputs.profilesDir)
    command.words.push('--profiles-dir', command.profilesDir)
  }
  const folder = resolve(cwd, command.projectDir ?? (variableOf(env, 'PROJECT_DIR') || '.'))
  const settings = projectSettings(folder)
  const targetPath = command.targetPath ?? (variableOf(inputs.env, 'TARGET_PATH') || undefined)
  const target = targetPath ?? settings['target-path'] ?? 'target'
  const found = inputs.dbt.join(' ') === 'dbt' ? findDbt([cwd, inputs.workspace], env) : undefined
  const foundNotice = found ? [`dbt is not on PATH; it is started by ${found.join(' ')}.`] : []
  return {
    command,
    program: found ?? programOf(inputs.dbt, inputs.workspace),
    env: withPlugin(env, command.level),
    cwd,
    folder,
    name: settings.name ?? '',
    target: resolve(folder, target),
    packages: resolve(folder, settings['packages-install-path'] ?? 'dbt_packages'),
    notices: [...foundNotice, ...command.notices, ...own.notices, ...notices],
  }
}

function readCommand({ command: words, naming, env }: ProjectInputs): DbtCommand {
  try {
    return parseCommand(words, shownLevel(env))
  } catch (error) {
    throw new Error(`${naming('command')} "${words.join(' ')}": ${reasonOf(error)}.`)
  }
}

/** A program with a slash is a file of the workspace; any other is found on PATH, as a shell would. */
function programOf([program = 'dbt', ...rest]: string[], workspace: string): string[] {
  return [/[\\/]/.test(program) ? resolve(workspace, program) : program, ...rest]
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory()
}

/** Settings of dbt_project.yml that are plain text; one with Jinja in it is dbt's to know. */
function projectSettings(folder: string): Record<string, string | undefined> {
  try {
    const root = parseDocument(readFileSync(join(folder, 'dbt_project.yml'), 'utf8'), {
      logLevel: 'silent',
    }).contents
    if (!isMap(root)) return {}
    const names = ['name', 'target-path', 'packages-install-path']
    return Object.fromEntries(
      names.map((name) => {
        const value: unknown = root.get(name, true)
        const text = isScalar(value) ? value.value : undefined
        return [name, typeof text === 'string' && !text.includes('{{') ? text : undefined]
      }),
    )
  } catch {
    return {}
  }
}
