import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../e2e/workspace.ts'
import type { Way } from './cosmos/ways.ts'
import { grouped, seconds } from './numbers.ts'
import { type Options, type Part, table } from './part.ts'
import { API_DELAY } from './step.ts'

interface Data {
  versions: string
  views: number
  /** dbt's threads, and Airflow's tasks at once. */
  threads: number
  ways: Way[]
}

const NAMES: Record<Way['name'], string> = {
  plain: 'plain `dbt build`',
  action: 'the Action',
  watcher: 'Cosmos, `WATCHER`',
  local: 'Cosmos, `LOCAL`',
}

/** As many as the project with which Cosmos compares its modes. */
const VIEWS = 184

/** What shows each node too: a task per node in Airflow. */
export const cosmosPart: Part<Data> = {
  name: 'cosmos',
  title: 'Against Cosmos on Airflow',
  measure: async ({ quick, note }: Options) => {
    // Not above: to load it looks for a Postgres server and installs it, which no other part needs.
    const { measureWays, THREADS } = await import('./cosmos/ways.ts')
    const views = quick ? 5 : VIEWS
    const { ways, postgres } = await measureWays(views, ({ name, wall, peakMb, triedAgain = 0 }) =>
      note(
        `${views} views, ${name}: ${seconds(wall)}, ${grouped(peakMb)} MB, ${triedAgain} tasks tried again`,
      ),
    )
    return { versions: `${versions()}, PostgreSQL ${postgres}`, views, threads: THREADS, ways }
  },
  section: ({ versions, views, threads, ways }) => {
    const plain = ways.find(({ name }) => name === 'plain')?.wall ?? Number.NaN
    const lines = ways.map(({ name, wall, peakMb, triedAgain }) => [
      ...[NAMES[name], seconds(wall), `${(wall / plain).toFixed(2)} ×`, `${grouped(peakMb)} MB`],
      triedAgain === undefined ? '' : grouped(triedAgain),
    ])
    return `${versions}. ${grouped(views)} views without tests on Postgres, in a new database for each way; one run of each, after one of plain \`dbt build\` that does not count. All use the same dbt with ${threads} threads. Airflow has a LocalExecutor that runs ${threads} tasks at once (with \`WATCHER\` dbt itself is one of them), and its tables in the same database; Cosmos reads the DAG from a manifest. A task that fails is tried again at once. Times of Cosmos are from the DAG run's start to its end, as Airflow has them, without the start of Airflow; those of the Action are of the whole step, with a stand-in for GitHub's API that takes ${API_DELAY} ms for an answer. Memory is the greatest sum of the resident memory of all processes but Postgres, looked at each second; what processes share is counted in each.

${table(['', 'wall time', 'against plain', 'memory', 'tasks tried again'], lines)}`
  },
}

/** What script/install-cosmos installed. */
function versions(): string {
  const stamp = readFileSync(join(ROOT, '.cache/cosmos/stamp'), 'utf8')
  return stamp.split(' in /')[0]?.trim() ?? ''
}
