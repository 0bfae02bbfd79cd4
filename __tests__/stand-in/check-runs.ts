import { ACTIONS, type App } from './app.ts'
import {
  type Annotation,
  cutText,
  invalid,
  ofAnotherApp,
  readTime,
  refuseWrite,
  STATUSES,
  type Status,
} from './refusals.ts'

/** The words of REST, whichever way the write came. */
export type CheckRunWrite = {
  name?: string
  headSha?: string
  externalId?: string
  status?: string
  conclusion?: string
  startedAt?: string
  completedAt?: string
  output?: { title: string; summary: string; text?: string; annotations: Annotation[] }
}

export type Written = {
  /** Milliseconds since the epoch. */
  at: number
  /** `SeenRequest.number` of the request that wrote. */
  request: number
  kind: 'create' | 'update'
  /** What was sent. */
  write: CheckRunWrite
  /** What the check run was afterwards. */
  status: Status
  conclusion: string | null
}

export type CheckRunRecord = {
  /** The node id. */
  id: string
  /** Larger than 32 bits, as GitHub's have been for years: GraphQL's `databaseId: Int` cannot carry it. */
  databaseId: number
  name: string
  headSha: string
  externalId: string | null
  /** Whose token created it. */
  app: App
  status: Status
  conclusion: string | null
  startedAt: string | null
  completedAt: string | null
  output: { title: string | null; summary: string | null; text: string | null }
  annotations: Annotation[]
  url: string
  detailsUrl: string
  /** Every write that took effect, oldest first. */
  history: Written[]
}

export type CheckRuns = ReturnType<typeof checkRunsOf>

/** The check runs of one repository, and what was done to them that GitHub bears but nobody should do.
 * @param knownCommits shas that exist; any when left out */
export function checkRunsOf(repository: string, violations: string[], knownCommits?: readonly string[]) {
  const all: CheckRunRecord[] = []

  function apply(run: CheckRunRecord, write: CheckRunWrite): void {
    const before = { status: run.status, conclusion: run.conclusion }
    const complaint = (text: string) =>
      violations.push(`check run "${run.name}" (${run.externalId}): ${text}`)
    const { output, conclusion } = write
    // "Providing conclusion will automatically set the status parameter to completed."
    // https://docs.github.com/rest/checks/runs#update-a-check-run
    const status = conclusion === undefined ? write.status : 'completed'
    if (write.status !== undefined && status !== write.status)
      complaint(`conclusion with status ${write.status}`)
    if (status !== undefined) run.status = status as Status
    if (write.name !== undefined) run.name = write.name
    if (write.externalId !== undefined) run.externalId = write.externalId
    if (write.startedAt !== undefined) run.startedAt = readTime('started_at', write.startedAt)
    if (run.status === 'completed') {
      run.conclusion = conclusion ?? run.conclusion
      const now = run.completedAt ?? new Date().toISOString()
      run.completedAt = readTime('completed_at', write.completedAt ?? now)
      if (run.startedAt !== null && run.completedAt < run.startedAt) complaint('completed before it started')
    } else {
      run.conclusion = null
      run.completedAt = null
    }
    if (output !== undefined) {
      const text = output.text === undefined ? null : cutText(output.text)
      if (text !== (output.text ?? null)) complaint('text cut by GitHub')
      run.output = { title: output.title, summary: output.summary, text }
      run.annotations.push(...output.annotations)
    }
    if (before.status === 'completed' && run.status !== 'completed')
      complaint('reopened after it was completed')
    else if (STATUSES.indexOf(run.status) < STATUSES.indexOf(before.status)) complaint('went back to queued')
    else if (before.conclusion !== null && before.conclusion !== run.conclusion) {
      complaint(`changed its conclusion from ${before.conclusion} to ${run.conclusion}`)
    }
  }

  function record(
    run: CheckRunRecord,
    kind: 'create' | 'update',
    write: CheckRunWrite,
    request: number,
  ): void {
    const { status, conclusion } = run
    run.history.push({ at: Date.now(), request, kind, write: structuredClone(write), status, conclusion })
  }

  return {
    repository,
    all,
    find: (id: string | number) => all.find((run) => run.id === id || run.databaseId === id),
    hasCommit: (sha: string) => /^[0-9a-f]{40}$/.test(sha) && (knownCommits?.includes(sha) ?? true),
    complain: (text: string) => violations.push(text),

    create(write: CheckRunWrite, request: number, app = ACTIONS): CheckRunRecord {
      const { name = '', headSha = '', externalId = null } = write
      if (name.trim() === '') throw invalid('"name" wasn\'t supplied.')
      if (!this.hasCommit(headSha)) throw invalid(`No commit found for SHA: ${headSha}`)
      refuseWrite(write, false)
      if (
        externalId !== null &&
        all.some((run) => identity(run) === identity({ name, headSha, externalId }))
      ) {
        violations.push(`check run "${name}" (${externalId}): created twice on ${headSha}`)
      }
      const databaseId = 31_000_000_001 + all.length
      const url = `https://github.com/${repository}/runs/${databaseId}`
      const run: CheckRunRecord = {
        id: `CR_kwDO${Buffer.from(String(databaseId)).toString('base64url')}`,
        ...{ databaseId, name, headSha, externalId, url, app },
        ...{ status: 'queued', conclusion: null, completedAt: null, annotations: [], history: [] },
        // A run begins when it is created, unless the write says otherwise.
        startedAt: readTime('started_at', new Date().toISOString()),
        output: { title: null, summary: null, text: null },
        // With GITHUB_TOKEN details_url is overwritten, so what was sent is dropped.
        detailsUrl: url,
      }
      apply(run, write)
      all.push(run)
      record(run, 'create', write, request)
      return run
    },

    update(run: CheckRunRecord, write: CheckRunWrite, request: number, app = ACTIONS): CheckRunRecord {
      if (run.app.id !== app.id) throw ofAnotherApp(app.id)
      if (write.name !== undefined && write.name.trim() === '') throw invalid('"name" cannot be blank.')
      refuseWrite(write, run.conclusion !== null)
      apply(run, write)
      record(run, 'update', write, request)
      return run
    },
  }
}

function identity(run: { name: string; headSha: string; externalId: string | null }): string {
  return JSON.stringify([run.headSha, run.name, run.externalId])
}
