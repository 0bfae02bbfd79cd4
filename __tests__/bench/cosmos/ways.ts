/** The same project on the same Postgres in four ways, each once and in a new database. */
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { NO_POSTGRES, type Postgres, postgresVersion, startPostgres } from '../../e2e/postgres.ts'
import { ROOT, type Workspace } from '../../e2e/workspace.ts'
import { environment } from '../dbt.ts'
import { clean, folderOf, projectOf } from '../project.ts'
import { timeStep } from '../step.ts'
import { timeOf } from '../timing.ts'
import { startAirflow } from './airflow.ts'
import { peakOf } from './processes.ts'

/** One run. */
export interface Way {
  name: 'plain' | 'action' | 'watcher' | 'local'
  /** In milliseconds. */
  wall: number
  peakMb: number
  /** Of Airflow's tasks, how many needed more than one try. */
  triedAgain?: number
}

/** Threads of dbt, and tasks of Airflow that run at once. */
export const THREADS = 4

/** The same for all ways. */
const DBT = join(ROOT, '.cache/cosmos/bin/dbt')

interface Measured {
  ways: Way[]
  /** Its version. */
  postgres: string
}

type Measure = (postgres: Postgres) => Promise<Omit<Way, 'name'>>

export async function measureWays(views: number, done: (way: Way) => void): Promise<Measured> {
  if (NO_POSTGRES) throw new Error(NO_POSTGRES)
  if (!existsSync(DBT)) throw new Error(`${DBT} is missing: run script/install-cosmos`)
  const workspace = projectOf(views, THREADS)
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort()
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  const ways: Way[] = []
  const inNewDatabase = async (work: Measure) => {
    interrupted.signal.throwIfAborted()
    const postgres = await startPostgres('bench')
    try {
      clean(workspace)
      return await work(postgres)
    } finally {
      await postgres.stop()
    }
  }
  const measure = async (name: Way['name'], work: Measure) => {
    const way = { name, ...(await inNewDatabase(work)) }
    ways.push(way)
    done(way)
  }
  try {
    // The first run fills caches of the disk and of Python.
    await inNewDatabase((postgres) => plain(workspace, postgres))
    copyFileSync(join(folderOf(workspace), 'target/manifest.json'), manifestOf(workspace))
    await measure('plain', (postgres) => plain(workspace, postgres))
    await measure('action', (postgres) => action(workspace, postgres))
    for (const mode of ['watcher', 'local'] as const) {
      await measure(mode, (postgres) => cosmos(workspace, postgres, mode, interrupted.signal))
    }
    return { ways, postgres: postgresVersion() }
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
    workspace.remove()
  }
}

function manifestOf({ temp }: Workspace): string {
  return join(temp, '../manifest.json')
}

async function plain(workspace: Workspace, { env }: Postgres): ReturnType<Measure> {
  const words = [DBT, 'build', '--target', 'postgres']
  const { result, peakMb } = await peakOf(() =>
    timeOf(words, folderOf(workspace), { ...environment(workspace), ...env }),
  )
  if (result.exitCode !== 0) throw new Error(`dbt ended with exit code ${result.exitCode}`)
  return { wall: result.wall, peakMb }
}

async function action(workspace: Workspace, { env }: Postgres): ReturnType<Measure> {
  const inputs = { command: 'build --target postgres' }
  const { result, peakMb } = await peakOf(() => timeStep(workspace, DBT, inputs, env))
  if (result.exitCode !== 0)
    throw new Error(`The Action ended with exit code ${result.exitCode}:\n${result.result.log}`)
  return { wall: result.wall, peakMb }
}

async function cosmos(
  workspace: Workspace,
  postgres: Postgres,
  mode: string,
  signal: AbortSignal,
): ReturnType<Measure> {
  const variables = {
    BENCH_MODE: mode,
    BENCH_PROJECT: folderOf(workspace),
    BENCH_MANIFEST: manifestOf(workspace),
  }
  const airflow = await startAirflow(postgres, variables, THREADS, signal)
  try {
    const { result, peakMb } = await peakOf(airflow.run)
    return { ...result, peakMb }
  } finally {
    await airflow.stop()
  }
}
