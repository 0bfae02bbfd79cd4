import type { Annotation } from '../annotation.ts'
import { bytes, inert, oneLine, plain } from '../text.ts'

/** Takes what came before on its line away, so that only the header is seen. */
const CLEAR = '\r\u001b[0K'

/**
 * The start of a section of the job log, which can be folded. https://docs.gitlab.com/ci/jobs/job_logs/#create-custom-collapsible-sections
 * @param name unique in the log; letters, digits, `_`, `.` and `-`
 * @param at milliseconds since the epoch
 */
export function gitlabSection(name: string, title: string, at: number): string {
  return `\u001b[0Ksection_start:${Math.floor(at / 1000)}:${sectionName(name)}${CLEAR}${inert(oneLine(title))}`
}

export function gitlabSectionEnd(name: string, at: number): string {
  return `\u001b[0Ksection_end:${Math.floor(at / 1000)}:${sectionName(name)}${CLEAR}`
}

function sectionName(name: string): string {
  return name.replace(/[^\w.-]/g, '_')
}

/** GitLab refuses a larger file: https://docs.gitlab.com/administration/instance_limits/#limit-cicd-job-annotations-file-size */
const MOST_BYTES = 80 * 1024
/** The links stand in the narrow column beside the job's log. */
const MOST_LINKS = 20

export interface GitlabProject {
  /** CI_PROJECT_URL, such as https://gitlab.com/acme/shop. */
  url: string
  /** CI_COMMIT_SHA. */
  sha: string
}

/**
 * The annotations report, links on the page of the job: first to reports, then to the lines of what failed or warned.
 * https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsannotations
 */
export function gitlabAnnotations(
  reports: { label: string; url: string }[],
  annotations: Annotation[],
  { url, sha }: GitlabProject,
): string {
  const places = annotations
    .filter(({ path }) => path !== '')
    .map(({ title, path, line }) => ({
      label: oneLine(title, 120),
      url: `${url}/-/blob/${sha}/${plain(path).split('/').map(encodeURIComponent).join('/')}#L${line}`,
    }))
  const links = [...reports, ...places].slice(0, MOST_LINKS).map((link) => ({ external_link: link }))
  const text = () => `${JSON.stringify({ 'dbt-watcher': links }, undefined, 2)}\n`
  while (bytes(text()) > MOST_BYTES) links.pop()
  return text()
}
