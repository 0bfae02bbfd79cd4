import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { ManifestNode } from '../dbt/manifest.ts'
import {
  blockLine,
  definitionLine,
  errorLine,
  errorPlace,
  sectionOf,
  sourceLine,
  testLine,
} from './location.ts'

/** A place in the repository: path relative to its root, `/` between folders, line from 1. */
export interface Place {
  path: string
  line: number
}

/** The files of a project on disk. Everything is looked up late, when a node is to be shown. */
export interface ProjectFiles {
  /** Where a node is written and should be mended, or undefined outside the repository. */
  locate(node: ManifestNode | undefined, message: string): Promise<Place | undefined>
  /** The file that an error of dbt itself names, or undefined where it names none of the repository's. */
  locateError(message: string): Promise<Place | undefined>
  /** The compiled SQL of a node; empty where there is none. */
  compiled(node: ManifestNode): Promise<string>
}

export interface Folders {
  /** The repository's root; paths of annotations are relative to it. */
  repository: string
  project: string
  target(): string
  packages: string
  projectName(): string
}

/** A file larger than this is no source that anyone edits, in bytes. */
const LARGEST_SOURCE = 4 * 1024 * 1024

/** Defined by name in YAML rather than by a file of their own. */
const IN_YAML = new Set(['unit_test', 'exposure', 'saved_query', 'semantic_model', 'metric'])

export function projectFiles(folders: Folders): ProjectFiles {
  const compiled = (node: ManifestNode) => readCompiled(folders, node)
  return {
    compiled,
    locateError: async (message) => {
      const named = errorPlace(message)
      if (!named) return undefined
      const path = await realPathIn(folders.repository, resolve(folders.project, named.path))
      const lines =
        path === undefined ? 0 : (await readText(join(folders.repository, path))).split('\n').length
      return path === undefined
        ? undefined
        : { path, line: named.line <= lines ? Math.max(1, named.line) : 1 }
    },
    locate: async (node, message) => {
      const file = node && (await sourceFile(folders, node))
      if (!node || !file) return await projectFile(folders)
      const source = await readText(file.path)
      const path = repositoryPath(file.root, file.path)
      if (path === undefined) return await projectFile(folders)
      return { path, line: await lineIn(source, node, message, () => compiled(node)) }
    },
  }
}

async function lineIn(
  source: string,
  node: ManifestNode,
  message: string,
  compiled: () => Promise<string>,
): Promise<number> {
  if (node.test) return testLine(source, node.test)
  if (node.resourceType === 'source') return sourceLine(source, node.uniqueId)
  if (IN_YAML.has(node.resourceType)) return definitionLine(source, sectionOf(node), node.name)
  if (/\.ya?ml$/.test(node.originalFilePath)) return definitionLine(source, sectionOf(node), node.name)
  if (node.resourceType === 'seed') return 1
  const line = errorLine(message, node.originalFilePath, source, await compiled())
  return line ?? (node.resourceType === 'snapshot' ? blockLine(source, 'snapshot', node.name) : 1)
}

/**
 * The file of a node, with the real root of the repository. A package's own files lie below dbt_packages; one
 * that is a link into the repository (`local:`) can be edited there, any other cannot.
 */
async function sourceFile(
  folders: Folders,
  node: ManifestNode,
): Promise<{ path: string; root: string } | undefined> {
  if (!node.originalFilePath || isAbsolute(node.originalFilePath)) return undefined
  const own = node.packageName === folders.projectName() || folders.projectName() === ''
  const base = own ? folders.project : join(folders.packages, node.packageName)
  try {
    const root = await realpath(folders.repository)
    const path = await realpath(join(base, node.originalFilePath))
    if (!(await stat(path)).isFile()) return undefined
    const installed = !own && inside(await realpath(folders.packages), path)
    return installed ? undefined : { path, root }
  } catch {
    return undefined
  }
}

/** Where nothing better is known: dbt_project.yml, where hooks are written and packages are configured. */
async function projectFile(folders: Folders): Promise<Place | undefined> {
  const path = await realPathIn(folders.repository, join(folders.project, 'dbt_project.yml'))
  return path === undefined ? undefined : { path, line: 1 }
}

/** The path of a file as GitHub writes it; undefined where there is none, or it is not in the repository. */
async function realPathIn(repository: string, path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path)
    return (await stat(real)).isFile() ? repositoryPath(await realpath(repository), real) : undefined
  } catch {
    return undefined
  }
}

/** The path as GitHub writes it; undefined for one that leaves the repository, by a link too. */
function repositoryPath(root: string, path: string): string | undefined {
  return inside(root, path) ? relative(root, path).split(sep).join('/') : undefined
}

function inside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/**
 * Core: target/compiled/<package>/<path>, a generic test below the path of its YAML file. Fusion: a generic test
 * below target/generic_tests, and a package's file below the way to the package.
 */
async function readCompiled({ target, project, packages }: Folders, node: ManifestNode): Promise<string> {
  // join, not resolve: ncc takes a resolve() with a constant in it for a file to ship.
  const base = join(target(), 'compiled', node.packageName)
  const file = node.originalFilePath
  const unitTest = join(dirname(file), `${node.name}.sql`)
  const names = node.test
    ? [join(file, node.path), join(relative(project, target()), 'generic_tests', node.path)]
    : node.resourceType === 'unit_test'
      ? [join(file, unitTest), unitTest]
      : [file, join(relative(project, packages), node.packageName, file)]
  for (const name of names) {
    const path = join(base, name)
    const text = inside(base, path) && path.endsWith('.sql') ? await readText(path) : ''
    if (text) return text
  }
  return ''
}

/** Texts by path, while they do not change; a file of properties is asked for by each of its tests. */
const texts = new Map<string, { changed: number; text: string }>()
const MOST_TEXTS = 50

async function readText(path: string): Promise<string> {
  try {
    const found = await stat(path)
    const { size, mtimeMs } = found
    // A named pipe would never open, nor a device ever end.
    if (!found.isFile() || size > LARGEST_SOURCE) return ''
    const known = texts.get(path)
    if (known?.changed === mtimeMs) return known.text
    const text = await readFile(path, 'utf8')
    if (texts.size >= MOST_TEXTS) texts.clear()
    texts.set(path, { changed: mtimeMs, text })
    return text
  } catch {
    return ''
  }
}
