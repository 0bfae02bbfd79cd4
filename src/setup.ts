/** From inputs and a plan to all that a run needs; what differs between the Action and a terminal is left out. */
import { existsSync, realpathSync } from 'node:fs'
import { copyFile, writeFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import type { Level } from './dbt/command.ts'
import type { Environment } from './dbt/environment.ts'
import { eventReader } from './dbt/event.ts'
import { showWords } from './dbt/failing-rows.ts'
import { launchDbt } from './dbt/launch.ts'
import type { ManifestNode } from './dbt/manifest.ts'
import { type Project, projectOf } from './dbt/project.ts'
import { type Hide, redactor } from './dbt/redact.ts'
import { runDbt } from './dbt/run-dbt.ts'
import { isRerunnable, MOST_SELECTORS, reselect, reselectByFile, type Selection } from './dbt/selection.ts'
import { resultsOf, shellQuote } from './dbt/selector.ts'
import { makeFolder } from './folder.ts'
import { changedFiles } from './git.ts'
import { ghRepository, repositoryUrl, runUrl } from './github/context.ts'
import { checkNameOf, type Inputs, inputNaming, type Naming } from './inputs.ts'
import { fields, text } from './json.ts'
import { projectFiles } from './project/files.ts'
import { projectFolders } from './project/folders.ts'
import { readExcerpt } from './project/read-excerpt.ts'
import type { Dispatch, Subject } from './report/subject.ts'
import { type Findings, findingsOf, type Sources } from './reporters/evidence.ts'
import type { Shown } from './reporters/failing-rows.ts'
import type { Plan } from './rerun/plan.ts'
import { commandsInOrder } from './run/commands.ts'
import { begin, type Run } from './run/run.ts'
import { resume } from './run/saved.ts'
import type { Surroundings } from './surroundings.ts'
import type { Watch } from './watch.ts'

/** Starts dbt on Jinja of ours, beside the run; see reporters/failing-rows.ts. */
export type Show = (jinja: string, onPrint: (text: string) => void) => Promise<Shown>

export interface Setup extends Pick<Watch, 'run' | 'next' | 'start'> {
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
}

/**
 * An input that cannot work does not throw: dbt is not started, and every report says why.
 * @param wrong sentences on inputs that are wrong already
 * @param options.keep the folder for what is kept of a run; by default one in dbt's target
 */
export function setUp(
  inputs: Inputs,
  plan: Plan,
  wrong: string[],
  surroundings: Surroundings,
  options: { env: Environment; keep?: string; naming?: Naming },
): Setup {
  const { workspace, repository } = surroundings
  const { env, naming = inputNaming } = options
  const hide = hideOf(inputs, env)
  const found = findProject(inputs, plan.command, workspace, env, naming)
  const project = found instanceof Error ? undefined : found
  const unusable = found instanceof Error ? [found.message] : []
  const problems = [...wrong, ...plan.refused, ...whyNotSelectable(plan, project), ...unusable]
  const folder = project?.folder ?? workspace
  const target = project?.target ?? resolve(workspace, 'target')
  const keep = options.keep ?? join(target, 'dbt-watcher')
  const run = begin(Date.now(), project?.name)
  run.retries = {
    most: project && isRerunnable(project.command.name) ? inputs.retries : 0,
    tests: inputs['retry-tests'],
    userErrors: inputs['retry-user-errors'],
  }
  if (plan.earlier) resume(run, plan.earlier.saved, plan.earlier.origin)
  const { command: words, selection } = plan
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
    next: commandsInOrder([{ purpose: 'command', words, selection, delay: 0 }], inputs['retry-delay'] * 1000),
    start: starter(run, project, { problems, keep, hide, dbt: `${naming('dbt')} "${inputs.dbt.join(' ')}"` }),
    subject: subjectOf(inputs, plan, surroundings, folder, hide),
    findings: findingsOf(run, files, hide, sourcesOf(surroundings, hide)),
    notices: [...(project?.notices ?? []), ...plan.notices, plan.sha ? '' : surroundings.commitNotice]
      .filter(Boolean)
      .map(hide),
    hide,
    show: showWith(project),
    compiled: (node) => files.compiled(node),
    level: project?.command.level ?? 'info',
    target,
    roots: [project?.cwd ?? workspace, folder],
    keep,
    repository,
    report: inputs.report && resolve(workspace, inputs.report),
    // Beside the folder of the bundle, in dist/.
    template: join(import.meta.dirname, '..', 'page', 'page.html'),
  }
}

/**
 * Starts dbt for a command; rejects where it cannot be started, or must not be.
 * @param options.dbt how the input is named, and its value
 */
function starter(
  run: Run,
  project: Project | undefined,
  options: { problems: string[]; keep: string; hide: Hide; dbt: string },
): Watch['start'] {
  const { problems, keep, hide } = options
  return async ({ selection }, onOutput) => {
    if (!project || problems.length > 0) throw new Error(hide(problems.join('\n')))
    const { program, command, cwd, env, folder, target } = project
    await moveResultsAside(run, keep)
    const words = await wordsOf(project, selection, keep)
    const launch = { program, command: { ...command, words }, cwd, env, target, roots: [cwd, folder], hide }
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

function showWith(project: Project | undefined): Show {
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
        onStarted: () => {},
      },
    )
    return { kill: dbt.kill, ended: dbt.ended.then(({ code }) => code) }
  }
}

function subjectOf(
  inputs: Inputs,
  plan: Plan,
  surroundings: Surroundings,
  folder: string,
  hide: Hide,
): Subject {
  const { repository, context } = surroundings
  return {
    checkName: checkNameOf(inputs),
    command: hide(commandLine(plan.command, plan.selection)),
    commands: [plan.command.map(hide)],
    projectDir: relative(realPath(repository), realPath(folder)).replaceAll('\\', '/') || '.',
    repositoryUrl: context ? repositoryUrl(context) : '',
    sha: context?.sha ?? '',
    runUrl: context ? runUrl(context) : '',
    failOn: inputs['fail-on'],
    annotations: inputs.annotations,
    dispatch: dispatchOf(surroundings),
    projects: existsSync(join(folder, 'dbt_project.yml')) ? [] : projectFolders(repository),
  }
}

/** Hides the secrets of the environment. */
export function hideOf(inputs: Inputs, env: Environment): Hide {
  return redactor(env, inputs.redact, inputs['github-token'])
}

/** Without symbolic links, which git's root has none of; as it is where there is no such folder. */
function realPath(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder
}

function dispatchOf({
  context,
  workflow,
  workflowName,
  dispatchInputs,
  commit,
}: Surroundings): Dispatch | undefined {
  // gh takes a workflow's name as well.
  const name = basename(workflow) || workflowName
  const repository = context && ghRepository(context)
  return context && repository && name
    ? { workflow: name, repository, runId: context.runId, commit, inputs: dispatchInputs }
    : undefined
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

async function wordsOf(
  { command, env }: Project,
  selection: Selection | undefined,
  keep: string,
): Promise<string[]> {
  if (!selection) return command.words
  const { ids = [] } = selection
  if (ids.length <= MOST_SELECTORS) return reselect(command.words, selection)
  const folder = join(keep, 'selection')
  await makeFolder(folder)
  await writeFile(join(folder, 'run_results.json'), resultsOf(ids))
  return reselectByFile(command.words, folder, env)
}

/** A selection for a command that takes none would be lost in silence. */
function whyNotSelectable({ selection }: Plan, project: Project | undefined): string[] {
  const name = project?.command.name ?? ''
  if (!selection || !project || isRerunnable(name) || SELECTS.has(name)) return []
  return [`Input select: the command ${name} takes no selection.`]
}

/** Commands that take a selection and leave nothing to run again. */
const SELECTS = new Set(['list', 'ls', 'show', 'docs', 'parse'])

function findProject(
  inputs: Inputs,
  command: string[],
  workspace: string,
  env: Environment,
  naming: Naming,
): Project | Error {
  try {
    return projectOf({
      command,
      dbt: inputs.dbt,
      projectDir: inputs['project-dir'],
      profilesDir: inputs['profiles-dir'],
      workspace,
      token: inputs['github-token'],
      env,
      naming,
    })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** As the user would type it; of an exact selection only how much it is. */
function commandLine(words: string[], selection: Selection | undefined): string {
  const given = words.slice(words[0] === 'dbt' ? 1 : 0)
  if (!selection) return ['dbt', ...given].map(shellQuote).join(' ')
  const { exact, selectors } = selection
  const few = !exact || selectors.length < 3
  const shown = ['dbt', ...reselect(given, few ? selection : { selectors: [], exact })]
    .map(shellQuote)
    .join(' ')
  return few ? shown : `${shown} (${selectors.length} nodes)`
}

function notStarted(dbt: string, error: unknown): Error {
  const cause = error instanceof Error ? error.cause : undefined
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  const why = code === 'ENOENT' ? 'was not found' : code === 'EACCES' ? 'may not be executed' : String(cause)
  return new Error(
    `${dbt}: the program ${why}. Install dbt before this (pip install dbt-core ` +
      'dbt-<adapter>), or say where it is, such as ".venv/bin/dbt" or "uv run dbt".',
    { cause: error },
  )
}
