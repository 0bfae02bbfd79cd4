import { join, resolve } from 'node:path'
import type { ManifestNode } from '../dbt/manifest.ts'
import { readCompiled } from './compiled.ts'
import type { Lookup } from './place.ts'
import { isInside, listSources, readSource, repositoryPath } from './source-files.ts'
import { modelHooks } from './yaml-entries.ts'

export interface Folders {
  /** The repository's root; paths of annotations are relative to it. */
  repository: string
  project: string
  target(): string
  packages: string
  projectName(): string
  /** What the manifest has of every node; empty until it was read. */
  graph(): ReadonlyMap<string, ManifestNode>
}

/** Each search reads all files of the project. */
const MOST_SEARCHES = 20

/** What is found is kept, and so many searches in all are made. */
export function lookupIn(folders: Folders): Lookup {
  const { project, repository } = folders
  let listed: Promise<string[]> | undefined
  const sources = () => {
    listed ??= listSources(project, [folders.target(), folders.packages])
    return listed
  }
  const readHooks = async () => {
    const found = []
    for (const source of (await sources()).filter((each) => /\.ya?ml$/.test(each))) {
      const path = join(project, source)
      const yaml = await readSource(path)
      if (/[-_]hook\b/.test(yaml)) found.push(...modelHooks(yaml).map((hook) => ({ ...hook, path })))
    }
    return found
  }
  let hooks: ReturnType<typeof readHooks> | undefined
  let searches = 0
  return {
    project,
    sources,
    graph: folders.graph,
    hooks: () => {
      hooks ??= readHooks()
      return hooks
    },
    compiled: (node) => readCompiled(folders, node),
    sent: (node) => readCompiled(folders, node, 'run'),
    once: async (accepts, find) => {
      if (searches++ >= MOST_SEARCHES) return undefined
      const paths = (await sources()).filter(accepts)
      const found = await findOnce(project, paths, find)
      return found && { path: join(project, found.path), line: found.line }
    },
    resolve: async (path) => {
      const named = resolve(project, path)
      if ([folders.target(), folders.packages].some((folder) => isInside(folder, named))) return undefined
      if ((await repositoryPath(repository, named)) !== undefined) return named
      // Core writes some paths relative to a folder of model-paths, or the name alone.
      const ending = (await sources()).filter((source) => source.endsWith(`/${path}`))
      return ending.length === 1 && ending[0] !== undefined ? join(project, ending[0]) : undefined
    },
  }
}

async function findOnce(
  project: string,
  paths: string[],
  find: (text: string, path: string) => number[],
): Promise<{ path: string; line: number } | undefined> {
  let only: { path: string; line: number } | undefined
  for (const path of paths) {
    for (const line of find(await readSource(join(project, path)), path)) {
      if (only) return undefined
      only = { path, line }
    }
  }
  return only
}
