import type { Breakage } from './breakage.ts'
import { ofLibrary } from './library.ts'

const ORDERS = 'models/staging/stg_orders.sql'
const CUSTOMERS = 'models/marts/customers.sql'
const STAGING = 'models/staging/staging.yml'
const MARTS = 'models/marts/marts.yml'
const SALES = 'models/marts/town_sales.sql'

/** What is broken in __tests__/projects/bakery, and in library; script/record-errors runs real dbt on each. */
export const breakages: Breakage[] = [
  ...ofLibrary,
  // SQL that the database refuses
  {
    name: 'column-in-cte',
    edits: [[ORDERS, '        customer_id,', '        customer_idd,']],
    at: [ORDERS, 'customer_idd'],
  },
  {
    // DuckDB names customer_id and name as candidates, which stand once in the model.
    name: 'candidate-bindings',
    edits: [['models/staging/stg_customers.sql', '    town\n', '    twon\n']],
    at: ['models/staging/stg_customers.sql', 'twon'],
  },
  {
    name: 'candidate-bindings-of-an-alias',
    edits: [[SALES, 'sum(o.amount)', 'sum(o.amuont)']],
    at: [SALES, 'amuont'],
  },
  {
    name: 'column-in-a-loop',
    edits: [[CUSTOMERS, "{{ kind }}' then amount else", "{{ kind }}' then amounts else"]],
    at: [CUSTOMERS, 'amounts'],
  },
  {
    name: 'line-that-stands-twice',
    edits: [
      ['models/marts/contracted.sql', '    kind,\n', '    kind,\n    kindd\n    ,\n'],
      [
        'models/marts/contracted.sql',
        "from {{ ref('stg_orders') }}",
        "from {{ ref('stg_orders') }}\nwhere kind in (\n    select\n    kind\n    ,from {{ ref('stg_customers') }}\n)",
      ],
    ],
    at: ['models/marts/contracted.sql', 'kindd'],
    or: [['models/marts/contracted.sql', ',from']],
  },
  {
    name: 'same-text-twice',
    files: {
      'models/marts/pairs.sql':
        "with a as (\n    select\n        order_id,\n        amount\n    from {{ ref('stg_orders') }}\n),\n\nb as (\n    select\n        customer_id,\n        amount\n    from {{ ref('stg_customers') }}\n)\n\nselect * from a, b\n",
    },
    at: ['models/marts/pairs.sql', '        amount', 2],
  },
  {
    name: 'syntax-keyword',
    edits: [[SALES, 'group by c.town', 'gruop by c.town']],
    at: [SALES, 'gruop'],
  },
  {
    name: 'syntax-comma-before-from',
    edits: [
      ['models/staging/stg_customers.sql', '    name,\n    town\n', '    name,\n    town town\n    id\n'],
    ],
    at: ['models/staging/stg_customers.sql', '    id', 2],
    or: [['models/staging/stg_customers.sql', 'town town']],
  },
  {
    name: 'missing-table',
    edits: [[SALES, "{{ ref('stg_customers') }}", 'main.stg_custommers']],
    at: [SALES, 'stg_custommers'],
  },
  {
    name: 'missing-source-table',
    edits: [
      ['models/staging/sources.yml', '      - name: raw_customers\n', '      - name: raw_clients\n'],
      ['models/staging/stg_towns.sql', "'raw_customers'", "'raw_clients'"],
    ],
    command: ['run', '--select', 'stg_towns'],
    at: ['models/staging/stg_towns.sql', 'raw_clients'],
  },
  {
    name: 'unknown-function',
    edits: [[ORDERS, 'cast(ordered_on as date) as', 'to_daet(ordered_on) as']],
    at: [ORDERS, 'to_daet'],
  },
  {
    name: 'unknown-type',
    edits: [[ORDERS, 'as date) as', 'as daate) as']],
    at: [ORDERS, 'daate'],
  },
  {
    name: 'conversion-at-run-time',
    edits: [[SALES, '    max(o.ordered_on) as last_day', '    max(cast(c.town as integer)) as last_day']],
    at: [SALES, 'cast(c.town'],
    or: [[SALES, 'select']],
  },
  {
    name: 'group-by-missing',
    edits: [[SALES, '    c.town,\n', '    c.town,\n    c.name,\n']],
    at: [SALES, 'c.name'],
  },
  {
    name: 'unknown-alias',
    edits: [[CUSTOMERS, '    by_customer.bread_amount,', '    by_custmer.bread_amount,']],
    at: [CUSTOMERS, 'by_custmer'],
  },
  {
    name: 'column-in-jinja-if',
    edits: [[CUSTOMERS, 'where ordered_on >=', 'where orderd_on >=']],
    at: [CUSTOMERS, 'orderd_on'],
  },
  // what is compiled into a model
  {
    name: 'typo-in-ephemeral-parent',
    edits: [['models/marts/big_orders.sql', 'where amount > 10', 'where amont > 10']],
    at: ['models/marts/big_orders.sql', 'amont'],
  },
  {
    name: 'typo-in-argument-of-macro',
    edits: [[ORDERS, "cents_to_dollars('amount')", "cents_to_dollars('amonut')"]],
    at: [ORDERS, 'amonut'],
  },
  {
    name: 'typo-in-argument-of-long-call',
    edits: [['models/marts/kinds.sql', "        'amount'\n", "        'ammount'\n"]],
    at: ['models/marts/kinds.sql', 'ammount'],
    or: [['models/marts/kinds.sql', 'sum_by_kind']],
  },
  {
    name: 'typo-in-macro',
    edits: [['macros/money.sql', '    round(', '    ruond(']],
    at: [ORDERS, 'cents_to_dollars'],
  },
  {
    name: 'typo-in-macro-of-long-call',
    edits: [['macros/money.sql', 'case when kind =', 'case when knid =']],
    at: ['models/marts/kinds.sql', 'sum_by_kind'],
    // v2 does not compile what the unit test is of.
    or: [[MARTS, '- name: sums_are_by_day']],
  },
  {
    name: 'undefined-in-macro',
    edits: [['macros/money.sql', '        {{ digits }}', '        {{ number_of(digits) }}']],
    at: ['macros/money.sql', 'number_of'],
    or: [[ORDERS, 'cents_to_dollars']],
  },
  {
    name: 'raise-in-macro',
    edits: [
      [
        'macros/money.sql',
        '    round(\n',
        "    {% if digits > 5 %}{{ exceptions.raise_compiler_error('too many digits') }}{% endif %}\n    round(\n",
      ],
      [ORDERS, "('amount')", "('amount', 7)"],
    ],
    at: [ORDERS, 'cents_to_dollars'],
    or: [['macros/money.sql', 'raise_compiler_error']],
  },
  {
    // v2 says nothing.
    name: 'wrong-argument-of-macro',
    engines: ['core'],
    edits: [[ORDERS, "('amount')", "('amount', digit=3)"]],
    at: [ORDERS, 'cents_to_dollars'],
  },
  // Jinja
  {
    name: 'undefined-macro',
    edits: [[ORDERS, 'cents_to_dollars(', 'cents_to_dolars(']],
    at: [ORDERS, 'cents_to_dolars'],
  },
  {
    name: 'jinja-syntax',
    edits: [[SALES, '{% if is_incremental() %}', '{% if is_incremental( %}']],
    at: [SALES, 'is_incremental'],
  },
  {
    name: 'jinja-block-not-closed',
    edits: [[CUSTOMERS, '    {% endif %}\n', '']],
    at: [CUSTOMERS, "{% if var('first_day')"],
  },
  {
    name: 'syntax-in-macro-file',
    edits: [['macros/money.sql', '{%- endfor %}', '{%- endfro %}']],
    at: ['macros/money.sql', 'endfro'],
  },
  {
    name: 'missing-var',
    edits: [[CUSTOMERS, `'{{ var("first_day") }}'`, `'{{ var("frist_day") }}'`]],
    at: [CUSTOMERS, 'frist_day'],
  },
  {
    name: 'missing-ref',
    edits: [[SALES, "{{ ref('stg_customers') }}", "{{ ref('stg_custommers') }}"]],
    at: [SALES, 'stg_custommers'],
  },
  {
    name: 'missing-source',
    edits: [['models/staging/stg_towns.sql', "('raw', 'raw_customers')", "('raw', 'raw_costumers')"]],
    at: ['models/staging/stg_towns.sql', 'raw_costumers'],
  },
  {
    name: 'missing-env-var',
    edits: [
      [
        SALES,
        '{% if is_incremental() %}',
        "{% set zone = env_var('BAKERY_ZONE') %}\n{% if is_incremental() %}",
      ],
    ],
    at: [SALES, 'BAKERY_ZONE'],
  },
  {
    name: 'missing-env-var-in-project',
    edits: [['dbt_project.yml', '"2024-01-01"', `"{{ env_var('FIRST_DAY') }}"`]],
    at: ['dbt_project.yml', 'FIRST_DAY'],
  },
  {
    name: 'missing-env-var-in-profiles',
    edits: [['profiles.yml', 'target/bakery.duckdb', `"{{ env_var('BAKERY_PATH') }}"`]],
    at: ['profiles.yml', 'BAKERY_PATH'],
  },
  {
    // v2 says nothing.
    name: 'missing-ref-in-exposure',
    engines: ['core'],
    edits: [[MARTS, "- ref('town_sales')", "- ref('town_sale')"]],
    at: [MARTS, "ref('town_sale')"],
  },
  {
    name: 'missing-ref-in-unit-test',
    edits: [[MARTS, "- input: ref('stg_orders')", "- input: ref('stg_order')"]],
    at: [MARTS, "ref('stg_order')"],
  },
  {
    // v2 says nothing.
    name: 'missing-model-of-unit-test',
    engines: ['core'],
    edits: [[MARTS, 'model: kinds', 'model: kindss']],
    at: [MARTS, 'kindss'],
    or: [[MARTS, '- name: sums_are_by_day']],
  },
  // YAML
  {
    name: 'yaml-syntax',
    edits: [[STAGING, '    description: One row', '    description: Note: one row']],
    at: [STAGING, 'Note: one row'],
  },
  {
    name: 'yaml-tab',
    edits: [[STAGING, '  - name: stg_customers\n    columns:', '  - name: stg_customers\n\tcolumns:']],
    at: [STAGING, '\tcolumns'],
  },
  {
    name: 'yaml-two-entries',
    edits: [
      [
        STAGING,
        '  - name: stg_customers\n',
        '  - name: stg_orders\n    columns: []\n  - name: stg_customers\n',
      ],
    ],
    at: [STAGING, '- name: stg_orders', 2],
    or: [[STAGING, '- name: stg_orders']],
  },
  {
    name: 'yaml-entry-of-wrong-type',
    edits: [
      [
        STAGING,
        '    description: One row for each order.\n    columns:',
        '    description: [One, row]\n    columns:',
      ],
    ],
    at: [STAGING, '[One, row]'],
    or: [[STAGING, '- name: stg_orders']],
  },
  {
    name: 'yaml-no-name',
    edits: [[STAGING, '      - name: kind\n', '      - nmae: kind\n']],
    at: [STAGING, '- nmae: kind'],
    or: [[STAGING, '- name: stg_orders']],
  },
  {
    name: 'unknown-test',
    edits: [
      [
        STAGING,
        '      - name: customer_id\n        data_tests:\n          - unique\n',
        '      - name: customer_id\n        data_tests:\n          - uniqe\n',
      ],
    ],
    at: [STAGING, 'uniqe'],
  },
  {
    name: 'project-yaml-syntax',
    edits: [['dbt_project.yml', 'profile: bakery', 'profile: bakery: x']],
    at: ['dbt_project.yml', 'bakery: x'],
  },
  {
    name: 'project-unknown-key',
    edits: [['dbt_project.yml', 'vars:\n', 'model-pats: [models]\n\nvars:\n']],
    engines: ['core'],
    at: ['dbt_project.yml', 'model-pats'],
  },
  {
    name: 'project-unknown-profile',
    edits: [['dbt_project.yml', 'profile: bakery', 'profile: bakeryy']],
    at: ['dbt_project.yml', 'bakeryy'],
  },
  {
    name: 'profiles-unknown-target',
    edits: [['profiles.yml', 'target: dev', 'target: prod']],
    at: ['profiles.yml', 'target: prod'],
  },
  {
    name: 'profiles-unknown-adapter',
    edits: [['profiles.yml', 'type: duckdb', 'type: dukdb']],
    at: ['profiles.yml', 'dukdb'],
  },
  {
    name: 'two-models-of-one-name',
    files: { 'models/staging/customers.sql': 'select 1 as id\n' },
    at: ['models/staging/customers.sql', 'select'],
    or: [[CUSTOMERS, 'kinds']],
  },
  {
    name: 'missing-package',
    files: { 'packages.yml': 'packages:\n  - local: ../nowhere\n' },
    at: ['packages.yml', 'nowhere'],
    or: [['packages.yml', 'packages']],
  },
  // Contracts
  {
    name: 'contract-type',
    edits: [[MARTS, 'data_type: varchar', 'data_type: integer']],
    at: [MARTS, '- name: kind'],
    or: [[MARTS, 'data_type: integer']],
  },
  {
    name: 'contract-column-missing-in-model',
    edits: [
      [
        MARTS,
        '      - name: amount\n        data_type: double\n',
        '      - name: amount\n        data_type: double\n      - name: total\n        data_type: double\n',
      ],
    ],
    at: [MARTS, '- name: total'],
  },
  {
    name: 'contract-column-missing-in-contract',
    edits: [['models/marts/contracted.sql', '    kind,\n', '    kind,\n    customer_id,\n']],
    at: ['models/marts/contracted.sql', 'customer_id'],
  },
  // Seeds
  {
    name: 'seed-ragged',
    edits: [['seeds/raw_orders.csv', '3,2,bread,300,2024-01-04', '3,2,bread,300,2024-01-04,late']],
    at: ['seeds/raw_orders.csv', 'late'],
  },
  {
    name: 'seed-short-row',
    edits: [['seeds/raw_orders.csv', '3,2,bread,300,2024-01-04', '3,2,bread']],
    at: ['seeds/raw_orders.csv', '3,2,bread'],
  },
  {
    name: 'seed-type',
    edits: [['seeds/raw_orders.csv', '3,2,bread,300', '3,2,bread,few']],
    at: ['seeds/raw_orders.csv', 'few'],
  },
  // Hooks and operations
  {
    name: 'hook-start-fails',
    edits: [['dbt_project.yml', '"select 1"', '"select 1 from nowhere"']],
    at: ['dbt_project.yml', 'nowhere'],
  },
  {
    name: 'hook-end-fails',
    edits: [['dbt_project.yml', "    select 'done'", "    select 'done' from nowhere"]],
    at: ['dbt_project.yml', 'nowhere'],
    or: [['dbt_project.yml', '- >']],
  },
  {
    name: 'hook-macro-fails',
    edits: [['dbt_project.yml', `{{ note('start') }}`, `{{ ntoe('start') }}`]],
    at: ['dbt_project.yml', 'ntoe'],
  },
  {
    name: 'post-hook-of-model',
    edits: [[SALES, "unique_key='town')", 'unique_key=\'town\',\n    post_hook="delete from nowhere_else")']],
    at: [SALES, 'nowhere_else'],
  },
  {
    name: 'operation-fails',
    command: ['run-operation', 'clean_up', '--args', '{schema: nowhere}'],
    at: ['macros/operations.sql', 'run_query'],
    or: [
      ['macros/operations.sql', '{% macro clean_up'],
      ['macros/operations.sql', 'drop schema'],
    ],
  },
  // Tests
  {
    name: 'test-fails',
    edits: [['seeds/raw_customers.csv', '2,Bo,Oslo', '1,Bo,Oslo']],
    command: ['build', '--select', 'raw_customers', 'stg_customers'],
    at: ['seeds/seeds.yml', 'unique'],
  },
  {
    name: 'second-entry-of-a-test-fails',
    edits: [[STAGING, 'values: [bread, cake, pie, tart]', 'values: [bread, tart]']],
    at: [STAGING, '- accepted_values:', 2],
  },
  {
    name: 'test-below-alias-fails',
    edits: [['models/marts/town_sales.sql', '    c.town,\n', "    nullif(c.town, 'Oslo') as town,\n"]],
    command: ['build', '--select', '+town_sales', '--exclude', 'test_type:unit'],
    at: [MARTS, '          - not_null'],
  },
  {
    name: 'generic-test-with-broken-sql',
    edits: [['tests/generic/total_is.sql', 'select total\n', 'select totl\n']],
    at: [MARTS, '- total_is'],
  },
  {
    name: 'generic-test-on-missing-column',
    edits: [
      [
        STAGING,
        '  - name: stg_customers\n    columns:\n      - name: customer_id',
        '  - name: stg_customers\n    columns:\n      - name: customr_id',
      ],
    ],
    at: [STAGING, '          - unique', 2],
  },
  {
    name: 'singular-test-with-broken-sql',
    edits: [['tests/no_free_orders.sql', '    amount\n', '    amounts\n']],
    at: ['tests/no_free_orders.sql', 'amounts'],
  },
  {
    name: 'unit-test-fails',
    edits: [[MARTS, 'bread_amount: 4, cake_amount: 5}', 'bread_amount: 4, cake_amount: 6}']],
    at: [MARTS, '- name: sums_are_by_day'],
  },
  {
    name: 'unit-test-unknown-column',
    edits: [[MARTS, 'kind: cake, amount: 5}', 'kind: cake, amuont: 5}']],
    at: [MARTS, 'amuont'],
    or: [[MARTS, '- name: sums_are_by_day']],
  },
  {
    name: 'snapshot-sql',
    edits: [['snapshots/customer_history.sql', '    town\n', '    towns\n']],
    at: ['snapshots/customer_history.sql', 'towns'],
  },
  // Python
  {
    name: 'python-raises',
    engines: ['core'],
    files: {
      'models/marts/py_towns.py':
        'def share(part, whole):\n    return part / whole\n\n\ndef model(dbt, session):\n    dbt.config(materialized="table")\n    towns = dbt.ref("stg_customers").df()\n    towns["share"] = share(1, 0)\n    return towns\n',
    },
    at: ['models/marts/py_towns.py', 'return part / whole'],
    or: [['models/marts/py_towns.py', 'share(1, 0)']],
  },
  {
    name: 'python-key-error',
    engines: ['core'],
    files: {
      'models/marts/py_towns.py':
        'def model(dbt, session):\n    dbt.config(materialized="table")\n    customers = dbt.ref("stg_customers").df()\n    towns = customers[["twon"]]\n    return towns\n',
    },
    at: ['models/marts/py_towns.py', 'twon'],
  },
  {
    name: 'python-missing-ref',
    files: {
      'models/marts/py_towns.py':
        'def model(dbt, session):\n    dbt.config(materialized="table")\n    return dbt.ref("stg_costumers").df()\n',
    },
    at: ['models/marts/py_towns.py', 'stg_costumers'],
  },
  {
    name: 'python-syntax',
    files: {
      'models/marts/py_towns.py':
        'def model(dbt, session):\n    dbt.config(materialized="table")\n    towns = dbt.ref("stg_customers"\n    return towns\n',
    },
    at: ['models/marts/py_towns.py', 'towns = dbt.ref'],
    or: [['models/marts/py_towns.py', 'return towns']],
  },
]
