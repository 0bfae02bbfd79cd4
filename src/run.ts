import { relative, resolve } from 'node:path'
import type { Environment } from './dbt/environment.ts'
import { projectFiles } from './dbt/files.ts'
import { launchDbt } from './dbt/launch.ts'
import { type Project, projectOf } from './dbt/project.ts'
import { type Hide, redactor } from './dbt/redact.ts'
import { shellQuote } from './dbt/selector.ts'
import { type Context, repositoryUrl, runUrl } from './github/context.ts'
import { checkNameOf, type Inputs } from './inputs.ts'
import type { Watch } from './watch.ts'

/** Inputs made ready to be watched; what differs between the Action and a terminal is still missing. */
export interface Run {
  watch: Omit<Watch, 'github' | 'print' | 'onNode' | 'onStarted'>
  hide: Hide
  /** What was overridden, in sentences. */
  notices: string[]
}

export interface Place {
  /** Where relative paths of inputs start. */
  workspace: string
  /** The root of the repository; paths in annotations are relative to it. */
  repository: string
  /** Undefined outside GitHub. */
  context: Context | undefined
}

/**
 * An input that cannot work does not throw: dbt is not started, and the run says why wherever it says anything.
 * @param wrong sentences on inputs that are wrong already
 */
export function runOf(inputs: Inputs, wrong: string[], place: Place, env: Environment): Run {
  const { workspace, repository, context } = place
  const hide = redactor(env, inputs.redact, inputs['github-token'])
  const found = findProject(inputs, workspace, env)
  const project = found instanceof Error ? undefined : found
  const problems = [...wrong, ...(found instanceof Error ? [found.message] : [])]
  const folder = project?.folder ?? workspace
  const target = project?.target ?? resolve(workspace, 'target')
  return {
    hide,
    notices: (project?.notices ?? []).map(hide),
    watch: {
      start: async (onLine, onStarted) => {
        if (!project || problems.length > 0) throw new Error(problems.join('\n'))
        const { program, command, cwd, env } = project
        return await launchDbt(program, command, { cwd, env, onLine, onStarted }).catch((error: unknown) => {
          throw notStarted(inputs.dbt.join(' '), error)
        })
      },
      job: {
        checkName: checkNameOf(inputs),
        command: hide(commandLine(inputs.command)),
        projectDir: relative(repository, folder).replaceAll('\\', '/') || '.',
        repositoryUrl: context ? repositoryUrl(context) : '',
        sha: context?.sha ?? '',
        runUrl: context ? runUrl(context) : '',
        annotations: inputs.annotations,
      },
      failOn: inputs['fail-on'],
      choice: { checks: inputs.checks, tests: inputs.tests, maxChecks: inputs['max-checks'] },
      projectName: project?.name ?? '',
      files: (invocation) =>
        projectFiles({
          repository,
          project: folder,
          target: () => target,
          packages: project?.packages ?? resolve(folder, 'dbt_packages'),
          projectName: () => invocation.projectName,
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

function findProject(inputs: Inputs, workspace: string, env: Environment): Project | Error {
  try {
    return projectOf({
      command: inputs.command,
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

/** As the user would type it. */
function commandLine(words: string[]): string {
  return ['dbt', ...words.slice(words[0] === 'dbt' ? 1 : 0)].map(shellQuote).join(' ')
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
