import { writeFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import type { Environment } from './dbt/environment.ts'
import { launchDbt } from './dbt/launch.ts'
import { type Project, projectOf } from './dbt/project.ts'
import { type Hide, redactor } from './dbt/redact.ts'
import { isRerunnable, MOST_SELECTORS, reselect, reselectByFile, type Selection } from './dbt/selection.ts'
import { resultsOf, shellQuote } from './dbt/selector.ts'
import { makeFolder } from './folder.ts'
import { type Context, repositoryName, repositoryUrl, runUrl } from './github/context.ts'
import { workflowFile } from './github/workflow-run.ts'
import { checkNameOf, type Inputs } from './inputs.ts'
import { projectFiles } from './project/files.ts'
import type { Dispatch } from './report/job.ts'
import type { Plan } from './rerun/plan.ts'
import type { Watch } from './watch.ts'

/** Inputs made ready to be watched; what differs between the Action and a terminal is still missing. */
export interface Run {
  watch: Omit<Watch, 'github' | 'print' | 'onNode' | 'onStarted' | 'onEnd'>
  hide: Hide
}

export interface Place {
  /** Where relative paths of inputs start. */
  workspace: string
  /** The root of the repository; paths in annotations are relative to it. */
  repository: string
  /** Undefined outside GitHub. */
  context: Context | undefined
  /** The commit that is checked out. */
  commit: string
  /** The folder for what is kept of a run; undefined for one in dbt's target. */
  keep: string | undefined
}

/**
 * An input that cannot work does not throw: dbt is not started, and the run says why wherever it says anything.
 * @param wrong sentences on inputs that are wrong already
 */
export function runOf(inputs: Inputs, plan: Plan, wrong: string[], place: Place, env: Environment): Run {
  const { workspace, repository, context, commit } = place
  const hide = hideOf(inputs, env)
  const found = findProject(inputs, plan.command, workspace, env)
  const project = found instanceof Error ? undefined : found
  const refused = [...plan.refused, ...whyNotSelectable(plan, project)]
  const problems = [...wrong, ...refused, ...(found instanceof Error ? [found.message] : [])]
  const folder = project?.folder ?? workspace
  const target = project?.target ?? resolve(workspace, 'target')
  const keep = place.keep ?? join(target, 'dbt-watcher')
  return {
    hide,
    watch: {
      start: async (selection, onLine, onStarted) => {
        if (!project || problems.length > 0) throw new Error(problems.join('\n'))
        const { program, cwd, env } = project
        const words = await wordsOf(project, selection, keep)
        const command = { ...project.command, words }
        return await launchDbt(program, command, { cwd, env, onLine, onStarted }).catch((error: unknown) => {
          throw notStarted(inputs.dbt.join(' '), error)
        })
      },
      job: {
        checkName: checkNameOf(inputs),
        command: hide(commandLine(plan.command, plan.selection)),
        projectDir: relative(repository, folder).replaceAll('\\', '/') || '.',
        repositoryUrl: context ? repositoryUrl(context) : '',
        sha: context?.sha ?? '',
        runUrl: context ? runUrl(context) : '',
        annotations: inputs.annotations,
        dispatch: context && dispatchOf(context, env, commit),
      },
      selection: plan.selection,
      earlier: plan.earlier,
      retries: {
        most: 1 + (project && isRerunnable(project.command.name) ? inputs.retries : 0),
        tests: inputs['retry-tests'],
      },
      retryDelay: inputs['retry-delay'] * 1000,
      keep,
      notices: [...(project?.notices ?? []), ...plan.notices].map(hide),
      failOn: inputs['fail-on'],
      choice: { checks: inputs.checks, tests: inputs.tests, maxChecks: inputs['max-checks'] },
      projectName: project?.name ?? '',
      files: (run) =>
        projectFiles({
          repository,
          project: folder,
          target: () => target,
          packages: project?.packages ?? resolve(folder, 'dbt_packages'),
          projectName: () => run.projectName,
        }),
      target,
      roots: [project?.cwd ?? workspace, folder],
      level: project?.command.level ?? 'info',
      hide,
      now: Date.now,
      sleep,
    },
  }
}

/** Hides the secrets of the environment. */
export function hideOf(inputs: Inputs, env: Environment): Hide {
  return redactor(env, inputs.redact, inputs['github-token'])
}

/** The file of the workflow, such as `.github/workflows/dbt.yml`; empty outside GitHub. */
export function workflowFileOf({ GITHUB_WORKFLOW_REF = '' }: Environment): string {
  // acme/shop/.github/workflows/dbt.yml@refs/heads/main
  return workflowFile(GITHUB_WORKFLOW_REF.split('/').slice(2).join('/'))
}

function dispatchOf(context: Context, env: Environment, commit: string): Dispatch | undefined {
  // gh takes a workflow's name as well.
  const workflow = basename(workflowFileOf(env)) || env.GITHUB_WORKFLOW || ''
  return workflow
    ? { workflow, repository: repositoryName(context), runId: context.runId, commit }
    : undefined
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
    `Input dbt "${dbt}": the program ${why}. Install dbt in a step before this one (pip install dbt-core ` +
      'dbt-<adapter>), or say where it is, such as ".venv/bin/dbt" or "uv run dbt".',
    { cause: error },
  )
}

/** A wait that can be cut short, and holds no process open that has nothing else to do. */
export function sleep(ms: number): { done: Promise<void>; wake(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  return {
    done: promise,
    wake: () => {
      clearTimeout(timer)
      resolve()
    },
  }
}
