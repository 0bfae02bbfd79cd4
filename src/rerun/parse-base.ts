import { randomUUID } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { variableOf } from '../dbt/environment.ts'
import { lacksPackages } from '../dbt/packages.ts'
import { type DbtProcess, type Launch, startDbt } from '../dbt/process.ts'
import type { Project } from '../dbt/project.ts'
import { projectOptions } from '../dbt/project-options.ts'
import { addWorktree, removeWorktree } from '../git.ts'
import { reasonOf } from '../reason.ts'

export interface ParseOptions extends Pick<Launch, 'onStarted'> {
  /** The project as it is checked out. */
  project: Project
  /** The words of a command, whose options say which target and variables. */
  words: string[]
  commit: string
  /** Of the repository, without symbolic links. */
  root: string
  temp: string
  /** Whether packages may be installed; else they are those of the checkout. */
  deps: boolean
  /** Resolves when the run was told to stop. */
  stopped: Promise<unknown>
}

/** Parses the project of a commit as the checkout would be: the same dbt, target, variables and profile. Never rejects. */
export async function parseBase(options: ParseOptions): Promise<{ folder: string } | { missing: string }> {
  const { project, root, temp, commit } = options
  const id = randomUUID()
  const worktree = join(temp, `dbt-watcher-base-${id}`)
  const folder = join(temp, `dbt-watcher-state-${id}`)
  if (!(await addWorktree(root, worktree, commit))) return { missing: 'could not be checked out' }
  try {
    const inBase = (path: string) => join(worktree, relative(root, realpathSync(path)))
    const places = { cwd: inBase(project.cwd), folder: inBase(project.folder) }
    if (!existsSync(join(places.folder, 'dbt_project.yml'))) return { missing: 'has no such project' }
    return (await installPackages(options, places)) ?? (await parse(options, places, folder))
  } catch (error) {
    return { missing: `could not be parsed (${reasonOf(error)})` }
  } finally {
    await removeWorktree(root, worktree)
  }
}

interface Places {
  cwd: string
  folder: string
}

/** Undefined where the packages of the base are there. */
async function installPackages(
  options: ParseOptions,
  { cwd, folder }: Places,
): Promise<{ missing: string } | undefined> {
  const { project, deps } = options
  const packages = join(folder, relative(project.folder, project.packages))
  if (!lacksPackages(folder, packages)) return undefined
  if (!deps) {
    if (existsSync(project.packages)) await cp(project.packages, packages, { recursive: true })
    return undefined
  }
  const failure = await run(options, cwd, ['deps', ...optionsInBase(options, cwd)])
  return failure === undefined ? undefined : { missing: `could not get its packages (${failure})` }
}

async function parse(
  options: ParseOptions,
  { cwd }: Places,
  folder: string,
): Promise<{ folder: string } | { missing: string }> {
  const own = ['--target-path', folder, '--log-path', folder]
  const failure = await run(options, cwd, ['parse', ...optionsInBase(options, cwd), ...own])
  if (failure !== undefined) return { missing: `could not be parsed (${failure})` }
  return existsSync(join(folder, 'manifest.json')) ? { folder } : { missing: 'left no manifest.json' }
}

/** The options of the user's command, with folders of the base, but the profile of the checkout. */
function optionsInBase({ project, words, root }: ParseOptions, cwd: string): string[] {
  const { command, env } = project
  // What an option says beats what a variable says, which means the checkout.
  const { projectDir = variableOf(env, 'PROJECT_DIR') || undefined } = command
  const { profilesDir = variableOf(env, 'PROFILES_DIR') || undefined } = command
  const beside = existsSync(join(project.cwd, 'profiles.yml')) ? '.' : undefined
  const profiles = profilesDir ?? beside
  const inBase =
    projectDir !== undefined && isAbsolute(projectDir)
      ? join(cwd, relative(project.cwd, resolve(root, projectDir)))
      : projectDir
  return [
    ...projectOptions(words, ['--project-dir', '--profiles-dir', '--target-path', '--log-path']),
    ...(inBase === undefined ? [] : ['--project-dir', inBase]),
    ...(profiles === undefined ? [] : ['--profiles-dir', resolve(project.cwd, profiles)]),
  ]
}

/** The last lines that dbt prints are enough for its reason. */
const MOST_LINES = 6

/** Runs dbt. @returns why it failed; undefined where it did not */
async function run(
  { project, stopped, onStarted }: ParseOptions,
  cwd: string,
  words: string[],
): Promise<string | undefined> {
  const lines: string[] = []
  const onLine = (line: string) => {
    if (line.trim() !== '') lines.push(line)
    if (lines.length > MOST_LINES) lines.shift()
  }
  let dbt: DbtProcess | undefined
  let killed = false
  const kill = () => {
    killed = true
    dbt?.kill('SIGKILL')
  }
  stopped.then(kill, kill)
  const { program, env } = project
  dbt = await startDbt({ words: [...program, ...words], cwd, env, onLine, onStarted })
  if (killed) dbt.kill('SIGKILL')
  const { code } = await dbt.ended
  return code === 0 ? undefined : lines.join(' ').slice(-1000) || `exit code ${code}`
}
