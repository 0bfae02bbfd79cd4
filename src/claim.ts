import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Claims a check-name for this step: two steps of one job with the same one would overwrite each other's checks. Atomic,
 * since steps can run in parallel. A step that is run again by a runner keeps its claim.
 * @throws Error in the second step.
 */
export function claimCheckName(checkName: string, env: Record<string, string | undefined>): void {
  const { RUNNER_TEMP, GITHUB_ACTION, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_JOB } = env
  if (!RUNNER_TEMP || !GITHUB_ACTION) return
  const place = [GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_JOB, checkName].join('/')
  const file = join(RUNNER_TEMP, `dbt-watcher-${createHash('sha256').update(place).digest('hex')}`)
  try {
    // Fails where the file exists: https://nodejs.org/api/fs.html#file-system-flags
    writeFileSync(file, GITHUB_ACTION, { flag: 'wx' })
  } catch {
    if ((claimant(file) ?? GITHUB_ACTION) === GITHUB_ACTION) return
    throw new Error(
      `Input check-name "${checkName}" is already used by another step of this job. ` +
        'Give each step a check-name of its own.',
    )
  }
}

/** The step that has the name; undefined where that cannot be read, as on a full disk. */
function claimant(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
