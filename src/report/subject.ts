import type { FailOn } from '../run/verdict.ts'
import type { BaseRun } from './base-run.ts'

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
  /** Whether failures are annotated. */
  annotations: boolean
  /** What continues this run by hand; undefined outside GitHub. */
  dispatch: Dispatch | undefined
  /** What the run is compared with; undefined where that is not known. */
  base?: BaseRun | undefined
  /** Folders of the repository that have a dbt_project.yml, where the project's own has none. */
  projects?: string[]
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
