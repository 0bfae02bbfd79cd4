/** Inputs beside the variables of dbt that mean the same: the input wins, with a notice. */
import { existsSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { type Environment, variableOf } from './environment.ts'

export interface FolderInputs {
  /** As the inputs give them, relative to the workspace; profilesDir is empty where there is none. */
  projectDir: string
  profilesDir: string
  workspace: string
  /** Where dbt starts. */
  cwd: string
  /** How an input is named to the user. */
  naming(input: string): string
}

/**
 * Takes DBT_PROJECT_DIR and DBT_PROFILES_DIR out of dbt's environment where an input overrides them. dbt starts in
 * project-dir and would look for them from there: both set to `dbt` would mean `dbt/dbt`.
 */
export function overrideFolders(
  env: Environment,
  inputs: FolderInputs,
): { env: Environment; notices: string[] } {
  const { naming } = inputs
  const kept = { ...env }
  const notices: string[] = []
  const remove = (variable: string, notice: (value: string) => string) => {
    const value = variableOf(env, variable)
    if (value === '') return
    for (const prefix of ['DBT_', 'DBT_ENGINE_']) delete kept[prefix + variable]
    notices.push(notice(value))
  }
  // The default is no choice of the user's.
  if (inputs.projectDir !== '.') {
    remove('PROJECT_DIR', (value) => `${naming('project-dir')} overrides DBT_PROJECT_DIR=${value}.`)
  }
  const profiles = profilesInWorkspace(variableOf(env, 'PROFILES_DIR'), inputs)
  if (inputs.profilesDir !== '') {
    remove('PROFILES_DIR', (value) => `${naming('profiles-dir')} overrides DBT_PROFILES_DIR=${value}.`)
  } else if (profiles !== undefined) {
    remove('PROFILES_DIR', (value) => `DBT_PROFILES_DIR=${value} is read as ${profiles}.`)
    kept.DBT_PROFILES_DIR = profiles
  }
  return { env: kept, notices }
}

/**
 * Where dbt looks for profiles.yml, in its order.
 * https://docs.getdbt.com/docs/core/connect-data-platform/connection-profiles#advanced-customizing-a-profile-directory
 */
export function profilesPaths(profilesDir: string | undefined, env: Environment, cwd: string): string[] {
  const given = profilesDir ?? variableOf(env, 'PROFILES_DIR')
  const folders = given ? [given] : ['.', join(env.HOME ?? '', '.dbt')]
  return folders.map((folder) => join(resolve(cwd, folder), 'profiles.yml'))
}

/** A folder with profiles that is there from the workspace and not from where dbt starts. */
function profilesInWorkspace(value: string, { cwd, workspace }: FolderInputs): string | undefined {
  if (value === '' || isAbsolute(value)) return undefined
  const holds = (folder: string) => existsSync(join(folder, 'profiles.yml'))
  const folder = resolve(workspace, value)
  return holds(folder) && !holds(resolve(cwd, value)) ? folder : undefined
}
