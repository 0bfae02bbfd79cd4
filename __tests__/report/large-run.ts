/** Runs of any size, made without dbt. */
import type { ManifestNode } from '../../src/dbt/manifest.ts'
import type { Evidence } from '../../src/report/annotation.ts'
import type { Subject } from '../../src/report/subject.ts'
import type { SummaryInput } from '../../src/report/summary.ts'
import { end } from '../../src/run/conclude.ts'
import { blame, testsByNode } from '../../src/run/lineage.ts'
import { type Node, nodeOf, type Run } from '../../src/run/run.ts'
import { begunRun, last } from '../run/begun.ts'

export const SUBJECT: Subject = {
  checkName: 'dbt-watcher',
  command: 'dbt build --target ci',
  commands: [['build', '--target', 'ci']],
  projectDir: '.',
  repositoryUrl: 'https://github.com/acme/shop',
  sha: '0123456789abcdef0123456789abcdef01234567',
  runUrl: 'https://github.com/acme/shop/actions/runs/7700/attempts/1',
  failOn: 'error',
  caller: 'workflow',
  annotations: true,
  dispatch: undefined,
}

/** A node of the manifest; what is not given is empty. */
export function manifestNode(uniqueId: string, given: Partial<ManifestNode> = {}): ManifestNode {
  const [resourceType = '', packageName = '', ...rest] = uniqueId.split('.')
  const name = rest[0] ?? ''
  return {
    ...{ uniqueId, resourceType, name, packageName, version: '', fqn: [packageName, 'marts', name] },
    ...{
      originalFilePath: `models/marts/${name}.sql`,
      patchPath: '',
      path: `marts/${name}.sql`,
      materialized: 'table',
    },
    ...{ relation: `"db"."main"."${name}"`, dependsOn: [], tags: [], test: undefined },
    ...given,
  }
}

/** A run that is over, with these nodes of the graph and their statuses. */
export function endedRun(nodes: [ManifestNode, Partial<Node>][]): Run {
  const run = begunRun()
  run.projectName = 'shop'
  run.graph = new Map(nodes.map(([known]) => [known.uniqueId, known]))
  run.tests = testsByNode(run.graph)
  for (const [known, state] of nodes) {
    Object.assign(
      nodeOf(run, known.uniqueId),
      { status: 'success', executionTime: 1.5, settled: true },
      state,
    )
  }
  blame(run)
  const failed = [...run.nodes.values()].some(({ status }) => /^(error|fail)$/.test(status))
  Object.assign(last(run), {
    exitCode: Number(failed),
    finishedAt: 32_000,
    engine: 'core',
    product: 'dbt',
    version: '1.11.16',
  })
  end(run, 32_000)
  return run
}

/**
 * Chains of models, each with a test. In each of the first `failures` chains the first model fails, with one of three
 * kinds of causes, and blocks what is below it.
 */
export function largeRun(count: number, failures: number, chain = 4): Run {
  const nodes: [ManifestNode, Partial<Node>][] = []
  for (let i = 0; nodes.length < count; i++) {
    const broken = i < failures
    for (let j = 0; j < chain && nodes.length < count; j++) {
      const id = `model.shop.a_model_with_a_long_name_${i}_${j}`
      const parents = j === 0 ? [] : [`model.shop.a_model_with_a_long_name_${i}_${j - 1}`]
      const state = broken ? (j === 0 ? failure(i) : { status: 'skipped' }) : {}
      nodes.push([manifestNode(id, { dependsOn: parents }), state])
      if (nodes.length >= count) break
      const name = `not_null_a_model_with_a_long_name_${i}_${j}_id`
      const test = manifestNode(`test.shop.${name}.abc`, {
        dependsOn: [id],
        originalFilePath: 'models/marts/marts.yml',
      })
      nodes.push([test, { status: broken ? 'skipped' : i % 50 === 49 ? 'warn' : 'pass', failures: 3 }])
    }
  }
  return endedRun(nodes)
}

function failure(i: number): Partial<Node> {
  if (i % 3 === 0)
    return { status: 'error', message: `Database Error in model x\n  Connection refused by the warehouse` }
  const message = `Runtime Error in model x (models/marts/x.sql)\n  Binder Error: Referenced column "column_${i}" not found in FROM clause!\n  Candidate bindings: "a", "b"\n\n  LINE 12: select column_${i}\n                  ^`
  return { status: 'error', message }
}

/** The summary's input, with a place, source and compiled SQL for each failure as findingsOf gives them. */
export function summaryInput(run: Run, subject: Subject = SUBJECT): SummaryInput {
  const evidence = new Map<string, Evidence>()
  const lines = Array.from({ length: 7 }, (_, i) => `    column_${i} as renamed_${i},`)
  for (const node of run.nodes.values()) {
    if (!/^(error|fail|warn)$/.test(node.status)) continue
    const location = { path: `models/marts/${node.name}.sql`, line: 12 }
    evidence.set(node.uniqueId, {
      location,
      sql: 'select 1\n'.repeat(500),
      excerpt: { first: 9, lines, line: 12, caption: '' },
    })
  }
  const links = new Map(
    [...run.nodes.keys()].map((id) => [id, `https://github.com/acme/shop/runs/${id.length}`]),
  )
  return { run, subject, evidence, links, notices: ['12,000 nodes have no check run of their own.'] }
}
