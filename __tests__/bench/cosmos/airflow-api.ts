/** Airflow's REST API, as far as it is needed: https://airflow.apache.org/docs/apache-airflow/stable/stable-rest-api-ref.html */

const DAG = '/api/v2/dags/bench'

export interface Run {
  state: string
  /** From its start to its end, in milliseconds; NaN while it runs. */
  wall: number
}

export interface AirflowApi {
  /** Whether all of Airflow's programs are up. */
  isHealthy(): Promise<boolean>
  knowsDag(): Promise<boolean>
  /** @returns the id of the DAG run */
  trigger(): Promise<string>
  runOf(id: string): Promise<Run>
  /** Task ids and states of what did not succeed, once the DAG run has ended. */
  notSucceeded(id: string): Promise<string[]>
  /** How many tasks needed more than one try. */
  triedAgain(id: string): Promise<number>
}

interface Tasks {
  task_instances: { task_id: string; state: string }[]
  total_entries: number
}

export function apiOf(origin: string): AirflowApi {
  let token: string | undefined

  /** Everybody is an admin: see settings in airflow.ts. */
  async function logIn(): Promise<string> {
    const response = await fetch(`${origin}/auth/token`)
    const { access_token } = (await response.json()) as { access_token: string }
    return access_token
  }

  async function call<T>(path: string, body?: object): Promise<T> {
    token ??= await logIn()
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers }
    const response = await fetch(`${origin}${path}`, init)
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  return {
    isHealthy: async () => {
      try {
        const response = await fetch(`${origin}/api/v2/monitor/health`)
        const parts = Object.values((await response.json()) as Record<string, { status: string | null }>)
        return parts.length > 0 && parts.every(({ status }) => status === 'healthy')
      } catch {
        return false
      }
    },
    knowsDag: async () => {
      const { import_errors } = await call<{ import_errors: { stack_trace: string }[] }>(
        '/api/v2/importErrors',
      )
      if (import_errors[0]) throw new Error(import_errors[0].stack_trace)
      const { dags } = await call<{ dags: object[] }>('/api/v2/dags')
      return dags.length > 0
    },
    trigger: async () => {
      const { dag_run_id } = await call<{ dag_run_id: string }>(`${DAG}/dagRuns`, { logical_date: null })
      return dag_run_id
    },
    runOf: async (id) => {
      const path = `${DAG}/dagRuns/${encodeURIComponent(id)}`
      const run = await call<{ state: string; start_date: string; end_date: string | null }>(path)
      return { state: run.state, wall: Date.parse(run.end_date ?? '') - Date.parse(run.start_date) }
    },
    notSucceeded: async (id) => {
      // Without states it lists all, and 100 at most.
      const states = ['failed', 'upstream_failed', 'skipped', 'removed'].map((state) => `state=${state}`)
      const { task_instances } = await call<Tasks>(tasksOf(id, states.join('&')))
      return task_instances.map(({ task_id, state }) => `${task_id} ${state}`)
    },
    triedAgain: async (id) => {
      const { total_entries } = await call<Tasks>(tasksOf(id, 'try_number=2&try_number=3'))
      return total_entries
    },
  }
}

function tasksOf(id: string, query: string): string {
  return `${DAG}/dagRuns/${encodeURIComponent(id)}/taskInstances?${query}`
}
