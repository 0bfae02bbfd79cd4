/** CI systems that show more than a log and an exit code. `github` is a `run:` step of GitHub, Gitea or Forgejo Actions. */
export type CiHost = 'github' | 'gitlab' | 'azure' | 'buildkite' | 'teamcity' | 'bitbucket'

/** The variable that each sets, with the page that documents it. */
const VARIABLES: Record<CiHost, string> = {
  // https://docs.github.com/en/actions/reference/workflows-and-actions/variables
  github: 'GITHUB_ACTIONS',
  // https://docs.gitlab.com/ci/variables/predefined_variables/
  gitlab: 'GITLAB_CI',
  // https://learn.microsoft.com/azure/devops/pipelines/build/variables
  azure: 'TF_BUILD',
  // https://buildkite.com/docs/pipelines/configure/environment-variables
  buildkite: 'BUILDKITE',
  // https://www.jetbrains.com/help/teamcity/predefined-build-parameters.html
  teamcity: 'TEAMCITY_VERSION',
  // https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
  bitbucket: 'BITBUCKET_BUILD_NUMBER',
}

/** The CI system that this environment belongs to; undefined in a terminal and anywhere else. */
export function ciHost(env: Record<string, string | undefined>): CiHost | undefined {
  const hosts = Object.keys(VARIABLES) as CiHost[]
  return hosts.find((host) => (env[VARIABLES[host]] ?? '') !== '')
}
