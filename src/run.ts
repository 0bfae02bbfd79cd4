import { relative } from 'node:path'
import type { Environment } from './dbt/environment.ts'
import { projectFiles } from './dbt/files.ts'
import { launchDbt } from './dbt/launch.ts'
import { type Project, projectOf } from './dbt/project.ts'
import { shellQuote } from './dbt/selector.ts'
import { type Context, repositoryUrl, runUrl } from './github/context.ts'
import { checkNameOf, type Inputs } from './inputs.ts'
import type { Watch } from './watch.ts'

/** Inputs made ready to be watched; what differs between the Action and a terminal is still missing. */
export interface Run {
  project: Project
  watch: Omit<Watch, 'github' | 'print' | 'onNode'>
}

/**
 * @param workspace where relative paths of inputs start
 * @param repository its root; paths in annotations are relative to it
 * @throws Error where an input cannot work, with what would be right.
 */
export function runOf(
  inputs: Inputs,
  { workspace, repository }: { workspace: string; repository: string },
  env: Environment,
  context: Context | undefined,
): Run {
  const project = projectOf({
    command: inputs.command,
    dbt: inputs.dbt,
    projectDir: inputs['project-dir'],
    profilesDir: inputs['profiles-dir'],
    workspace,
    token: inputs['github-token'],
    env,
  })
  const { command, program, cwd, folder, target, packages, name } = project
  return {
    project,
    watch: {
      start: async (onLine) => {
        try {
          return await launchDbt(program, command, { cwd, env: project.env, onLine })
        } catch (error) {
          throw notStarted(inputs.dbt.join(' '), error)
        }
      },
      job: {
        checkName: checkNameOf(inputs),
        command: ['dbt', ...inputs.command.slice(inputs.command[0] === 'dbt' ? 1 : 0)]
          .map(shellQuote)
          .join(' '),
        projectDir: relative(repository, folder).replaceAll('\\', '/') || '.',
        repositoryUrl: context ? repositoryUrl(context) : '',
        sha: context?.sha ?? '',
        runUrl: context ? runUrl(context) : '',
        annotations: inputs.annotations,
      },
      failOn: inputs['fail-on'],
      choice: { checks: inputs.checks, tests: inputs.tests, maxChecks: inputs['max-checks'] },
      projectName: name,
      files: (invocation) =>
        projectFiles({
          repository,
          project: folder,
          target: () => target,
          packages,
          projectName: () => invocation.projectName,
        }),
      target,
      roots: [cwd, folder],
      level: command.level,
      now: Date.now,
      sleep,
    },
  }
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
