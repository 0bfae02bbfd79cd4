import { realpath, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { ManifestNode } from '../dbt/manifest.ts'
import { databaseError } from './database-error.ts'
import { type Folders, lookupIn } from './lookup.ts'
import { macroSpot } from './macro-place.ts'
import { nodeSpot } from './node-place.ts'
import { errorSpot } from './own-error-place.ts'
import type { Lookup, Place, Spot } from './place.ts'
import { isInside, readSource, repositoryPath } from './source-files.ts'
import { hookLine } from './yaml-entries.ts'

export type { Place } from './place.ts'

/** The files of a project on disk. Everything is looked up late, when a node is to be shown. */
export interface ProjectFiles {
  /**
   * Where a node is written and should be edited, or undefined outside the repository.
   * @param uniqueId of a node that the manifest does not have: a hook, or the macro of `dbt run-operation`
   */
  locate(node: ManifestNode | undefined, message: string, uniqueId?: string): Promise<Place | undefined>
  /** The place that an error of dbt itself is about, or undefined where it is none of the repository's files. */
  locateError(message: string): Promise<Place | undefined>
  /** The compiled SQL of a node; empty where there is none. */
  compiled(node: ManifestNode): Promise<string>
}

/** @param folders where the project and what dbt made of it are */
export function projectFiles(folders: Folders): ProjectFiles {
  const lookup = lookupIn(folders)
  const toPlace = async (spot: Spot | undefined): Promise<Place | undefined> => {
    const path = spot && (await repositoryPath(folders.repository, spot.path))
    if (!spot || path === undefined) return undefined
    const lines = (await readSource(spot.path)).split('\n').length
    return { ...spot, path, line: spot.line <= lines ? Math.max(1, spot.line) : 1 }
  }
  return {
    compiled: lookup.compiled,
    locateError: async (message) => await toPlace(await errorSpot(message, lookup)),
    locate: async (node, message, uniqueId = '') => {
      const file = node && (await sourceFile(folders, node))
      const spot = node && file !== undefined ? await nodeSpot(node, file, message, lookup) : undefined
      const other = spot ?? (await unlisted(node?.uniqueId ?? uniqueId, message, lookup))
      return (
        (await toPlace(other)) ?? (await toPlace({ path: join(folders.project, 'dbt_project.yml'), line: 1 }))
      )
    },
  }
}

/** Nodes that no file defines: a hook by its line in dbt_project.yml, an operation by its macro. */
async function unlisted(uniqueId: string, message: string, lookup: Lookup): Promise<Spot | undefined> {
  const hook = /^operation\..*-(on-run-start|on-run-end)-(\d{1,6})$/.exec(uniqueId)
  if (hook) {
    const path = join(lookup.project, 'dbt_project.yml')
    const line = hookLine(
      await readSource(path),
      hook[1] ?? '',
      Number(hook[2]),
      databaseError(message).names,
    )
    return line === undefined ? undefined : { path, line }
  }
  const macro =
    uniqueId.startsWith('macro.') || !uniqueId.includes('.') ? uniqueId.split('.').at(-1) : undefined
  if (!macro) return message === '' ? undefined : await errorSpot(message, lookup)
  return await macroSpot(macro, lookup)
}

/**
 * The file of a node. A package's own files lie below dbt_packages; one that is a link into the repository
 * (`local:`) can be edited there, any other cannot.
 */
async function sourceFile(folders: Folders, node: ManifestNode): Promise<string | undefined> {
  if (node.resourceType === 'operation') return undefined
  if (!node.originalFilePath || isAbsolute(node.originalFilePath)) return undefined
  const own = node.packageName === folders.projectName() || folders.projectName() === ''
  const base = own ? folders.project : join(folders.packages, node.packageName)
  try {
    const path = await realpath(join(base, node.originalFilePath))
    if (!(await stat(path)).isFile() || !isInside(await realpath(folders.repository), path)) return undefined
    const installed = !own && isInside(await realpath(folders.packages), path)
    return installed ? undefined : path
  } catch {
    return undefined
  }
}
