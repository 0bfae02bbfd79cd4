import type { ArtifactClient } from '../github/artifacts.ts'
import { nodesLeft } from '../run/nodes-left.ts'
import type { Reporter } from './reporter.ts'

/** dbt v2 runs so many small nodes in the time that the client takes to start. */
const AHEAD = 20

/**
 * Starts the artifact client shortly before dbt ends, so that the uploads need not wait for it. Not after a stop, which
 * leaves no time for them.
 */
export function artifactStart(client: Pick<ArtifactClient, 'start'>): Reporter {
  const isNear = nodesLeft(AHEAD)
  return {
    name: 'artifact client',
    update: (run, { node }) => {
      const over = run.exitCode !== undefined && run.stoppedAt === undefined
      if (isNear(run, node) || over) client.start()
    },
  }
}
