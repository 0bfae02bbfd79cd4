import { AZURE_GROUP_END, azureGroup } from './azure.ts'
import { BUILDKITE_RESULT, buildkiteGroup } from './buildkite.ts'
import { GITHUB_GROUP_END, githubGroup } from './github.ts'
import { gitlabSection, gitlabSectionEnd } from './gitlab.ts'
import type { CiHost } from './host.ts'
import { teamcityBlock, teamcityBlockEnd } from './teamcity.ts'

/** The first and the last line of a part of the log that can be folded. */
export interface Fold {
  /** @param at milliseconds since the epoch */
  open(title: string, at: number): string
  close(title: string, at: number): string
}

/** Where the log of dbt can be folded, so that the recap is seen. */
export const FOLDS: Partial<Record<CiHost, Fold>> = {
  github: { open: githubGroup, close: () => GITHUB_GROUP_END },
  gitlab: {
    open: (title, at) => gitlabSection('dbt_watcher', title, at),
    close: (_, at) => gitlabSectionEnd('dbt_watcher', at),
  },
  azure: { open: azureGroup, close: () => AZURE_GROUP_END },
  buildkite: { open: buildkiteGroup, close: () => BUILDKITE_RESULT },
  teamcity: { open: teamcityBlock, close: teamcityBlockEnd },
}
