/** What dbt v2 leaves out of its errors, and the project's files have; added before anything is shown. */
import { readFile } from 'node:fs/promises'
import type { Hide } from './dbt/redact.ts'
import type { ProjectFiles } from './project/files.ts'
import { keysIn } from './project/yaml.ts'
import { failedNodes, ownErrors } from './run/counts.ts'
import { currentInvocation, type Run } from './run/run.ts'

/** @param profiles paths where dbt looks for profiles.yml, in its order */
export async function amend(run: Run, files: ProjectFiles, profiles: string[], hide: Hide): Promise<void> {
  if (currentInvocation(run)?.engine !== 'v2') return
  await giveToSeeds(run, files)
  await listTargets(run, profiles, hide)
}

/** v2 names no seed in an error about its rows, but only one seed has such a row. */
async function giveToSeeds(run: Run, files: ProjectFiles): Promise<void> {
  const silent = failedNodes(run).filter((node) => node.resourceType === 'seed' && node.message === '')
  if (silent.length === 0) return
  const errors = ownErrors(run).filter((error) => /\bcsv error\b/i.test(error))
  const places = await Promise.all(errors.map(async (error) => (await files.locateError(error))?.path))
  for (const seed of silent) {
    const place = await files.locate(run.graph.get(seed.uniqueId), '', seed.uniqueId)
    const own = errors.filter((_, i) => places[i] !== undefined && places[i] === place?.path)
    if (own.length === 1) seed.message = own[0] ?? ''
  }
}

/** Core lists the targets of a profile that lacks one, each on a line of its own. */
async function listTargets(run: Run, profiles: string[], hide: Hide): Promise<void> {
  const errors = currentInvocation(run)?.errors ?? []
  for (const [i, error] of errors.entries()) {
    const profile = /target '[^']*' not found in profile '([^']*)'(?!.*\n - )/i.exec(error)?.[1]
    if (profile === undefined) continue
    const targets = await targetsOf(profile, profiles)
    if (targets.length === 0) continue
    const list = targets.map((name) => ` - ${hide(name)}`).join('\n')
    errors[i] = `${error}\nThe valid target names for this profile are:\n${list}`
  }
}

async function targetsOf(profile: string, profiles: string[]): Promise<string[]> {
  for (const path of profiles) {
    const yaml = await readFile(path, 'utf8').catch(() => undefined)
    if (yaml !== undefined) return keysIn(yaml, [profile, 'outputs'])
  }
  return []
}
