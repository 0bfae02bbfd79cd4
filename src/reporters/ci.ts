/** What a CI system shows beside the log of the command line; the Action has reporters of its own. */
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { Environment } from '../dbt/environment.ts'
import { azureIssues, azureSummary } from '../report/ci/azure.ts'
import { githubAnnotation } from '../report/ci/github.ts'
import { gitlabAnnotations } from '../report/ci/gitlab.ts'
import type { CiHost } from '../report/ci/host.ts'
import { teamcityArtifact, teamcityResult } from '../report/ci/teamcity.ts'
import { nothingPublished } from '../report/published.ts'
import type { Subject } from '../report/subject.ts'
import { SUMMARY_LIMIT, summary } from '../report/summary.ts'
import { rollUpTitle } from '../report/title.ts'
import { verdict } from '../run/verdict.ts'
import { annotationsOf } from './annotations.ts'
import { bitbucket } from './bitbucket.ts'
import { buildkite } from './buildkite.ts'
import type { Findings } from './evidence.ts'
import { jobSummary } from './job-summary.ts'
import type { Reporter } from './reporter.ts'
import { workflowCommands } from './workflow-commands.ts'

export interface CiOptions {
  env: Environment
  subject: Subject
  findings: Findings
  /** Sentences on what was overridden, as known at the end. */
  notices(): string[]
  /** Absolute path of the HTML report; empty for none. */
  report: string
  print(text: string): void
}

/** By CI system, the reporters for what it shows at the end. */
export const CI_REPORTERS: Record<CiHost, (options: CiOptions) => Reporter[]> = {
  github,
  gitlab: (options) => [gitlab(options)],
  azure: (options) => [azure(options)],
  buildkite: (options) => [buildkite(options)],
  teamcity: (options) => [teamcity(options)],
  bitbucket: (options) => [bitbucket(options)],
}

/** Annotations and the job summary, as the Action has them where it cannot write checks. */
function github({ env, subject, findings, notices, print }: CiOptions): Reporter[] {
  const path = env.GITHUB_STEP_SUMMARY
  const commands = workflowCommands({
    error: (message, properties) => print(githubAnnotation('error', message, properties)),
    warning: (message, properties) => print(githubAnnotation('warning', message, properties)),
    findings,
    published: nothingPublished(),
    hasChecks: false,
  })
  return [commands, ...(path ? [jobSummary(path, { subject, findings, links: new Map(), notices })] : [])]
}

/** Links on the page of the job: `artifacts: reports: annotations: gl-annotations.json` hands them over. */
function gitlab({ env, subject, findings, report }: CiOptions): Reporter {
  return {
    name: 'GitLab annotations',
    finish: async (run) => {
      const path = relative(env.CI_PROJECT_DIR ?? '.', report).replaceAll('\\', '/')
      const url = `${env.CI_JOB_URL}/artifacts/file/${path.split('/').map(encodeURIComponent).join('/')}`
      const links = report ? [{ label: 'dbt-watcher report', url }] : []
      const project = { url: env.CI_PROJECT_URL ?? '', sha: env.CI_COMMIT_SHA ?? '' }
      writeFileSync(
        'gl-annotations.json',
        gitlabAnnotations(links, await annotationsOf(run, subject, findings), project),
      )
    },
  }
}

/** Issues of the step, and the summary as a tab of the run's page. */
function azure({ env, subject, findings, notices, print }: CiOptions): Reporter {
  return {
    name: 'Azure issues',
    finish: async (run) => {
      for (const line of azureIssues(await annotationsOf(run, subject, findings))) print(line)
      // The tab has the name of the file.
      const name = `${subject.checkName.replace(/[^\w-]+/g, '-')}.md`
      const path = join(env.AGENT_TEMPDIRECTORY || tmpdir(), name)
      const input = {
        run,
        subject,
        evidence: await findings.ofFailures(),
        links: new Map(),
        notices: notices(),
      }
      writeFileSync(path, summary(input, SUMMARY_LIMIT))
      print(azureSummary(path))
    },
  }
}

/** Build problems, the text of the build's status, and the report as an artifact. */
function teamcity({ subject, findings, report, print }: CiOptions): Reporter {
  return {
    name: 'TeamCity messages',
    finish: async (run) => {
      const failed = verdict(run, subject.failOn) !== 'success'
      const lines = teamcityResult(
        await annotationsOf(run, subject, findings),
        rollUpTitle(run, subject),
        failed,
      )
      for (const line of lines) print(line)
      if (report) print(teamcityArtifact(report))
    },
  }
}
