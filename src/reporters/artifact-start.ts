import type { ArtifactClient } from '../github/artifacts.ts'
import { lastNode } from '../run/last-node.ts'
import type { Reporter } from './reporter.ts'

/** Starts the artifact client when dbt has run its last node, so that the uploads need not wait for it. */
export function artifactStart(client: Pick<ArtifactClient, 'start'>): Reporter {
  const isLast = lastNode()
  return {
    name: 'artifact client',
    update: (run, { node }) => {
      if (isLast(run, node) || run.exitCode !== undefined) client.start()
    },
  }
}
