import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as core from '@actions/core'
import { getOctokit } from '@actions/github'
import { fields, text } from './dbt/event.ts'
import { askArtifacts, STATE_PREFIX } from './github/artifacts.ts'
import { SILENT } from './github/checks.ts'
import { requestOf } from './github/commands.ts'
import { contextOf, readEvent } from './github/context.ts'
import { obey } from './github/dispatch.ts'
import { inert, oneLine } from './report/text.ts'
import { readState } from './state.ts'

/** The Action in comment/: a command in a comment starts the workflow that runs dbt. */
async function comment(): Promise<void> {
  const { env } = process
  if (env.GITHUB_EVENT_NAME !== 'issue_comment') throw new Error('This Action needs the event issue_comment.')
  const workflow = core.getInput('workflow')
  if (!/^\w[\w.-]*\.ya?ml$/.test(workflow)) {
    throw new Error(
      `Input workflow "${workflow}": expected a file name of .github/workflows, such as dbt.yml.`,
    )
  }
  const event = readEvent(env.GITHUB_EVENT_PATH)
  const context = contextOf(env, event, '')
  const defaultBranch = text(fields(fields(event).repository).default_branch)
  if (!context || !defaultBranch) throw new Error('The event does not tell the repository.')
  const request = requestOf(event)
  if (typeof request === 'string') return say(request)

  const token = core.getInput('github-token')
  const octokit = getOctokit(token, { baseUrl: context.apiUrl, log: SILENT })
  const { owner, repo, serverUrl } = context
  const { kind, why } = await obey(request, {
    ...{ octokit, owner, repo, serverUrl, workflow, defaultBranch },
    sleep,
    commitOf: async (runId) => {
      const folder = join(env.RUNNER_TEMP || tmpdir(), `dbt-watcher-${randomUUID()}`)
      const prefix = STATE_PREFIX
      const below = Number.MAX_SAFE_INTEGER
      const where = { token, owner, repo, runId, own: false, prefix, below, folder }
      const answer = await askArtifacts({ do: 'download', ...where }, FINDING)
      const state = 'done' in answer ? await readState(folder) : answer
      return 'saved' in state ? state.saved.about.commit : undefined
    },
  })
  if (kind === 'failed') core.setFailed(inert(oneLine(why, 1000)))
  else say(why)
}

/** How long a state may take to come, in milliseconds. */
const FINDING = 45_000

function say(sentence: string): void {
  core.info(inert(oneLine(sentence, 1000)))
}

comment()
  .catch((error: unknown) => core.setFailed(error instanceof Error ? error.message : String(error)))
  // Sockets that are kept alive would hold the step open.
  .finally(() => process.stdout.write('', () => process.exit()))
