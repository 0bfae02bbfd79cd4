/** Real dbt, both engines: a selector takes its node and no other, of every resource type and with odd names. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ManifestNode, readManifest } from '../../src/dbt/manifest.ts'
import { RESULTS_SELECTOR, resultsOf, selectorOf } from '../../src/dbt/selector.ts'
import { ROOT, workspaceWith } from './workspace.ts'

/** Names that a checkout on Windows could not hold. */
const HOSTILE = ['a*star', 'a?mark', 'a:colon', 'a"quote', 'a\\slash']

const run = promisify(execFile)

for (const engine of ['core', 'fusion'] as const) {
  const dbt = join(ROOT, '.cache/dbt', engine, 'bin/dbt')
  const missing = !existsSync(dbt)
  describe.skipIf(missing && !process.env.CI)(`dbt ${engine}`, () => {
    test('each node alone, and by ids in a file', async () => {
      const { nodes, list, folder } = await projectOf(dbt, 'odd')
      expect(nodes.length).toBeGreaterThan(65)
      expect(new Set(nodes.map((node) => node.resourceType))).toEqual(new Set(TYPES))
      const runs = runsOf(nodes.length)
      for (let i = 0; i < RUNS; i++) {
        const group = nodes.filter((_, node) => runs[node]?.includes(i))
        const taken = await list(['--select', ...group.map(selectorOf)])
        expect(taken).toEqual(withUnavoidable(engine, group, nodes))
      }
      const group = nodes.filter((_, i) => i % 2 === 0)
      const state = join(folder, '../state')
      mkdirSync(state)
      writeFileSync(join(state, 'run_results.json'), resultsOf(idsOf(group)))
      expect(await list(['--select', RESULTS_SELECTOR, '--state', state])).toEqual(idsOf(group))
    })

    test('the nodes of a project with failures', async () => {
      const { nodes, list } = await projectOf(dbt, 'zoo')
      const group = nodes.filter((_, i) => i % 2 === 0)
      expect(await list(['--select', ...group.map(selectorOf)])).toEqual(idsOf(group))
    })
  })
}

const TYPES = ['analysis', 'exposure', 'function', 'model', 'seed', 'snapshot', 'source', 'test', 'unit_test']

const RUNS = 9

/**
 * For each node the four runs out of nine that select it, no two nodes having the same: of any two, each is once
 * selected without the other, so a selector that takes another's node shows. `ls` costs seconds on Core.
 */
function runsOf(count: number): number[][] {
  const all = Array.from({ length: 2 ** RUNS }, (_, bits) =>
    Array.from({ length: RUNS }, (_, i) => i).filter((i) => bits & (1 << i)),
  ).filter((runs) => runs.length === 4)
  expect(all.length).toBeGreaterThanOrEqual(count)
  return all.slice(0, count)
}

/** A project that this dbt has parsed, all that its `ls` knows, and `ls` of a selection as sorted ids. */
async function projectOf(dbt: string, project: string) {
  const workspace = workspaceWith(project)
  onTestFinished(() => workspace.remove())
  const folder = join(workspace.folder, workspace.projectDir)
  if (project === 'odd') {
    for (const name of HOSTILE) writeFileSync(join(folder, 'models', `${name}.sql`), 'select 1 as id\n')
  }
  const env = {
    PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
    HOME: workspace.temp,
    LANG: 'C.UTF-8',
    DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
  }
  const start = (words: string[]) => run(dbt, words, { cwd: folder, env, maxBuffer: 2 ** 26 })
  const list = async (words: string[]): Promise<string[]> => {
    const ls = ['ls', '--quiet', '--output', 'json', '--output-keys', 'unique_id']
    const all = dbt.includes('/core/') ? ['--resource-type', 'all'] : []
    const { stdout } = await start([...ls, ...all, '--indirect-selection', 'empty', ...words])
    return [...stdout.matchAll(/"unique_id": ?"((?:[^"\\]|\\.)+)"/g)]
      .map(([, id]) => JSON.parse(`"${id}"`) as string)
      .sort()
  }
  await start(['parse'])
  const manifest = await readManifest(join(folder, 'target/manifest.json'))
  const listed = new Set(await list([]))
  const nodes = [...manifest.nodes.values()].filter(({ uniqueId }) => listed.has(uniqueId))
  return { nodes, list, folder }
}

/**
 * The wanted ids, and on Fusion what no selector can keep apart: it makes the unit tests of all versions of a
 * model depend on the latest one.
 */
function withUnavoidable(engine: string, group: ManifestNode[], nodes: ManifestNode[]): string[] {
  const latest = 'unit_test.odd.cages.cage_is.v2'
  const wanted = new Set(idsOf(group))
  if (engine === 'core' || !wanted.has(latest)) return [...wanted].sort()
  for (const { uniqueId } of nodes) if (uniqueId.includes('.cage_is.')) wanted.add(uniqueId)
  return [...wanted].sort()
}

function idsOf(nodes: ManifestNode[]): string[] {
  return nodes.map(({ uniqueId }) => uniqueId).sort()
}
