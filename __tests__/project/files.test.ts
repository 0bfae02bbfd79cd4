import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { ManifestNode } from '../../src/dbt/manifest.ts'
import { projectFiles } from '../../src/project/files.ts'

const repository = realpathSync(mkdtempSync(join(tmpdir(), 'files-')))
afterAll(() => rmSync(repository, { recursive: true }))

const FILES = {
  'dbt/dbt_project.yml':
    'name: shop\non-run-start:\n  - select 1\n  - select 2\non-run-end: select 3\nmodels:\n  shop:\n    one: {}\n    three:\n      +tags: x\nmacro-paths: macros\n',
  'dbt/macros/ops.sql':
    '{% macro tidy(x) %}\n{% endmacro %}\n\n{% macro cents(c) %}\n  roundd({{ c }})\n{% endmacro %}\n',
  'dbt/models/a.sql': "select\n  {{ cents('x') }} as x,\n  nope\nfrom b\n",
  'dbt/macros/asks.sql':
    '{% macro asks() %}\n{% set q %}\nselect 1\n  where bad_column = 1\n{% endset %}\n{% do run_query(q) %}\n{% endmacro %}\n',
  'dbt/models/one/gone.yml': 'models:\n  - name: a\n  - name: gone\n    columns:\n      - name: id\n',
  'dbt/models/one/same.sql': 'select 1',
  'dbt/models/one/same.yml':
    'models:\n  - name: a\n  - name: gone\nexposures:\n  - name: wall\n  - name: gone\n# tests\n# to: ref("lost")\n',
  'dbt/models/one/tests.yml': [
    ...['models:', '  - name: o', '    data_tests:', '      - far.above:', '          arguments: {least: 1}'],
    ...[
      '      - far.above:',
      '          arguments:',
      '            leest: 2',
      '    columns:',
      '      - name: id',
    ],
    ...['        tests:', '          - accepted_values:', '              arguments: {values: [1]}'],
    ...[
      '          - accepted_values:',
      '              values: [2]',
      '        constraints: [{type: not_null}]',
    ],
    ...['    constraints:', '      - type: check', '        expression: id > 0'],
    ...['  - name: p', '    data_tests:', '      - at_most: {most: 1}', ''],
  ].join('\n'),
  'dbt/models/one/o.sql': 'select 1 as id\n',
  'dbt/models/two/docs.yml':
    'models:\n  - name: p\n    description: \'{{ doc("lost_docs") }}\'\n  - name: q\n',
  'dbt/models/two/docs.md':
    '{% docs a %}\n{% enddocs %}\n\n{% docs b %}\n\n{% docs c %}\nAll.\n{% enddocs %}\n',
  'dbt/seeds/semicolons.csv': 'id;note;price\n1;"a;b";2\n2;b,c;3,5\n3;d;4;5\n',
  'dbt/models/one/metrics.yml': [
    ...['semantic_models:', '  - name: s', '    measures:', '      - name: x', '        agg: summ'],
    ...['metrics:', '  - name: m', '    type: simple', '    type_params:', '      measure: lost_measure', ''],
  ].join('\n'),
  'dbt/models/two/asks.sql': "select *\nfrom {{ ref('o') }}\n",
  'dbt/models/two/asks_too.sql': "select * from {{ ref('o') }}\n",
  'dbt/models/one/unit.yml': [
    ...['unit_tests:', '  - name: u', '    model: o', '    given:', '      - input: ref("a")'],
    ...['        fixture: rows_of_o', '    expect: {rows: []}', ''],
  ].join('\n'),
  'dbt/seeds/notes.csv': 'id,note\n1,"one\nand a half"\n2,"two\n3,three\n',
  'dbt/selectors.yml':
    'selectors:\n  - name: nightly\n    definition:\n      method: pth\n      value: models\n',
  'dbt/models/two/same.sql': 'select 1',
  'dbt/target/compiled/shop/models/a.sql': 'select\n  \n  roundd(x)\n as x,\n  nope\nfrom b\n',
  'dbt/dbt_packages/far/models/b.sql': 'select nope',
  'dbt/models/hooks/_hooks.yml': [
    ...['models:', '  - name: h', '    config:', '      post_hook:', '        - select 1'],
    ...['        - sql: |', '            create table x as', '            select lost from {{ this }}'],
    ...['  - name: a', '    config: {pre-hook: "grant select on {{ this }} to reporter"}'],
    ...['  - name: b', '    config: {pre-hook: "call twice()"}'],
    ...['  - name: c', '    config: {pre-hook: "call twice()"}', ''],
  ].join('\n'),
  'dbt/models/hooks/h.sql':
    "{{ config(\n  post_hook=[\n    'insert into audit values (1)'\n  ]\n) }}\nselect 1 as known_id\n",
  'dbt/target/compiled/shop/models/hooks/h.sql': '\nselect 1 as known_id\n',
  'outside.sql': 'select nope',
}
for (const [path, text] of Object.entries(FILES)) {
  mkdirSync(dirname(join(repository, path)), { recursive: true })
  writeFileSync(join(repository, path), text)
}

const GONE =
  "Test 'test.shop.unique_gone_id' (models/one/gone.yml) depends on a node named 'gone' which was not found"

const folders = {
  repository,
  project: join(repository, 'dbt'),
  target: () => join(repository, 'dbt/target'),
  packages: join(repository, 'dbt/dbt_packages'),
  projectName: () => 'shop',
  graph: () => new Map(),
}
const files = projectFiles(folders)

const model = (part: Partial<ManifestNode>): ManifestNode => ({
  uniqueId: 'model.shop.a',
  resourceType: 'model',
  name: 'a',
  packageName: 'shop',
  version: '',
  fqn: [],
  originalFilePath: 'models/a.sql',
  patchPath: '',
  tags: [],
  path: 'a.sql',
  materialized: 'view',
  relation: '',
  dependsOn: [],
  test: undefined,
  ...part,
})

test('a test of a model that is not there: where YAML describes the model', async () => {
  expect(await files.locateError(GONE)).toEqual({ path: 'dbt/models/one/gone.yml', line: 3 })
})

describe('where a node is to be edited', () => {
  test('a line of a model, with its column and its line in the compiled SQL', async () => {
    const place = await files.locate(
      model({}),
      'Binder Error: Referenced column "nope" not found\nLINE 5:   nope',
    )
    expect(place).toEqual({ path: 'dbt/models/a.sql', line: 3, column: 3, compiledLine: 5 })
  })

  test('a query that a macro sends while the model is compiled: where it stands', async () => {
    const core =
      'Binder Error: "bad_column" not found\n\nLINE 5:     where bad_column = 1\n                  ^'
    const note = 'in a query while models/a.sql is compiled'
    expect(await files.locate(model({}), core)).toEqual({ path: 'dbt/macros/asks.sql', line: 4, note })
    const v2 = 'Binder Error: "bad_column" not found\n(in models/a.sql:2:1)\n--> macros/asks.sql:6:4'
    expect(await files.locate(model({}), v2)).toEqual({
      path: 'dbt/macros/asks.sql',
      line: 6,
      column: 4,
      note: 'in a query while models/a.sql:2 is compiled',
    })
  })

  describe('a hook of a node', () => {
    // Of its own, as the number of searches is limited.
    const files = projectFiles(folders)
    const hooked = model({ originalFilePath: 'models/hooks/h.sql' })
    const yaml = { path: 'dbt/models/hooks/_hooks.yml', note: 'in a hook of models/hooks/h.sql' }

    test.each([
      ['Referenced column "lost" not found\nLINE 3: select lost from "db"."main"."h"\n               ^', 8],
      ['role "reporter" does not exist', 10],
      ['syntax error at or near "grant"\nLINE 1: grant select on "db"."main"."h" to reporter', 10],
    ])('in YAML, by %j', async (message, line) => {
      expect(await files.locate(hooked, message)).toEqual({ ...yaml, line })
    })

    test('in the config of the model itself', async () => {
      const message = 'Catalog Error: Table with name audit does not exist!'
      const place = await files.locate(hooked, message)
      expect(place).toMatchObject({ path: 'dbt/models/hooks/h.sql', line: 3 })
    })

    test.each([
      ['of which two read so', 'LINE 1: call twice()'],
      ['whose name the model has too', 'column "known_id" does not exist, in reporter'],
      ['that says nothing', 'Connection Error'],
    ])('not one %s', async (_, message) => {
      expect(await files.locate(hooked, message)).toMatchObject({ path: 'dbt/models/hooks/h.sql' })
    })
  })

  test('what a macro wrote: the line of the call, and the line of the macro as a note', async () => {
    const place = await files.locate(
      model({}),
      'Scalar Function with name roundd does not exist!\nLINE 3:   roundd(x)',
    )
    expect(place).toMatchObject({
      path: 'dbt/models/a.sql',
      line: 2,
      note: 'in macro cents, macros/ops.sql:5',
    })
  })

  test.each([
    ['operation.shop.shop-on-run-start-1', 'dbt/dbt_project.yml', 4],
    ['operation.shop.shop-on-run-end-0', 'dbt/dbt_project.yml', 5],
    ['operation.shop.shop-on-run-end-7', 'dbt/dbt_project.yml', 1],
    ['macro.shop.cents', 'dbt/macros/ops.sql', 4],
    ['tidy', 'dbt/macros/ops.sql', 1],
    ['macro.shop.none', 'dbt/dbt_project.yml', 1],
  ])('%s, which is in no manifest', async (uniqueId, path, line) => {
    expect(await files.locate(undefined, '', uniqueId)).toMatchObject({ path, line })
  })

  test.each([
    ['NOT NULL constraint failed: o__dbt_tmp.id', 'tests.yml:10'],
    ['null value in column "id" of relation "o__dbt_tmp" violates not-null constraint', 'tests.yml:10'],
    ['CHECK constraint failed on table o__dbt_tmp with expression CHECK((id > 0))', 'tests.yml:18'],
    ['CHECK constraint failed on table o__dbt_tmp with expression CHECK((id > 1))', 'o.sql:1'],
    ['NOT NULL constraint failed: o__dbt_tmp.other', 'o.sql:1'],
  ])('a constraint that rows violate: %s', async (error, at) => {
    const node = model({
      name: 'o',
      originalFilePath: 'models/one/o.sql',
      patchPath: 'models/one/tests.yml',
    })
    const message = `Runtime Error in model o (models/one/o.sql)\n  Constraint Error: ${error}`
    const place = await files.locate(node, message)
    expect(`${place?.path}:${place?.line}`).toBe(`dbt/models/one/${at}`)
  })

  test('a row with too many values, of a seed with another delimiter', async () => {
    const node = model({ resourceType: 'seed', name: 'semicolons', originalFilePath: 'seeds/semicolons.csv' })
    const message = 'Compilation Error in seed s\n  Row 2 has 4 values, but Table only has 3 columns.'
    expect(await files.locate(node, message)).toMatchObject({ path: 'dbt/seeds/semicolons.csv', line: 4 })
  })

  test('a seed with a quote that is never closed', async () => {
    const node = model({ resourceType: 'seed', name: 'notes', originalFilePath: 'seeds/notes.csv' })
    const message = 'Invalid Input Error: Error when sniffing file. Please check the number of columns.'
    expect(await files.locate(node, message)).toMatchObject({ path: 'dbt/seeds/notes.csv', line: 4 })
  })

  test("a file of an installed package is not the repository's to edit", async () => {
    const node = model({ packageName: 'far', originalFilePath: 'models/b.sql' })
    expect(await files.locate(node, 'column "nope"')).toEqual({ path: 'dbt/dbt_project.yml', line: 1 })
  })

  test.each(['../../../etc/passwd', '/etc/passwd', '', 'models'])(
    'a path that leads nowhere: %s',
    async (path) => {
      expect(await files.locate(model({ originalFilePath: path }), '')).toEqual({
        path: 'dbt/dbt_project.yml',
        line: 1,
      })
    },
  )
})

describe('where an error of dbt itself is', () => {
  test.each<[string, string, string | undefined]>([
    ['a line', 'Failed\n  --> models/a.sql:3:2', 'dbt/models/a.sql:3'],
    ['a file alone', 'Failed\n  --> models/a.sql', 'dbt/models/a.sql:1'],
    ['a path that begins with a dot', 'Failed\n  --> ./dbt_project.yml:3:1', 'dbt/dbt_project.yml:3'],
    ['a line that the file does not have', 'Failed\n  --> models/a.sql:99:1', 'dbt/models/a.sql:1'],
    ['a name that two files have', 'Parsing Error\n  (same.sql, line 1)', undefined],
    ['a compiled file, without its node', 'Failed\n  --> target/compiled/shop/models/a.sql:3:2', undefined],
    [
      'an installed package',
      'Compilation Error in model b (dbt_packages/far/models/b.sql)\n  line 1',
      undefined,
    ],
    ['a file outside of the repository', 'Failed\n  --> ../../etc/passwd:1:1', undefined],
    ['no file', 'Could not connect to the database', undefined],
    ['nothing', '', undefined],
  ])('%s', async (_, message, expected) => {
    const place = await files.locateError(message)
    expect(place && `${place.path}:${place.line}`).toBe(expected)
  })
})

describe('where a message that names a file, and no line, is about', () => {
  test.each([
    [
      'properties of no node, by Core',
      "Did not find matching node for patch with name 'gone' in the 'models' section of file 'models/one/same.yml'",
      'dbt/models/one/same.yml:3',
    ],
    [
      'properties of no node, by v2',
      "Unused schema.yml entry for exposure 'gone'\n  --> models/one/same.yml",
      'dbt/models/one/same.yml:6',
    ],
    [
      'configuration of no node',
      'Configuration paths exist in your dbt_project.yml file which do not apply to any resources.\nThere are 1 unused configuration paths:\n- models.shop.three',
      'dbt/dbt_project.yml:9',
    ],
    [
      'a node that a generic test of v2 refers to',
      "Ref 'lost' not found in project. Searched for 'shop.lost'\n  --> generic_tests/relationships_a_id__ref_lost_.sql:1:104",
      'dbt/models/one/same.yml:8',
    ],
    [
      'an argument that the generic test of a package does not take',
      "Compilation Error in test far_above_o (models/one/tests.yml)\n  macro 'dbt_macro__test_above' takes no keyword argument 'leest'",
      'dbt/models/one/tests.yml:6',
    ],
    [
      'a test whose arguments are not nested',
      "Found top-level arguments to test `accepted_values` defined on 'o' in package 'shop' (models/one/tests.yml). Arguments to generic tests should be nested under the `arguments` property.",
      'dbt/models/one/tests.yml:14',
    ],
    [
      'a model without such a test of its own',
      "Found top-level arguments to test `at_most` defined on 'o' in package 'shop' (models/one/tests.yml). Arguments to generic tests should be nested under the `arguments` property.",
      'dbt/models/one/tests.yml:2',
    ],
    [
      'a fixture that is missing',
      "Parsing Error\n  File not found for fixture 'rows_of_o' in unit tests in models/one/unit.yml",
      'dbt/models/one/unit.yml:6',
    ],
    [
      'a measure that is missing',
      'Parsing Error in metric m (models/one/metrics.yml)\n  A semantic model having a measure `lost_measure` does not exist but was referenced.',
      'dbt/models/one/metrics.yml:10',
    ],
    [
      'an aggregation that does not exist',
      'Invalid enum value: `summ` in enum AggregationType',
      'dbt/models/one/metrics.yml:5',
    ],
    [
      'a private model that another group refers to',
      "Parsing Error\n  Node model.shop.asks attempted to reference node model.shop.o, which is not allowed because the referenced node is private to the 'f' group.",
      'dbt/models/two/asks.sql:2',
    ],
    [
      'a block of docs that is missing',
      "Compilation Error\n  Documentation for 'model.shop.p' depends on doc 'lost_docs' which was not found",
      'dbt/models/two/docs.yml:3',
    ],
    [
      'a block of docs that does not end',
      'Compilation Error\n  Got nested tags: docs (started at 0) did not have a matching {{% enddocs %}} before a subsequent docs was found (started at 69)',
      'dbt/models/two/docs.md:4',
    ],
    [
      'a method that selectors do not have',
      "Runtime Error\n  Could not read selector file data: Runtime Error\n    'pth' is not a valid method name",
      'dbt/selectors.yml:4',
    ],
    [
      'a value of dbt_project.yml of the wrong type',
      `Runtime Error\n  at path ['macro-paths']: 'macros' is not valid under any of the given schemas\n\nError encountered in ${repository}/dbt/dbt_project.yml`,
      'dbt/dbt_project.yml:11',
    ],
  ])('%s', async (_, message, at) => {
    // Anew: it searches the sources some times only.
    const place = await projectFiles(folders).locateError(message)
    expect(`${place?.path}:${place?.line}`).toBe(at)
  })
})

test.each([
  "Required var 'a(b' not found\n  --> target/generic_tests/unique_a_id.sql:1:1",
  "Required var 'a(b' not found, keyword argument 'x'\n  --> models/a.sql:1:3",
  "Unable to find model '[' for unit test, keyword argument 'x' in models/one/gone.yml",
])('a name is text, whatever its characters mean in a pattern: %j', async (message) => {
  const node = model({ originalFilePath: 'models/a.sql' })
  await expect(files.locateError(message)).resolves.not.toThrow()
  await expect(files.locate(node, message)).resolves.toMatchObject({ path: 'dbt/models/a.sql' })
})
