/** What GitHub keeps beside check runs, for the answers and for tests. */
import { type ArtifactRecord, artifactsOf } from './artifacts.ts'
import { discussionsOf } from './discussions.ts'
import type { Options } from './options.ts'
import { workflowRunsOf } from './workflow-runs.ts'

/** @param apiUrl asked only when a run is added, when the address is known */
export function keptOf(repository: string, options: Options, apiUrl: () => string) {
  const { workflows, refs, roles } = options
  const artifacts = artifactsOf()
  const workflowRuns = workflowRunsOf(repository, apiUrl, { workflows, refs })
  const discussions = discussionsOf(repository, { ...roles })
  const { pulls, comments, addPull, addIssue, addComment } = discussions
  const forTests = {
    artifacts: () => structuredClone(artifacts.all).map(withBuffer),
    addArtifact: artifacts.add,
    ...{ workflowRuns: workflowRuns.all, dispatches: workflowRuns.dispatches, addRun: workflowRuns.add },
    ...{ pulls, comments, roles: discussions.roles, addPull, addIssue, addComment },
  }

  return {
    exchange: { artifacts, workflowRuns, discussions },
    forTests,
    /** Puts in what the options say is there. */
    fill(): void {
      for (const run of options.workflowRuns ?? []) workflowRuns.add(run)
      for (const pull of options.pulls ?? []) discussions.addPull(pull)
    },
  }
}

/** A clone of a Buffer is but an array of bytes. */
function withBuffer(artifact: ArtifactRecord): ArtifactRecord {
  return { ...artifact, content: Buffer.from(artifact.content) }
}
