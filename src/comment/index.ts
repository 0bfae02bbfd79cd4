import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import * as core from '@actions/core'
import { exitWhenDone } from '../exit.ts'
import { STATE_PREFIX } from '../github/artifacts.ts'
import { clientOf } from '../github/client.ts'
import { contextOf, readEvent } from '../github/context.ts'
import { fields, text } from '../json.ts'
import { reasonOf } from '../reason.ts'
import { inert, oneLine } from '../report/text.ts'
import { downloadState } from '../rerun/store.ts'
import { requestOf } from './commands.ts'
import { obey } from './dispatch.ts'

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
  const client = clientOf(token, context)
  const { owner, repo, serverUrl } = context
  const { kind, why } = await obey(request, {
    client,
    serverUrl,
    workflow,
    defaultBranch,
    sleep,
    commitOf: async (runId) => {
      const where = {
        token,
        owner,
        repo,
        runId,
        own: false,
        prefix: STATE_PREFIX,
        below: Number.MAX_SAFE_INTEGER,
      }
      const state = await downloadState(where, env.RUNNER_TEMP || tmpdir(), FINDING)
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
  .catch((error: unknown) => core.setFailed(reasonOf(error)))
  .finally(exitWhenDone)
