/** What a run is compared with: a folder, or the base branch as it is in the same job (docs/adr/0020). */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Environment } from '../dbt/environment.ts'
import type { Launch } from '../dbt/process.ts'
import { type Project, projectOf } from '../dbt/project.ts'
import type { Hide } from '../dbt/redact.ts'
import { type BaseFolders, selectsModified } from '../dbt/state.ts'
import { baseCommit } from '../git.ts'
import { type Context, runUrl } from '../github/context.ts'
import { type Inputs, inputNaming } from '../inputs.ts'
import { fields, text } from '../json.ts'
import { type BaseRun, baseRun } from '../report/base-run.ts'
import type { SavedRun } from '../run/saved.ts'
import type { Surroundings } from '../surroundings.ts'
import { newestGoodRuns } from './base-run.ts'
import { parseBase } from './parse-base.ts'
import type { Plan } from './plan.ts'

export interface BaseState {
  /** Undefined where everything runs. */
  folders: BaseFolders | undefined
  /** What nodes are compared with, such as `main`; empty where everything runs. */
  label: string
  /** The newest good run of the base branch, where it is known. */
  run: BaseRun | undefined
  /** Looks up the good runs before it, while dbt runs, and adds them to it. */
  lookUp?(): Promise<void>
  notices: string[]
  /** Why nothing may run. */
  refused: string[]
}

const NO_BASE: BaseState = { folders: undefined, label: '', run: undefined, notices: [], refused: [] }

export interface BaseOptions extends Pick<Launch, 'onStarted'> {
  inputs: Inputs
  plan: Plan
  surroundings: Surroundings
  hide: Hide
  env: Environment
  /** Resolves when the run was told to stop. */
  stopped: Promise<unknown>
  /** Is given a sentence for the log. */
  say(sentence: string): void
}

/** Finds what input state-from names. Never rejects: where there is none everything runs, or nothing. */
export async function findBaseState(options: BaseOptions): Promise<BaseState> {
  const { inputs, plan, surroundings } = options
  const from = inputs['state-from']
  if (from === '' || plan.refused.length > 0) return NO_BASE
  if (from !== 'base') {
    const folder = resolve(surroundings.workspace, from)
    if (existsSync(join(folder, 'manifest.json'))) {
      return { ...NO_BASE, label: from, folders: { state: folder, defer: folder } }
    }
    return without(options, `there is no manifest.json in the folder ${from}`)
  }
  const base = baseOf(surroundings.event)
  const project = projectFor(options)
  // What is wrong with the project is said when dbt is to start.
  if (!base || !project || !surroundings.context) return NO_BASE
  return await fromBranch(options, project, base, surroundings.context)
}

/** A branch and one of its commits. */
interface Base {
  branch: string
  sha: string
}

/** What the event merges into; undefined where it merges nothing. */
function baseOf(event: unknown): Base | undefined {
  const { pull_request, merge_group } = fields(event)
  if (pull_request) {
    const base = fields(fields(pull_request).base)
    return { branch: text(base.ref), sha: text(base.sha) }
  }
  // https://docs.github.com/en/webhooks/webhook-events-and-payloads#merge_group
  const { base_ref, base_sha } = fields(merge_group)
  return merge_group ? { branch: text(base_ref).replace('refs/heads/', ''), sha: text(base_sha) } : undefined
}

/** Whether a run of this event is one that pull requests may defer to. */
export function isOfBranch(event: unknown): boolean {
  return baseOf(event) === undefined
}

async function fromBranch(
  options: BaseOptions,
  project: Project,
  { branch, sha }: Base,
  context: Context,
): Promise<BaseState> {
  const { plan, surroundings, say, inputs, stopped, onStarted } = options
  const found = await baseCommit(surroundings.repository, sha)
  if ('missing' in found) {
    const { missing, depth } = found
    return without(options, `${missing}; set "fetch-depth: ${depth}" for actions/checkout`)
  }
  const { commit } = found
  const begun = Date.now()
  const both = Promise.all([
    parseBase({
      project,
      words: plan.commands[0]?.words ?? [],
      commit,
      root: surroundings.repository,
      temp: surroundings.temp,
      deps: inputs.deps !== 'never',
      stopped,
      onStarted,
    }),
    newestGoodRuns(options, context, branch),
  ])
  const none = { missing: 'was not read, since the run was stopped' }
  const [parsed, newest] = await Promise.race([both, stopped.then(() => [none, none] as const)])
  if ('missing' in parsed) return without(options, `the base ${commit.slice(0, 7)} ${parsed.missing}`)
  say(`The base ${commit.slice(0, 7)} was parsed in ${((Date.now() - begun) / 1000).toFixed(1)} s.`)
  const known = 'missing' in newest ? undefined : newest.newest
  const defer = known?.manifestFolder || undefined
  const why = 'missing' in newest ? newest.missing : 'it left no manifest'
  const notices = defer ? [] : [`Nothing is deferred to what ${branch} built: ${why}.`]
  const result = { folders: { state: parsed.folder, defer }, label: branch, notices, refused: [] }
  if ('missing' in newest) return { ...result, run: undefined }
  const runOf = (saved: SavedRun) => {
    const { runId, runAttempt } = saved.about
    return baseRun(branch, runUrl({ ...context, runId, runAttempt: String(runAttempt) }), saved)
  }
  const run = runOf(newest.newest.saved)
  const lookUp = async () => {
    run.earlier.push(...(await newest.earlier()).map(runOf))
  }
  return { ...result, run, lookUp }
}

function without({ inputs, plan, env, hide }: BaseOptions, why: string): BaseState {
  if (inputs['state-required']) return { ...NO_BASE, refused: [hide(`Input state-required: ${why}.`)] }
  const chooses = plan.commands.some(({ words, selection }) => !selection && selectsModified(words, env))
  const what = chooses ? 'Everything runs' : 'Nothing is compared or deferred'
  return { ...NO_BASE, notices: [hide(`${what}, although state-from is set: ${why}.`)] }
}

function projectFor({ inputs, plan, surroundings, env }: BaseOptions): Project | undefined {
  try {
    return projectOf({
      command: plan.commands[0]?.words ?? [],
      dbt: inputs.dbt,
      projectDir: inputs['project-dir'],
      profilesDir: inputs['profiles-dir'],
      workspace: surroundings.workspace,
      token: inputs['github-token'],
      env,
      naming: inputNaming,
    })
  } catch {
    return undefined
  }
}
