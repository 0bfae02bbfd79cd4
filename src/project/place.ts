import type { ManifestNode } from '../dbt/manifest.ts'
import type { ModelHook } from './yaml-entries.ts'

/** A place in the repository: path relative to its root, `/` between folders, line from 1. */
export interface Place extends Spot {}

/** A place in a file. */
export interface Spot {
  path: string
  line: number
  /** From 1, where the mistake itself is known. */
  column?: number
  /** The line of the compiled SQL that comes from it, from 1. */
  compiledLine?: number
  /** What else there is to know, such as "in macro cents_to_dollars, macros/cents.sql:3". */
  note?: string
}

/** The project as far as a place is looked up in it; all paths are absolute but those that dbt writes. */
export interface Lookup {
  /** The folder of dbt_project.yml. */
  project: string
  /** Paths of the project's own sources, relative to its folder. */
  sources(): Promise<string[]>
  /**
   * The one line of all accepted sources that `find` finds; undefined where there is none, or more than one.
   * After some such searches it finds nothing more: a broken project can have hundreds of errors.
   */
  once(
    accepts: (path: string) => boolean,
    find: (text: string, path: string) => number[],
  ): Promise<Spot | undefined>
  /** All hooks of nodes in YAML, each with its file. One may fail for hundreds of nodes, so they are read once. */
  hooks(): Promise<(ModelHook & { path: string })[]>
  /** The file that dbt means by a path; undefined where there is none in the repository. */
  resolve(path: string): Promise<string | undefined>
  compiled(node: ManifestNode): Promise<string>
  sent(node: ManifestNode): Promise<string>
  /** What the manifest has of every node; empty where there is none. */
  graph(): ReadonlyMap<string, ManifestNode>
}
