import * as core from '@actions/core'
import { getOctokit } from '@actions/github'
import { startTime } from './dbt/process.ts'
import { checksOf, type Existing, type Write } from './github/checks.ts'
import { contextOf, externalPrefix, readEvent } from './github/context.ts'
import { checkNameOf, DEFAULTS, parseInputs } from './inputs.ts'
import { type Journal, readJournal } from './journal.ts'

/** Writes in one request, and so often it is tried: post has less than five minutes. */
const BATCH = 20
const TRIES = 20
const PAUSE = 1000

/** After main, also after a cancel and a SIGKILL: leaves no dbt running and no check run open. */
async function post(): Promise<void> {
  const journal = readJournal(core.getState('journal'))
  if (!journal || journal.closed) return
  stopDbt(journal)
  const inputs = parseInputs(
    Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, core.getInput(name)])),
  )
  const context = contextOf(process.env, readEvent(process.env.GITHUB_EVENT_PATH), inputs.sha)
  if (!context || !inputs['github-token'] || inputs.checks === 'none') return
  const octokit = getOctokit(inputs['github-token'], { baseUrl: context.apiUrl })
  const checks = checksOf(octokit, context, () => {})
  const prefix = externalPrefix(context, checkNameOf(inputs))
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const found = await checks.list()
    if ('failure' in found) {
      if (found.failure.kind === 'forbidden') return
    } else {
      const open = found.filter((run) => !run.completed && run.externalId.startsWith(prefix))
      if (open.length === 0) return
      core.info(`Closing ${open.length} check runs that were left open.`)
      for (let i = 0; i < open.length; i += BATCH) {
        await checks.writeAll(open.slice(i, i + BATCH).map((run) => closing(run, prefix, journal)))
        await pause(PAUSE)
      }
    }
    await pause(PAUSE * Math.min(attempt, 15))
  }
  core.warning('Some check runs are still open: GitHub did not take the writes.')
}

/** dbt outlives a main that was killed, in a process group of its own. */
function stopDbt({ pid, started }: Journal): void {
  if (!pid || !started || startTime(pid) !== started) return
  core.info('Stopping the dbt that was left running.')
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    try {
      process.kill(-pid, signal)
    } catch {
      return
    }
  }
}

function closing(run: Existing, prefix: string, journal: Journal): Write {
  const key = run.externalId.slice(prefix.length)
  const ended = journal.ended.get(key)
  const title = ended?.title ?? 'cancelled: the step ended before this did'
  return {
    id: run.id,
    externalId: run.externalId,
    check: {
      key,
      name: run.name,
      conclusion: ended?.conclusion ?? 'cancelled',
      startedAt: undefined,
      completedAt: undefined,
      title,
      summary: `${title}.`,
      text: '',
      annotations: [],
    },
    annotations: [],
    complete: true,
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

post()
  // Post must not fail a job whose dbt succeeded.
  .catch((error: unknown) => core.warning(error instanceof Error ? error.message : String(error)))
  .finally(() => process.exit())
