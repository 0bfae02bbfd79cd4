import type { FailOn } from '../run/verdict.ts'

/** What the reports are about: the name of the run, its command, repository and commit. */
export interface Subject {
  /** As used, with the values of the matrix. */
  checkName: string
  /** The dbt command as the user wrote it. */
  command: string
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
}

export interface Dispatch {
  /** The file's name, such as `dbt.yml`. */
  workflow: string
  /** As `gh --repo` takes it: `acme/shop`, or `github.example.com/acme/shop`. */
  repository: string
  runId: string
  /** The commit that is checked out. */
  commit: string
}
