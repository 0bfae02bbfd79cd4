import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Result, runAction, type Step } from '../e2e/action.ts'
import type { Workspace } from '../e2e/workspace.ts'
import { type GitHub, startGitHub } from '../stand-in/github.ts'
import { cpuIn, noting, timed } from './timing.ts'

/** How long the stand-in takes for an answer, in milliseconds: about what GitHub's API takes for a small mutation. */
export const API_DELAY = 150

/** One run of the Action. Times in milliseconds. */
export interface TimedStep {
  wall: number
  /** Of the Action alone, without dbt. */
  cpu: number
  /** From the step's start to dbt's. */
  start: number
  /** From dbt's end to the step's. */
  end: number
  exitCode: number | null
  github: GitHub
  result: Result
}

/** Runs the bundle on a checkout with a dbt, against a GitHub that answers as slowly as the real one. */
export async function timeStep(
  workspace: Workspace,
  dbt: string,
  inputs: Record<string, string> = {},
  env: Record<string, string> = {},
): Promise<TimedStep> {
  const notes = mkdtempSync(join(tmpdir(), 'step-'))
  const github = await slowGitHub()
  try {
    const noted = noting(dbt, notes)
    const file = join(notes, 'cpu')
    const step: Step = {
      ...{ workspace, github, through: (words) => timed(file, words), artifacts: true },
      inputs: { 'project-dir': workspace.projectDir, dbt: noted.program, ...inputs },
      env: { DBT_SEND_ANONYMOUS_USAGE_STATS: 'false', ...env },
    }
    const began = Date.now()
    const result = await runAction(step)
    if (github.violations.length > 0) throw new Error(github.violations.join('\n'))
    return {
      ...{
        wall: result.durationMs,
        cpu: cpuIn(file) - noted.cpu(),
        exitCode: result.exitCode,
        github,
        result,
      },
      ...{ start: noted.started() - began, end: result.endedAt - noted.ended() },
    }
  } finally {
    await github.close()
    rmSync(notes, { recursive: true, force: true })
  }
}

export function slowGitHub(): Promise<GitHub> {
  // All of GitHub's hourly budget is ours, or the smaller part of a measurement would depend on the parts before it.
  return startGitHub({ fault: () => ({ delay: API_DELAY }) })
}
