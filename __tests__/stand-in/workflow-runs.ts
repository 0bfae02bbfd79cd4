/** The workflow runs of one repository, and what was dispatched. */
import { second } from './artifacts.ts'

type Commit = { ref: string; sha: string; repo: { id: number; name: string } }

/** GitHub's own words. https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run */
export type WorkflowRun = {
  id: number
  name: string
  status: 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending'
  conclusion: string | null
  event: string
  head_sha: string
  head_branch: string | null
  /** From the repository's root. */
  path: string
  workflow_id: number
  run_number: number
  run_attempt: number
  url: string
  html_url: string
  created_at: string
  updated_at: string
  repository: { id: number; full_name: string }
  /** A fork's is another one; null where the fork is gone. */
  head_repository: { id: number; full_name: string } | null
  pull_requests: { id: number; number: number; url: string; head: Commit; base: Commit }[]
}

export type GivenRun = Partial<Omit<WorkflowRun, 'head_repository'>> & {
  /** `owner/name`. */
  headRepository?: string | null
}

export type Dispatch = {
  /** As in the address: the file's name or the workflow's id. */
  workflow: string
  ref: string
  inputs: Record<string, string>
  /** The run that it started. */
  runId: number
}

/** What GitHub knows of workflows and refs. Left out, any is there. */
export type Declared = {
  /** By the file's name; what its workflow_dispatch declares, or null where it has none. */
  workflows?: Record<string, readonly string[] | null> | undefined
  /** Branches and tags by name, with their commits. */
  refs?: Record<string, string> | undefined
}

export type WorkflowRuns = ReturnType<typeof workflowRunsOf>

const FOLDER = '.github/workflows/'
const REPOSITORY_ID = 640_320_001

export function workflowRunsOf(repository: string, apiUrl: () => string, declared: Declared) {
  const all: WorkflowRun[] = []
  const dispatches: Dispatch[] = []
  const paths: string[] = Object.keys(declared.workflows ?? {}).map((file) => `${FOLDER}${file}`)

  /** Workflows get their ids in the order in which they are named. */
  function workflowId(path: string): number {
    if (!paths.includes(path)) paths.push(path)
    return 9_001 + paths.indexOf(path)
  }

  function idOf(name: string): number {
    return name === repository ? REPOSITORY_ID : 700_000_000 + name.length
  }

  return {
    all,
    dispatches,
    declared,
    find: (id: number) => all.find((run) => run.id === id),

    /** Puts a run where there was none; what is not given is that of a push to main that is running. */
    add({ headRepository = repository, ...given }: GivenRun = {}): WorkflowRun {
      const id = given.id ?? 8_800_000_001 + all.length
      const path = given.path ?? `${FOLDER}dbt.yml`
      const status = given.status ?? (given.conclusion == null ? 'in_progress' : 'completed')
      const created = given.created_at ?? second(Date.now())
      const run: WorkflowRun = {
        ...{ id, name: 'dbt', status, conclusion: null, event: 'push' },
        ...{ head_sha: 'a'.repeat(40), head_branch: 'main', path, workflow_id: workflowId(path) },
        ...{ run_number: all.length + 1, run_attempt: 1 },
        url: `${apiUrl()}/repos/${repository}/actions/runs/${id}`,
        html_url: `https://github.com/${repository}/actions/runs/${id}`,
        ...{ created_at: created, updated_at: created, pull_requests: [] },
        repository: { id: REPOSITORY_ID, full_name: repository },
        head_repository:
          headRepository === null ? null : { id: idOf(headRepository), full_name: headRepository },
        ...given,
      }
      all.push(run)
      return run
    },

    /** The path of a workflow that is named by its file or its id; undefined where there is none. */
    pathOf(workflow: string): string | undefined {
      if (/^\d+$/.test(workflow)) return paths[Number(workflow) - 9_001]
      const path = `${FOLDER}${workflow}`
      return declared.workflows === undefined || paths.includes(path) ? path : undefined
    },

    /** @returns the commit of a branch or a tag; undefined where there is none */
    commitOf(ref: string): string | undefined {
      const name = ref.replace(/^refs\/(heads|tags)\//, '')
      if (declared.refs !== undefined) return declared.refs[name]
      // "The reference can be a branch or tag name": a commit is none.
      // https://docs.github.com/rest/actions/workflows#create-a-workflow-dispatch-event
      return name === '' || /^[0-9a-f]{40}$/.test(name) ? undefined : 'a'.repeat(40)
    },
  }
}
