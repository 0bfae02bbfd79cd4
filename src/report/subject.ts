import type { FailOn } from '../run/verdict.ts'
import type { BaseRun } from './base-run.ts'

/** Where dbt-watcher was called: by a workflow that uses the Action, or by a shell, in a terminal or another CI. */
export type Caller = 'workflow' | 'shell'

/** What the reports are about: the name of the run, its command, repository and commit. */
export interface Subject {
  /** As used, with the values of the matrix. */
  checkName: string
  /** The dbt command as the user wrote it. */
  command: string
  /** The words of each command of the run but retries, secrets hidden. */
  commands: readonly (readonly string[])[]
  /** Relative to the repository, `/` between folders, `.` for its root. */
  projectDir: string
  /** Such as https://github.com/acme/shop; empty outside GitHub. */
  repositoryUrl: string
  /** The commit that gets the checks; empty outside GitHub. */
  sha: string
  /** Of the workflow run; empty outside GitHub. */
  runUrl: string
  failOn: FailOn
  /** Texts on what to do name what can be set there. */
  caller: Caller
  /** Whether failures are annotated. */
  annotations: boolean
  /** What continues this run by hand; undefined outside GitHub. */
  dispatch: Dispatch | undefined
  /** What the run is compared with; undefined where that is not known. */
  base?: BaseRun | undefined
  /** Where the project's folder has no dbt_project.yml: those of the repository that have one, as project-dir. */
  projects?: string[] | undefined
}

export interface Dispatch {
  /** The file's name, such as `dbt.yml`. */
  workflow: string
  /** As `gh --repo` takes it: `acme/shop`, or `github.example.com/acme/shop`. */
  repository: string
  runId: string
  /** The commit that is checked out. */
  commit: string
  /** The inputs of its workflow_dispatch; undefined where it has none, or its file is not in the checkout. */
  inputs?: string[] | undefined
}
