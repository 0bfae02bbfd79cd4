import { stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { ManifestNode } from '../dbt/manifest.ts'
import { isInside, readSource } from './source-files.ts'

export interface Targets {
  project: string
  target(): string
  packages: string
}

/**
 * Compiled code of a node (`compiled`), or what was sent to the database (`run`); empty where there is none.
 *
 * Core: target/compiled/<package>/<path>, a generic test below the path of its YAML file. v2: a generic test
 * below target/generic_tests, a snapshot below its file's name, and a package's file below the way to the package.
 */
export async function readCompiled(
  { target, project, packages }: Targets,
  node: ManifestNode,
  folder: 'compiled' | 'run' = 'compiled',
): Promise<string> {
  // join, not resolve: ncc takes a resolve() with a constant in it for a file to ship.
  const base = join(target(), folder, node.packageName)
  if (!(await isThere(base))) return ''
  const file = node.originalFilePath
  const unitTest = join(dirname(file), `${node.name}.sql`)
  const names = node.test
    ? [join(file, node.path), join(relative(project, target()), 'generic_tests', node.path)]
    : node.resourceType === 'unit_test'
      ? [join(file, unitTest), unitTest]
      : [file, join(file, `${node.name}.sql`), join(relative(project, packages), node.packageName, file)]
  for (const name of names) {
    const path = join(base, name)
    const text = isInside(base, path) && path.endsWith('.sql') ? await readSource(path) : ''
    if (text) return text
  }
  return ''
}

const known = new Set<string>()

/** Asked once where it is: without it every node would be looked for in each place. */
async function isThere(folder: string): Promise<boolean> {
  if (known.has(folder)) return true
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory()) known.add(folder)
  return known.has(folder)
}
