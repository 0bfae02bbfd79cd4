import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import type { ManifestNode } from '../../../src/dbt/manifest.ts'
import { type Place, projectFiles } from '../../../src/project/files.ts'
import { isConsequence } from '../../../src/project/missing-name.ts'
import { type Breakage, copyBroken, lineOfExpected } from './breakage.ts'

/** An error, the project that it is of, and the lines that are right. */
export interface Case {
  name: string
  /** Writes the project into a folder. */
  write(folder: string): void
  nodes: ManifestNode[]
  errors: { uniqueId?: string; message: string }[]
  /** Right lines as `path:line`; the first is the best. */
  right(folder: string): string[]
}

/** exact: on a right line. near: in a right file. none: no file, or the first line of one without a line. */
export type Verdict = 'exact' | 'near' | 'none' | 'wrong file'

interface Recorded {
  errors: Case['errors']
  nodes: ManifestNode[]
  target: Record<string, string>
}

/** What script/record-errors wrote, one case for each engine and breakage. */
export function recordedCases(folder: string, breakages: Breakage[]): Case[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) => {
      const name = file.slice(0, -'.json'.length)
      const breakage = breakages.find(
        (known) => name === `core-${known.name}` || name === `fusion-${known.name}`,
      )
      if (!breakage) throw new Error(`${file} is of no breakage`)
      const recorded = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recorded
      return [
        {
          name,
          nodes: recorded.nodes,
          errors: recorded.errors,
          write: (to: string) => {
            copyBroken(breakage, to)
            writeAll(
              to,
              Object.fromEntries(
                Object.entries(recorded.target).map(([path, text]) => [`target/${path}`, text]),
              ),
            )
          },
          right: (to: string) =>
            [breakage.at, ...(breakage.or ?? [])].map((at) => `${at[0]}:${lineOfExpected(to, at)}`),
        },
      ]
    })
}

/** Errors in the documented wording of databases: one model, what each adapter compiles and sends of it. */
interface Documented {
  source: string
  files: Record<string, string>
  databases: Record<string, Database>
}

interface Database {
  compiled: string
  /** What stands around the compiled SQL when it is sent; `%` is its place. */
  sent?: string
  cases: {
    name: string
    message: string
    /** Of the model's file. */
    line: number
    /** What is broken in the model, and so in what is compiled from it. */
    edit?: Edit
    /** What a macro writes wrong. */
    compiledEdit?: Edit
  }[]
}

interface Edit {
  find: string
  replacement: string
}

const broken = (text: string, edit: Edit | undefined) =>
  edit ? text.replaceAll(edit.find, edit.replacement) : text

/** Cases of documented.yml, by the database. */
export function documentedCases(file: string): Case[] {
  const { source, files, databases } = parse(readFileSync(file, 'utf8')) as Documented
  return Object.entries(databases).flatMap(([database, { compiled, sent, cases }]) =>
    cases.map(({ name, message, line, edit, compiledEdit }) => {
      const path = 'models/orders.sql'
      const sql = broken(broken(compiled, edit), compiledEdit)
      const written = {
        ...files,
        'dbt_project.yml': 'name: shop\n',
        [path]: broken(source, edit),
        [`target/compiled/shop/${path}`]: sql,
        ...(sent && { [`target/run/shop/${path}`]: sent.replace('%', () => sql) }),
      }
      return {
        name: `${database}: ${name}`,
        nodes: [modelNode('shop', 'orders', path)],
        errors: [{ uniqueId: 'model.shop.orders', message }],
        write: (to: string) => writeAll(to, written),
        right: () => [`${path}:${line}`],
      }
    }),
  )
}

function modelNode(packageName: string, name: string, path: string): ManifestNode {
  return {
    uniqueId: `model.${packageName}.${name}`,
    resourceType: 'model',
    name,
    packageName,
    version: '',
    fqn: [packageName, name],
    originalFilePath: path,
    patchPath: '',
    tags: [],
    path: path.slice('models/'.length),
    materialized: 'table',
    relation: '',
    dependsOn: [],
    test: undefined,
  }
}

export interface Judged {
  name: string
  verdict: Verdict
  /** Where each error was placed, and where the case should be. */
  places: (Place | undefined)[]
  right: string[]
}

/** Places the errors of a case and compares them; the worst of several counts, and no place at all is none. */
export async function judge(one: Case): Promise<Judged> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'corpus-')))
  try {
    one.write(folder)
    const graph = new Map(one.nodes.map((node) => [node.uniqueId, node]))
    const files = projectFiles({
      repository: folder,
      project: folder,
      target: () => join(folder, 'target'),
      packages: join(folder, 'dbt_packages'),
      projectName: () => one.nodes[0]?.packageName ?? '',
      graph: () => graph,
    })
    const places: (Place | undefined)[] = []
    const ownErrors = one.errors.flatMap(({ uniqueId, message }) => (uniqueId === undefined ? message : []))
    for (const { uniqueId, message } of one.errors) {
      // As for annotations.
      if (uniqueId === undefined && isConsequence(message, ownErrors)) continue
      const own = message.replaceAll('/project/', `${folder}/`)
      const node = graph.get(uniqueId ?? '')
      places.push(
        uniqueId === undefined ? await files.locateError(own) : await files.locate(node, own, uniqueId),
      )
    }
    const right = one.right(folder)
    return { name: one.name, verdict: worst(places, right), places, right }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const ORDER: Verdict[] = ['wrong file', 'near', 'exact', 'none']

function worst(places: (Place | undefined)[], right: string[]): Verdict {
  const verdicts = places.map((place) => verdictOf(place, right))
  return ORDER.find((verdict) => verdicts.includes(verdict)) ?? 'none'
}

function verdictOf(place: Place | undefined, right: string[]): Verdict {
  if (!place) return 'none'
  if (right.includes(`${place.path}:${place.line}`)) return 'exact'
  if (right.some((at) => at.startsWith(`${place.path}:`))) return 'near'
  // Where nothing is known the first line of dbt_project.yml stands for the project.
  return place.path === 'dbt_project.yml' && place.line === 1 ? 'none' : 'wrong file'
}

function writeAll(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}
