import type { ManifestNode } from '../../src/dbt/manifest.ts'
import { excerpt } from '../../src/project/excerpt.ts'
import { baseRun } from '../../src/report/base-run.ts'
import type { Findings } from '../../src/reporters/evidence.ts'
import { page } from '../../src/reporters/page.ts'
import { begin, type Node, nodeOf, type Run } from '../../src/run/run.ts'
import { ABOUT } from '../run/about.ts'
import { savedRun } from '../run/saved-run.ts'

const FOLDERS = ['staging/crm', 'staging/erp', 'intermediate', 'marts/finance', 'marts/growth']

/** As long as it can be. */
const DESCRIPTION = 'One row for each order of a customer, with what was paid for it. '
  .repeat(5)
  .slice(0, 300)
/** How many runs of the base branch are known. */
const EARLIER = 4

/** Every fiftieth node fails, every fortieth warns; the names are as long as real ones. */
export function largeRun(count: number): Run {
  const run = begin(Date.parse('2026-01-01T00:00:00Z'), 'shop')
  const graph = new Map<string, ManifestNode>()
  run.graph = graph
  for (let index = 0; index < count; index++) {
    const isTest = index % 5 > 2
    const name = isTest
      ? `not_null_int_customer_orders_${index - 3}_customer_id`
      : `int_customer_orders_joined_to_payments_${index}`
    const uniqueId = isTest ? `test.shop.${name}.${String(index).padStart(10, 'a')}` : `model.shop.${name}`
    const folder = FOLDERS[index % FOLDERS.length] ?? ''
    const ids = [...graph.keys()]
    const dependsOn = [3, 7, 40].flatMap((step) =>
      index % 5 < 3 && index >= step ? (ids[index - step] ?? []) : [],
    )
    graph.set(uniqueId, {
      uniqueId,
      resourceType: isTest ? 'test' : 'model',
      name,
      packageName: 'shop',
      version: '',
      fqn: ['shop', ...folder.split('/'), name],
      originalFilePath: `models/${folder}/${isTest ? '_models.yml' : `${name}.sql`}`,
      patchPath: '',
      path: `${folder}/${name}.sql`,
      materialized: isTest ? 'test' : 'incremental',
      relation: `"warehouse"."analytics"."${name}"`,
      dependsOn: isTest ? [ids[index - 3] ?? ''] : dependsOn,
      tags: ['nightly'],
      properties: { description: DESCRIPTION, owner: 'finance', columnTags: [] },
      test: undefined,
    })
    finish(run, nodeOf(run, uniqueId), index)
  }
  run.finishedAt = run.startedAt + count * 100
  run.exitCode = 1
  return run
}

function finish(run: Run, node: Node, index: number): void {
  const status = index % 50 === 7 ? 'error' : index % 40 === 3 ? 'warn' : 'success'
  const startedAt = run.startedAt + index * 90
  Object.assign(node, {
    status,
    message:
      status === 'success'
        ? 'OK'
        : `Database Error in ${node.name}\n${'  relation does not exist\n'.repeat(8)}`,
    startedAt,
    finishedAt: startedAt + 700,
    executionTime: 0.7,
    rowsAffected: 1000 + index,
    relation: `"warehouse"."analytics"."${node.name}"`,
    materialized: 'incremental',
    thread: `Thread-${(index % 8) + 1} (worker)`,
    settled: true,
  })
}

/** About 2.5 KB. */
export function sqlOf({ name }: Pick<Node, 'name'>): string {
  const columns = Array.from(
    { length: 50 },
    (_, index) => `  ${name.slice(0, 12)}.column_${index} as renamed_${index * 7},`,
  )
  return `select\n${columns.join('\n')}\nfrom ${name}`
}

/** Writes its page, as the Action would. */
export async function writeLarge(run: Run, template: string, path: string): Promise<void> {
  const location = { path: 'models/x.sql', line: 4, column: 4 }
  const of = async (node: Node) => ({
    ...{ location, sql: sqlOf(node), changed: true },
    excerpt: excerpt(sqlOf(node), location),
  })
  const saved = savedRun(run, ABOUT)
  const base = baseRun('main', 'https://github.com/octo/jaffle/actions/runs/1', saved)
  base.earlier = Array.from({ length: EARLIER }, () => base)
  const findings: Findings = {
    of,
    sqlOf: async (node) => sqlOf(node),
    ofFailures: async () => new Map(),
    problems: async () => [],
    warnings: async () => ({ placed: [], others: [] }),
  }
  const subject = {
    checkName: 'dbt-watcher',
    command: 'dbt build',
    commands: [['build']],
    projectDir: 'warehouse',
    repositoryUrl: 'https://github.com/octo/jaffle',
    sha: '0123456789abcdef0123456789abcdef01234567',
    runUrl: '',
    failOn: 'error',
    caller: 'workflow',
    annotations: true,
    dispatch: undefined,
    base,
  } as const
  const where = { path, template, links: new Map(), written: { path: '' } }
  const known = { subject, findings, notices: () => [], rows: new Map() }
  await page({ ...where, ...known }).finish?.(run, new Promise(() => {}))
}
