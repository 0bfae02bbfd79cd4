import { describe, expect, test } from 'vitest'
import { readRows, rowsQuery, showWords } from '../../src/dbt/failing-rows.ts'
import { whyNoData } from '../../src/github/context.ts'
import { inputNaming } from '../../src/inputs.ts'
import { CHECK_LIMIT, SUMMARY_LIMIT, shortSummary, summary } from '../../src/report/summary.ts'
import { type FailingRowsOptions, failingRows } from '../../src/reporters/failing-rows.ts'
import type { Run } from '../../src/run/run.ts'
import { sleep } from '../../src/sleep.ts'
import { endedRun, manifestNode, summaryInput } from '../report/large-run.ts'

const ORDERS = manifestNode('model.shop.orders')
const TEST = manifestNode('test.shop.unique_orders_id.abc', { dependsOn: [ORDERS.uniqueId] })

function failedRun(given: { orders?: object; test?: object; state?: object } = {}): Run {
  return endedRun([
    [{ ...ORDERS, ...given.orders }, {}],
    [
      { ...TEST, ...given.test },
      { status: 'fail', failures: 2, ...given.state },
    ],
  ])
}

/** What dbt prints as both engines do: the text of the query's print(). */
function printed(uniqueId: string, rows: string[][], columns = ['id', 'email']): string {
  return `dbt-watcher-rows ${JSON.stringify({ test: uniqueId, columns, rows })}`
}

async function look(
  run: Run,
  given: Partial<FailingRowsOptions> & { prints?: string[]; code?: number } = {},
) {
  const found = { tests: new Map(), notice: '' }
  const queries: string[] = []
  const reporter = failingRows({
    limit: 2,
    forbidden: '',
    compiled: async () => 'select 1 as id',
    show: async (jinja, onPrint) => {
      queries.push(jinja)
      for (const text of given.prints ?? [
        printed(TEST.uniqueId, [
          ['1', 'a@b.c'],
          ['2', ''],
          ['3', 'x'],
        ]),
      ])
        onPrint(text)
      return { kill: () => {}, ended: Promise.resolve(given.code ?? 0) }
    },
    hide: (text) => text.replaceAll('hunter2', '***'),
    naming: inputNaming,
    sleep,
    found,
    ...given,
  })
  await reporter.finish?.(run, new Promise(() => {}))
  return { ...found, queries }
}

describe('rows of failed tests', () => {
  test('are asked for in one query, at most as many as wanted', async () => {
    const { tests, notice, queries } = await look(failedRun())
    expect(queries).toHaveLength(1)
    expect(queries[0]).toContain('{% raw %}select 1 as id{% endraw %}')
    expect(tests.get(TEST.uniqueId)).toEqual({
      columns: ['id', 'email'],
      rows: [
        ['1', 'a@b.c'],
        ['2', ''],
      ],
    })
    expect(notice).toBe('')
  })

  test('come from the stored table where there is one', async () => {
    const { queries } = await look(failedRun({ state: { relation: '"db"."audit"."t"' } }))
    expect(queries[0]).toContain('select * from "db"."audit"."t"')
  })

  test('hide secrets', async () => {
    const { tests } = await look(failedRun(), { prints: [printed(TEST.uniqueId, [['hunter2', 'x']])] })
    expect(tests.get(TEST.uniqueId)?.rows).toEqual([['***', 'x']])
  })

  test.each([
    ['with failing-rows: 0', failedRun(), { limit: 0 }],
    ['of a test tagged pii', failedRun({ test: { tags: ['PII'] } }), {}],
    ['of a tagged model', failedRun({ orders: { tags: ['pii'] } }), {}],
    [
      'of a model with a tagged column',
      failedRun({ orders: { properties: { columnTags: ['pii'], owner: '', description: '' } } }),
      {},
    ],
    ['of a model that is not known', failedRun({ test: { dependsOn: ['model.shop.other'] } }), {}],
    ['of a test that ended in an error', failedRun({ state: { status: 'error' } }), {}],
    [
      'of one whose SQL failed on v2',
      failedRun({ state: { message: 'Error materializing test t\n  no column' } }),
      {},
    ],
    ['where there is no compiled SQL', failedRun(), { compiled: async () => '' }],
  ])('are never asked for: %s', async (_, run, given) => {
    expect((await look(run, given)).queries).toEqual([])
  })

  test('are never asked for on a public repository, which is stated', async () => {
    const { queries, notice } = await look(failedRun(), { forbidden: 'since the repository is public' })
    expect(queries).toEqual([])
    expect(notice).toBe('Input failing-rows: no rows are shown, since the repository is public.')
  })

  test('are never asked for where dbt would run hooks again', async () => {
    const run = endedRun([
      [ORDERS, {}],
      [TEST, { status: 'fail', failures: 1 }],
      [manifestNode('operation.shop.shop-on-run-start-0'), {}],
    ])
    expect((await look(run)).queries).toHaveLength(1)
    Object.assign(run.invocations[0] ?? {}, { engine: 'v2' })
    const { queries, notice } = await look(run)
    expect(queries).toEqual([])
    expect(notice).toContain('since dbt v2 would run the hooks')
  })

  test('that dbt cannot show are missed in a sentence, and nothing else changes', async () => {
    const run = failedRun()
    const before = structuredClone([run.exitCode, [...run.nodes.values()]])
    const none = await look(run, { prints: [], code: 1 })
    expect(none.notice).toBe(
      'Input failing-rows: the rows of 1 failed test are not shown, since dbt show failed.',
    )
    const late = await look(run, {
      show: async () => ({ kill: () => {}, ended: new Promise(() => {}) }),
      sleep: () => ({ done: Promise.resolve(), wake: () => {} }),
    })
    expect(late.notice).toContain('since dbt show took more than 30 s')
    const failed = await look(run, { show: () => Promise.reject(new Error('no dbt')) })
    expect(failed.notice).toContain('no dbt')
    expect([run.exitCode, [...run.nodes.values()]]).toEqual(before)
  })

  test('that a project prints itself are not believed', async () => {
    const { tests } = await look(failedRun(), {
      prints: [printed('test.shop.other', [['1', '2']]), 'dbt-watcher-rows {'],
    })
    expect(tests.size).toBe(0)
  })

  test('stand in the summary alone, cut to 80 characters', () => {
    const run = failedRun()
    const rows = new Map([[TEST.uniqueId, { columns: ['id'], rows: [['secret-row'.repeat(20)], ['`|<b>']] }]])
    const input = summaryInput(run)
    const text = summary({ ...input, rows }, SUMMARY_LIMIT)
    expect(text).toContain(`| \`${'secret-row'.repeat(20).slice(0, 79)}…\` |`)
    expect(shortSummary({ ...input, rows }, 2_600)).not.toContain('secret-row')
    // The check runs are given none.
    expect(summary(input, CHECK_LIMIT)).not.toContain('secret-row')
  })
})

describe('where data may be shown', () => {
  const repository = { id: 1, private: true }
  test.each([
    [{ repository }, ''],
    [{ repository: { id: 1, private: false } }, 'since the repository is public'],
    [{}, 'since the event does not say that the repository is private'],
    [undefined, 'since the event does not say that the repository is private'],
    [{ repository, pull_request: { head: { repo: { id: 1 } } } }, ''],
    [{ repository, pull_request: { head: { repo: { id: 2 } } } }, 'since the pull request is from a fork'],
    [{ repository, pull_request: { head: { repo: null } } }, 'since the pull request is from a fork'],
  ])('%j', (event, why) => expect(whyNoData(event)).toBe(why))
})

describe('the query', () => {
  test('is bounded, and cannot be left by what a test holds', () => {
    // A character may be three bytes of an argument.
    const long = [`select '${'x'.repeat(200_000)}'`, `select '${'表'.repeat(50_000)}'`]
    const tests = ['select 1;', "select '{% endraw %}{{ x }}'", ...long].map((sql, i) => ({
      uniqueId: `test.shop.t${i}`,
      sql,
    }))
    const { jinja, asked } = rowsQuery(tests, 5)
    expect(asked).toEqual(['test.shop.t0'])
    expect(jinja).toContain('{% raw %}select 1{% endraw %}')
    expect(Buffer.byteLength(jinja)).toBeLessThan(110_000)
  })

  test('runs where the run ran, and writes no artifacts', () => {
    const words = [
      'build',
      '--target',
      'ci',
      '-s',
      'a',
      'b',
      '--vars',
      '{x: 1}',
      '--full-refresh',
      '--profiles-dir',
      '/p',
    ]
    expect(showWords(words, 'J')).toEqual([
      ...['show', '--inline', 'J', '--limit', '1', '--no-write-json'],
      ...['--target', 'ci', '--vars', '{x: 1}', '--profiles-dir', '/p'],
    ])
    // Of the wrong target the rows would be another database's.
    expect(showWords(['build', '-ftci'], 'J').at(-1)).toBe('-tci')
  })

  test('is read back', () => {
    expect(readRows(printed('t', [['1', '2']]))).toMatchObject({ uniqueId: 't', rows: [['1', '2']] })
    for (const text of ['', 'x', 'dbt-watcher-rows []', 'dbt-watcher-rows {"columns": 1}']) {
      expect(readRows(text)).toBeUndefined()
    }
  })
})
