import { join } from 'node:path'
import { onTestFinished as afterTest } from 'vitest'
import { type CheckRunRecord, type GitHub, type Options, startGitHub } from '../stand-in/github.ts'
import { isAlive, type Result, RUN_ID, type Running, readRecord, type Step, startAction } from './action.ts'
import { scenarioOf, type Workspace, workspaceWith } from './workspace.ts'

/** A GitHub and a checkout for one test, gone when it ends. */
export interface Stage {
  github: GitHub
  workspace: Workspace
  /** FAKE_DBT_RECORD. */
  record: string
  /** The step of a workflow; `env` comes on top of what plays the scenario. */
  step(more?: Partial<Step>): Step
  start(more?: Partial<Step>): Running
  run(more?: Partial<Step>): Promise<Result>
  /** Check runs of an attempt (the first) by the last part of external_id. */
  checks(checkName?: string, attempt?: number): Map<string, CheckRunRecord>
}

/**
 * @param played name of the scenario, or how many made-up nodes
 * @param onTestFinished of the test's context, where tests run at once
 */
export async function stageFor(
  played: string | number,
  onTestFinished: typeof afterTest = afterTest,
  options: Options = {},
): Promise<Stage> {
  const github = await startGitHub(options)
  const made = typeof played === 'number'
  const workspace = workspaceWith(made ? 'green' : scenarioOf(played).project)
  const record = join(workspace.temp, 'fake-dbt.jsonl')
  onTestFinished(async () => {
    // What a test that failed has left running.
    for (const { pid } of readRecord(record))
      if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL')
    await github.close()
    workspace.remove()
  })
  const plays: Record<string, string> = made ? { FAKE_DBT_NODES: `${played}` } : { FAKE_DBT_SCENARIO: played }
  const step = ({ inputs, env, ...more }: Partial<Step> = {}): Step => ({
    workspace,
    github,
    inputs: { 'project-dir': workspace.projectDir, ...inputs },
    env: { FAKE_DBT_RECORD: record, ...plays, ...env },
    ...more,
  })
  return {
    github,
    workspace,
    record,
    step,
    start: (more) => startAction(step(more)),
    run: (more) => startAction(step(more)).done,
    checks: (checkName = 'dbt-watcher', attempt = 1) => {
      const prefix = `${RUN_ID}/${attempt}/${checkName}/`
      const own = github.checkRuns().filter((run) => run.externalId?.startsWith(prefix))
      return new Map(own.map((run) => [run.externalId?.slice(prefix.length) ?? '', run]))
    },
  }
}

/** The conclusions of the check runs, by key. */
export function conclusionsOf(checks: Map<string, CheckRunRecord>): Record<string, string | null> {
  return Object.fromEntries([...checks].map(([key, run]) => [key, run.conclusion]))
}
