import type { ArtifactClient } from '../github/artifacts.ts'
import { nodesLeft } from '../run/nodes-left.ts'
import type { Reporter } from './reporter.ts'

/** dbt v2 runs so many small nodes in the time that the client takes to start. */
const AHEAD = 20

/** Starts the artifact client shortly before dbt ends, so that the uploads need not wait for it. */
export function artifactStart(client: Pick<ArtifactClient, 'start'>): Reporter {
  const isNear = nodesLeft(AHEAD)
  return {
    name: 'artifact client',
    update: (run, { node }) => {
      if (isNear(run, node) || run.exitCode !== undefined) client.start()
    },
  }
}
