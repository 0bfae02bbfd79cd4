/** Airflow 3 as script/install-cosmos installs it, on loopback, with its files in a temporary folder. */
import { type ChildProcess, execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, type Postgres } from '../../e2e/postgres.ts'
import { apiOf } from './airflow-api.ts'
import { end, PROGRAM, start, waitFor } from './programs.ts'

export interface DagRun {
  /** Milliseconds from its start to its end. */
  wall: number
  /** How many tasks needed more than one try. */
  triedAgain: number
}

export interface Airflow {
  /** Runs the only DAG to its end. @throws Error if a task does not succeed */
  run(): Promise<DagRun>
  stop(): Promise<void>
}

/**
 * @param variables what dag.py reads
 * @param parallel how many tasks run at once at most
 * @param signal ends all waiting
 */
export async function startAirflow(
  postgres: Postgres,
  variables: Record<string, string>,
  parallel: number,
  signal: AbortSignal,
): Promise<Airflow> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'airflow-')))
  const port = await freePort()
  const env = { ...settings(home, port, postgres, parallel), ...postgres.env, ...variables }
  const api = apiOf(`http://127.0.0.1:${port}`)
  const children: ChildProcess[] = []
  const wait = (until: () => Promise<boolean>) => waitFor(until, children, home, signal)
  const stop = async () => {
    await end(children)
    rmSync(home, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    mkdirSync(join(home, 'dags'))
    cpSync(join(import.meta.dirname, 'dag.py'), join(home, 'dags/dag.py'))
    await promisify(execFile)(PROGRAM, ['db', 'migrate'], { env, signal })
    for (const words of programs(port)) children.push(start(words, home, env))
    await wait(api.isHealthy)
    await wait(api.knowsDag)
  } catch (error) {
    await stop()
    throw error
  }
  const run = async () => {
    const id = await api.trigger()
    await wait(async () => ['success', 'failed'].includes((await api.runOf(id)).state))
    const others = await api.notSucceeded(id)
    if (others.length > 0) throw new Error(`Tasks did not succeed: ${others.join(', ')}\n${logOf(home)}`)
    return { wall: (await api.runOf(id)).wall, triedAgain: await api.triedAgain(id) }
  }
  return { run, stop }
}

/** What Airflow consists of, without the servers of logs. */
function programs(port: number): string[][] {
  return [
    ['api-server', '--host', '127.0.0.1', '--port', `${port}`],
    ['scheduler', '--skip-serve-logs'],
    ['dag-processor'],
    ['triggerer', '--skip-serve-logs'],
  ]
}

function settings(home: string, port: number, { env }: Postgres, parallel: number): NodeJS.ProcessEnv {
  const database = `${env.PGUSER}:${env.PGPASSWORD}@${env.PGHOST}:${env.PGPORT}/${env.PGDATABASE}`
  const secret = () => randomBytes(32).toString('base64url')
  return {
    PATH: `${join(PROGRAM, '..')}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    LANG: 'C.UTF-8',
    AIRFLOW_HOME: home,
    AIRFLOW__API__SECRET_KEY: secret(),
    AIRFLOW__API_AUTH__JWT_SECRET: secret(),
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: 'False',
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `http://127.0.0.1:${port}/execution/`,
    AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__PARALLELISM: `${parallel}`,
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS: 'True',
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: `postgresql+psycopg2://${database}`,
    AIRFLOW__COSMOS__CACHE_DIR: join(home, 'cosmos'),
    // Nothing is sent anywhere.
    AIRFLOW__COSMOS__ENABLE_TELEMETRY: 'False',
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: 'False',
    DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
  }
}

/** The end of the log of the task that was the last to say something. */
function logOf(home: string): string {
  const folder = join(home, 'logs')
  const logs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.includes('task_id='),
  )
  const files = logs.map((path) => join(folder, path)).filter((path) => path.endsWith('.log'))
  const last = files.toSorted((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs).at(-1)
  return last ? readFileSync(last, 'utf8').slice(-5000) : ''
}
