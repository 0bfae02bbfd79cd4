/** From inputs and a plan to all that a run needs; what differs between the Action and a terminal is left out. */
import { existsSync, realpathSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { amend } from './amend.ts'
import { commandName, type Level } from './dbt/command.ts'
import type { Environment } from './dbt/environment.ts'
import { eventReader } from './dbt/event.ts'
import { showWords } from './dbt/failing-rows.ts'
import { profilesPaths } from './dbt/folders.ts'
import { launchDbt } from './dbt/launch.ts'
import type { ManifestNode } from './dbt/manifest.ts'
import type { Launch } from './dbt/process.ts'
import type { Project } from './dbt/project.ts'
import { type Hide, redactor } from './dbt/redact.ts'
import { isRerunnable, takesSelection } from './dbt/selection.ts'
import { selectsModified, withState } from './dbt/state.ts'
import { changedFiles } from './git.ts'
import { repositoryUrl, runUrl } from './github/context.ts'
import { checkNameOf, type Inputs, inputNaming, type Naming } from './inputs.ts'
import { fields, text } from './json.ts'
import { projectFiles } from './project/files.ts'
import { projectFolders } from './project/folders.ts'
import { readExcerpt } from './project/read-excerpt.ts'
import { typedCommand } from './report/command-line.ts'
import type { Caller, Subject } from './report/subject.ts'
import { type Findings, findingsOf, type Sources } from './reporters/evidence.ts'
import type { FailingRowsOptions } from './reporters/failing-rows.ts'
import type { BaseState } from './rerun/base-state.ts'
import type { Plan, PlannedCommand } from './rerun/plan.ts'
import { commandsInOrder } from './run/commands.ts'
import type { Command, Run } from './run/run.ts'
import { begin } from './run/run.ts'
import { resume } from './run/saved.ts'
import { depsFirst, findProjects, starter } from './start.ts'
import { dispatchOf, type Surroundings } from './surroundings.ts'
import type { Watch } from './watch.ts'

/** Starts dbt on Jinja of ours, beside the run; see reporters/failing-rows.ts. */
export type Show = FailingRowsOptions['show']

export interface Setup extends Pick<Watch, 'run' | 'next' | 'start' | 'amend'> {
  subject: Subject
  findings: Findings
  /** Sentences on what was overridden or found, secrets hidden. */
  notices: string[]
  hide: Hide
  show: Show
  /** The compiled SQL of a node as it is on the disk, secrets and all; empty where there is none. */
  compiled(node: ManifestNode): Promise<string>
  /** dbt's lowest level that is printed. */
  level: Level
  /** Where dbt writes its artifacts, and where relative paths in its stream start. */
  target: string
  roots: string[]
  /** The folder for what is kept of a run. */
  keep: string
  /** The root of the repository. */
  repository: string
  /** Where the report page goes; empty for nowhere. */
  report: string
  /** What script/build-page.ts made of page/. */
  template: string
  /** Looks up runs before the base run, while dbt runs. */
  lookUp(): Promise<void>
  /** A command as the user would type it, secrets hidden. */
  titleOf(command: PlannedCommand): string
}

export interface SetupOptions extends Pick<Launch, 'onStarted'> {
  env: Environment
  /** The folder for what is kept of a run; by default one in dbt's target. */
  keep?: string
  naming?: Naming
  /** Who called, for texts on what to do. */
  caller?: Caller
  base?: BaseState | undefined
}

/**
 * An input that cannot work does not throw: dbt is not started, and every report says why.
 * @param wrong sentences on inputs that are wrong already
 */
export function setUp(
  inputs: Inputs,
  plan: Plan,
  wrong: string[],
  surroundings: Surroundings,
  options: SetupOptions,
): Setup {
  const { workspace, repository } = surroundings
  const { env, naming = inputNaming, caller = 'workflow', base, onStarted } = options
  const adapted = (words: string[]) => (base?.folders ? withState(words, base.folders, env) : words)
  const start = { workspace, env, naming, adapted }
  const hide = hideOf(inputs, env)
  const idle = ({ words, selection, idle }: PlannedCommand) => {
    const ours = base?.folders && !selection && selectsModified(words, env)
    return ours ? hide(`nothing modified against ${base.label}`) : idle
  }
  const { projects, unusable } = findProjects(inputs, plan.commands, start)
  // All commands are of one project, unless their flags lead them to another.
  const [project] = projects.values()
  const refused = [...plan.refused, ...(base?.refused ?? [])]
  const problems = [...wrong, ...refused, ...whyNotSelectable(plan), ...unusable]
  const folder = project?.folder ?? workspace
  const target = project?.target ?? resolve(workspace, 'target')
  const keep = options.keep ?? join(target, 'dbt-watcher')
  const commands = plan.commands.slice(plan.first)
  const run = runOf(inputs, plan, [...projects.values()])
  const titleOf = (command: PlannedCommand) => hide(typedCommand(adapted(command.words), command.selection))
  const dbt = hide(`${naming('dbt')} "${inputs.dbt.join(' ')}"`)
  const deps = depsFirst(inputs, commands, projects, start)
  const files = projectFiles({
    repository,
    project: folder,
    target: () => target,
    packages: project?.packages ?? resolve(folder, 'dbt_packages'),
    projectName: () => run.projectName,
    graph: () => run.graph,
  })
  return {
    run,
    next: commandsInOrder(inOrder(deps, commands, idle), inputs['retry-delay'] * 1000),
    start: starter(run, projects, { problems, keep, hide, dbt, onStarted }),
    amend: (ended) => amend(ended, files, project ? profilesOf(project) : [], hide),
    subject: { ...subjectOf(inputs, commands, titleOf, surroundings, folder, hide), caller, base: base?.run },
    findings: findingsOf(run, files, hide, sourcesOf(surroundings, hide)),
    notices: noticesOf([...projects.values(), plan, ...(base ? [base] : [])], plan, surroundings).map(hide),
    hide,
    show: showWith(project, onStarted),
    compiled: (node) => files.compiled(node),
    level: project?.command.level ?? 'info',
    target,
    roots: [project?.cwd ?? workspace, folder],
    keep,
    repository,
    report: inputs.report && resolve(workspace, inputs.report),
    // Beside the folder of the bundle, in dist/.
    template: join(import.meta.dirname, '..', 'page', 'page.html'),
    lookUp: async () => await base?.lookUp?.(),
    titleOf,
  }
}

function profilesOf({ command, env, cwd }: Project): string[] {
  return profilesPaths(command.profilesDir, env, cwd)
}

function runOf(inputs: Inputs, { commands, first, earlier }: Plan, projects: Project[]): Run {
  const run = begin(Date.now(), projects[0]?.name)
  run.commands = commands.slice(first).map(({ words }) => words)
  run.retries = {
    most: projects.some(({ command }) => isRerunnable(command.name)) ? inputs.retries : 0,
    tests: inputs['retry-tests'],
    userErrors: inputs['retry-user-errors'],
  }
  if (earlier) resume(run, earlier.saved, earlier.origin)
  // A part that a person chose is no more than that.
  run.continues = earlier?.saved.finished === true && inputs.select.length === 0
  return run
}

/** Each once; that on the commit not for a run whose commit is another's. */
function noticesOf(from: { notices: string[] }[], { sha }: Plan, { commitNotice }: Surroundings): string[] {
  const all = [...from.flatMap(({ notices }) => notices), sha ? '' : commitNotice]
  return [...new Set(all)].filter(Boolean)
}

function inOrder(
  deps: PlannedCommand | undefined,
  commands: PlannedCommand[],
  idle: (command: PlannedCommand) => string | undefined,
): Command[] {
  return [
    ...(deps ? [{ purpose: 'deps' as const, ...deps, delay: 0 }] : []),
    ...commands.map((command) => ({
      purpose: 'command' as const,
      ...command,
      delay: 0,
      idle: idle(command),
    })),
  ]
}

function showWith(project: Project | undefined, onStarted: SetupOptions['onStarted']): Show {
  return async (jinja, onPrint) => {
    if (!project) throw new Error('there is no project')
    const { program, command, cwd, env } = project
    const read = eventReader()
    const words = showWords(command.words, jinja)
    const dbt = await launchDbt(
      program,
      { ...command, name: 'show', words },
      {
        cwd,
        env,
        onLine: (line) => onPrint(read(line)?.msg ?? ''),
        onStarted,
      },
    )
    return { kill: dbt.kill, ended: dbt.ended.then(({ code }) => code) }
  }
}

function subjectOf(
  inputs: Inputs,
  commands: PlannedCommand[],
  titleOf: Setup['titleOf'],
  surroundings: Surroundings,
  folder: string,
  hide: Hide,
): Omit<Subject, 'caller'> {
  const { workspace, repository, context } = surroundings
  return {
    checkName: checkNameOf(inputs),
    command: commands.map(titleOf).join(' && '),
    commands: commands.map(({ words }) => words.map(hide)),
    projectDir: pathFrom(realPath(repository), realPath(folder)),
    repositoryUrl: context ? repositoryUrl(context) : '',
    sha: context?.sha ?? '',
    runUrl: context ? runUrl(context) : '',
    failOn: inputs['fail-on'],
    annotations: inputs.annotations,
    dispatch: dispatchOf(surroundings),
    projects: existsSync(join(folder, 'dbt_project.yml')) ? undefined : projectsOf(repository, workspace),
  }
}

/** The folders of a repository that project-dir could be, relative to the workspace as that is. */
function projectsOf(repository: string, workspace: string): string[] {
  const [root, start] = [realPath(repository), realPath(workspace)]
  return projectFolders(root).map((folder) => pathFrom(start, join(root, folder)))
}

/** The path of a folder as seen from another, with `/` between names. */
function pathFrom(start: string, folder: string): string {
  return relative(start, folder).replaceAll('\\', '/') || '.'
}

/** Hides the secrets of the environment. */
export function hideOf(inputs: Inputs, env: Environment): Hide {
  return redactor(env, inputs.redact, inputs['github-token'])
}

/** Without symbolic links, which git's root has none of; as it is where there is no such folder. */
function realPath(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder
}

/** What git and the disk have on failures. */
function sourcesOf({ repository, event }: Surroundings, hide: Hide): Sources {
  const pull = fields(fields(event).pull_request)
  const [head, base] = [text(fields(pull.head).sha), text(fields(pull.base).sha)]
  let changed: Promise<ReadonlySet<string> | undefined> | undefined
  return {
    excerpt: (place) => readExcerpt(repository, place, hide),
    changed: () => {
      changed ??= head ? changedFiles(repository, head, base) : Promise.resolve(undefined)
      return changed
    },
  }
}

/** A selection for a command that takes none would be lost in silence. */
function whyNotSelectable({ commands }: Plan): string[] {
  return commands.flatMap(({ words, selection }) => {
    const name = commandName(words)
    return selection && name && !takesSelection(name)
      ? [`Input select: the command ${name} takes no selection.`]
      : []
  })
}
