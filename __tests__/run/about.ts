import type { About } from '../../src/run/saved.ts'

/** A run of the command build that succeeded. */
export const ABOUT: About = {
  checkName: 'dbt-watcher',
  repository: 'acme/shop',
  job: 'dbt',
  workflow: 'dbt.yml',
  runId: '1',
  runAttempt: 1,
  sha: 'a',
  commit: 'a',
  eventSha: 'a',
  projectDir: '.',
  commands: [['build']],
  first: 0,
  select: '',
  partial: false,
  verdict: 'success',
}
