import type { Breakage } from './breakage.ts'

/** What is broken in __tests__/projects/library, whose folders have other names than dbt's. */
export const ofLibrary: Breakage[] = [
  {
    name: 'aggregate-in-where',
    project: '__tests__/projects/library',
    edits: [
      ['transformations/published/top_books.sql', 'group by b.title', 'where count(*) > 1\ngroup by b.title'],
    ],
    at: ['transformations/published/top_books.sql', 'where count'],
  },
  {
    name: 'unclosed-parenthesis',
    project: '__tests__/projects/library',
    edits: [
      [
        'transformations/refined/member_activity.sql',
        '        sum(amount_due) as amount_due',
        '        sum(amount_due as amount_due',
      ],
    ],
    at: ['transformations/refined/member_activity.sql', 'sum(amount_due as'],
  },
  {
    name: 'ambiguous',
    project: '__tests__/projects/library',
    edits: [['transformations/published/top_books.sql', '    b.genre,\n', '    b.genre,\n    isbn,\n']],
    at: ['transformations/published/top_books.sql', '    isbn,'],
  },
  {
    name: 'union-widths',
    project: '__tests__/projects/library',
    edits: [['transformations/published/branch_report.sql', "    'all',\n", "    'all', 'more',\n"]],
    at: ['transformations/published/branch_report.sql', "'all', 'more'"],
    or: [
      ['transformations/published/branch_report.sql', 'select g.*'],
      ['transformations/published/branch_report.sql', 'union all'],
      ['transformations/published/branch_report.sql', 'select', 2],
    ],
  },
  {
    name: 'typo-in-loop-second',
    project: '__tests__/projects/library',
    edits: [['transformations/refined/genre_counts.sql', 'then copies else', 'then copys else']],
    at: ['transformations/refined/genre_counts.sql', 'copys'],
  },
  {
    name: 'ephemeral-typo',
    project: '__tests__/projects/library',
    edits: [['transformations/refined/late_loans.sql', 'where days_out >', 'where day_out >']],
    at: ['transformations/refined/late_loans.sql', 'where day_out'],
  },
  {
    name: 'macro-argument-column',
    project: '__tests__/projects/library',
    edits: [['transformations/landing/lnd_loans.sql', "days_between('lent_on'", "days_between('lend_on'"]],
    at: ['transformations/landing/lnd_loans.sql', 'lend_on'],
  },
  {
    name: 'macro-wrong-function',
    project: '__tests__/projects/library',
    edits: [['lib/dates.sql', 'date_diff(', 'date_dif(']],
    at: ['transformations/landing/lnd_loans.sql', 'days_between'],
  },
  {
    name: 'whole-file-macro',
    project: '__tests__/projects/library',
    edits: [['transformations/refined/loan_pairs.sql', "'isbn', 'lent_on'", "'isbn', 'lentt_on'"]],
    at: ['transformations/refined/loan_pairs.sql', 'lentt_on'],
  },
  {
    name: 'set-block',
    project: '__tests__/projects/library',
    edits: [['transformations/published/shelf_labels.sql', 'left(genre, 3)', 'left(genrre, 3)']],
    at: ['transformations/published/shelf_labels.sql', 'genrre'],
  },
  {
    name: 'incremental-filter',
    project: '__tests__/projects/library',
    edits: [['transformations/refined/fines.sql', 'select max(loan_no)', 'select max(loan_nr)']],
    before: [['build', '--select', '+fines']],
    command: ['run', '--select', 'fines'],
    at: ['transformations/refined/fines.sql', 'loan_nr'],
  },
  {
    name: 'snapshot-check-column',
    project: '__tests__/projects/library',
    edits: [['history/card_history.sql', "check_cols=['card']", "check_cols=['cards']"]],
    before: [['build', '--select', '+card_history', '--vars', '{}']],
    command: ['build', '--select', '+card_history'],
    at: ['history/card_history.sql', "'cards'"],
    or: [['history/card_history.sql', '{% snapshot']],
  },
  {
    name: 'endfor-missing',
    project: '__tests__/projects/library',
    edits: [['transformations/refined/genre_counts.sql', '    {% endfor %}\n', '']],
    at: ['transformations/refined/genre_counts.sql', '{% for'],
  },
  {
    name: 'unknown-filter',
    project: '__tests__/projects/library',
    edits: [['transformations/refined/genre_counts.sql', '{{ g }}_copies', '{{ g | slugify }}_copies']],
    at: ['transformations/refined/genre_counts.sql', 'slugify'],
  },
  {
    name: 'config-typo-comma',
    project: '__tests__/projects/library',
    edits: [
      ['transformations/refined/fines.sql', "    unique_key='loan_no',\n", "    unique_key='loan_no'\n"],
    ],
    at: ['transformations/refined/fines.sql', "unique_key='loan_no'"],
    or: [['transformations/refined/fines.sql', 'on_schema_change']],
  },
  {
    name: 'unknown-materialization',
    project: '__tests__/projects/library',
    edits: [
      ['transformations/refined/fines.sql', "materialized='incremental'", "materialized='incrementall'"],
    ],
    at: ['transformations/refined/fines.sql', 'incrementall'],
  },
  {
    name: 'undefined-in-expression',
    project: '__tests__/projects/library',
    edits: [
      [
        'transformations/refined/late_loans.sql',
        "days_out - {{ var('loan_days') }}",
        'days_out - {{ loan_dayz.limit }}',
      ],
    ],
    at: ['transformations/refined/late_loans.sql', 'loan_dayz'],
  },
  {
    name: 'ref-missing-in-macro-call',
    project: '__tests__/projects/library',
    edits: [['transformations/refined/loan_pairs.sql', "ref('lnd_loans')", "ref('lnd_loanz')"]],
    at: ['transformations/refined/loan_pairs.sql', 'lnd_loanz'],
  },
  {
    name: 'ref-disabled',
    project: '__tests__/projects/library',
    edits: [
      [
        'transformations/refined/late_loans.sql',
        "materialized='ephemeral'",
        "materialized='ephemeral', enabled=false",
      ],
    ],
    at: ['transformations/refined/fines.sql', "ref('late_loans')"],
  },
  {
    name: 'ref-cycle',
    project: '__tests__/projects/library',
    edits: [['transformations/landing/lnd_books.sql', "ref('books')", "ref('top_books')"]],
    at: ['transformations/landing/lnd_books.sql', "ref('top_books')"],
    or: [['transformations/published/top_books.sql', "ref('lnd_books')"]],
  },
  {
    name: 'macro-file-unclosed',
    project: '__tests__/projects/library',
    edits: [['lib/dates.sql', '{%- endmacro %}\n', '']],
    at: ['lib/dates.sql', '{% macro days_between'],
    or: [['lib/dates.sql', '{% macro paired']],
  },
  {
    name: 'raise-in-model',
    project: '__tests__/projects/library',
    edits: [
      [
        'transformations/published/top_books.sql',
        'select\n',
        "{% if true %}{{ exceptions.raise_compiler_error('shelves are closed') }}{% endif %}\nselect\n",
      ],
    ],
    at: ['transformations/published/top_books.sql', 'raise_compiler_error'],
  },
  {
    name: 'yaml-indent',
    project: '__tests__/projects/library',
    edits: [
      [
        'transformations/landing/landing.yml',
        '  - name: lnd_members\n    columns:',
        '  - name: lnd_members\n   columns:',
      ],
    ],
    at: ['transformations/landing/landing.yml', '   columns:', 3],
    or: [['transformations/landing/landing.yml', '- name: lnd_members']],
  },
  {
    name: 'yaml-unclosed-quote',
    project: '__tests__/projects/library',
    edits: [
      [
        'transformations/landing/landing.yml',
        'description: Books as they came.',
        'description: "Books as they came.',
      ],
    ],
    at: ['transformations/landing/landing.yml', '"Books'],
  },
  {
    name: 'test-argument-missing',
    project: '__tests__/projects/library',
    edits: [['transformations/published/published.yml', '{ lowest: 1, highest: 10 }', '{ lowest: 1 }']],
    at: ['transformations/published/published.yml', '- rows_between'],
  },
  {
    name: 'test-argument-unknown',
    project: '__tests__/projects/library',
    engines: ['core'],
    edits: [
      [
        'transformations/published/published.yml',
        '{ lowest: 1, highest: 10 }',
        '{ lowest: 1, highest: 10, middle: 4 }',
      ],
    ],
    at: ['transformations/published/published.yml', '- rows_between'],
  },
  {
    name: 'columns-not-a-list',
    project: '__tests__/projects/library',
    edits: [
      [
        'transformations/landing/landing.yml',
        '    columns:\n      - name: isbn\n        data_tests:\n          - unique',
        '    columns:\n        name: isbn\n        data_tests:\n          - unique',
      ],
    ],
    at: ['transformations/landing/landing.yml', 'columns:', 2],
    or: [
      ['transformations/landing/landing.yml', '- name: lnd_books'],
      ['transformations/landing/landing.yml', '        name: isbn'],
      ['transformations/landing/landing.yml', '- name: genre'],
    ],
  },
  {
    name: 'exposure-type',
    project: '__tests__/projects/library',
    edits: [['transformations/published/published.yml', 'type: analysis', 'type: painting']],
    at: ['transformations/published/published.yml', 'painting'],
    or: [['transformations/published/published.yml', '- name: annual_review']],
  },
  {
    name: 'second-patch',
    project: '__tests__/projects/library',
    edits: [
      [
        'transformations/published/published.yml',
        '  - name: top_books\n',
        '  - name: lnd_books\n    description: again\n  - name: top_books\n',
      ],
    ],
    at: ['transformations/published/published.yml', '- name: lnd_books'],
    or: [['transformations/landing/landing.yml', '- name: lnd_books']],
  },
  {
    name: 'project-config-type',
    project: '__tests__/projects/library',
    engines: ['core'],
    edits: [['dbt_project.yml', 'config-version: 2', 'require-dbt-version: ">=9.0.0"']],
    at: ['dbt_project.yml', 'require-dbt-version'],
  },
  {
    name: 'project-path-type',
    project: '__tests__/projects/library',
    edits: [['dbt_project.yml', 'macro-paths: [lib]', 'macro-paths: lib']],
    at: ['dbt_project.yml', 'macro-paths'],
  },
  {
    name: 'profile-field-type',
    project: '__tests__/projects/library',
    edits: [['profiles.yml', 'threads: 3', 'threads: many']],
    at: ['profiles.yml', 'threads: many'],
  },
  {
    name: 'profile-no-type',
    project: '__tests__/projects/library',
    engines: ['core'],
    edits: [
      ['profiles.yml', '      type: duckdb\n      path: target/biblio.db', '      path: target/biblio.db'],
    ],
    at: ['profiles.yml', 'laptop:'],
    or: [
      ['profiles.yml', 'reading_room:'],
      ['profiles.yml', 'path: target/biblio.db'],
    ],
  },
  {
    name: 'contract-drift',
    project: '__tests__/projects/library',
    edits: [['transformations/published/member_cards.sql', '    amount_due\n', '    amount_due as due\n']],
    at: ['transformations/published/member_cards.sql', 'as due'],
    or: [['transformations/published/published.yml', '- name: amount_due']],
  },
  {
    name: 'seed-extra-two',
    project: '__tests__/projects/library',
    edits: [
      ['data/books.csv', 'Middlemarch,novel,north,3', 'Middlemarch,novel,north,3,x'],
      ['data/members.csv', 'Bo Lund,2023-03-15,basic', 'Bo Lund,2023-03-15,basic,y'],
    ],
    at: ['data/books.csv', ',x'],
    or: [['data/members.csv', ',y']],
  },
  {
    name: 'seed-bad-date',
    project: '__tests__/projects/library',
    edits: [['data/loans.csv', '2024-02-01,', '2024-02-31,']],
    at: ['data/loans.csv', '2024-02-31'],
  },
  {
    name: 'hook-macro-raises',
    project: '__tests__/projects/library',
    edits: [
      [
        'lib/text.sql',
        "{% do log('library ' ~ what, info=false) %}",
        "{% do run_query('select shut from doors') %}",
      ],
    ],
    at: ['dbt_project.yml', "remember('opened')"],
    or: [['lib/text.sql', 'run_query']],
  },
  {
    name: 'operation-query',
    project: '__tests__/projects/library',
    command: ['run-operation', 'prune', '--args', '{schema_name: attic}'],
    at: ['lib/chores.sql', 'drop schema'],
    or: [
      ['lib/chores.sql', 'run_query'],
      ['lib/chores.sql', 'macro prune'],
    ],
  },
  {
    name: 'model-test-fails',
    project: '__tests__/projects/library',
    edits: [
      ['transformations/published/published.yml', '{ lowest: 1, highest: 10 }', '{ lowest: 8, highest: 10 }'],
    ],
    at: ['transformations/published/published.yml', '- rows_between'],
  },
  {
    name: 'generic-on-missing-column',
    project: '__tests__/projects/library',
    edits: [['transformations/landing/landing.yml', '      - name: days_out', '      - name: days_gone']],
    at: ['transformations/landing/landing.yml', '- at_least'],
  },
  {
    name: 'unit-csv-differs',
    project: '__tests__/projects/library',
    edits: [['transformations/published/published.yml', '9,Emma,NOV-east', '9,Emma,NOV-west']],
    at: ['transformations/published/published.yml', '- name: labels_are_short'],
  },
  {
    name: 'unit-given-missing',
    project: '__tests__/projects/library',
    edits: [
      [
        'transformations/published/published.yml',
        "      - input: ref('lnd_loans')",
        "      - input: ref('lnd_lones')",
      ],
    ],
    at: ['transformations/published/published.yml', 'lnd_lones'],
  },
  {
    name: 'unit-given-column',
    project: '__tests__/projects/library',
    edits: [['transformations/published/published.yml', '{loan_no: 2, isbn: 9}', '{loan_nr: 2, isbn: 9}']],
    at: ['transformations/published/published.yml', 'loan_nr'],
    or: [['transformations/published/published.yml', '- name: each_loan_counts']],
  },
  {
    name: 'unit-of-ephemeral',
    project: '__tests__/projects/library',
    files: {
      'transformations/published/more.yml':
        "unit_tests:\n  - name: quarter_a_day\n    model: fines\n    overrides: {macros: {is_incremental: false}}\n    given:\n      - input: ref('late_loans')\n        rows:\n          - {loan_no: 7, member_no: 1, days_late: 4}\n    expect:\n      rows:\n        - {loan_no: 7, amount_due: 1.0}\n",
    },
    at: ['transformations/published/more.yml', "- input: ref('late_loans')"],
    or: [['transformations/published/more.yml', '- name: quarter_a_day']],
  },
  {
    name: 'python-attribute',
    project: '__tests__/projects/library',
    engines: ['core'],
    files: {
      'transformations/refined/py_scores.py':
        'def scored(frame):\n    return frame.no_such_method()\n\n\ndef model(dbt, session):\n    dbt.config(materialized="table")\n    loans = dbt.ref("lnd_loans")\n    return scored(loans)\n',
    },
    at: ['transformations/refined/py_scores.py', 'no_such_method'],
    or: [['transformations/refined/py_scores.py', 'return scored']],
  },
  {
    // DuckDB prints a line of the statement that makes the table.
    name: 'seed-column-type',
    project: '__tests__/projects/library',
    edits: [['data/data.yml', 'returned_on: date', 'returned_on: dato']],
    at: ['data/data.yml', 'dato'],
    or: [['data/loans.csv', 'loan_no']],
  },
  {
    name: 'missing-var-in-project',
    project: '__tests__/projects/library',
    edits: [['dbt_project.yml', '+materialized: view', '+materialized: "{{ var(\'how\') }}"']],
    at: ['dbt_project.yml', "var('how')"],
  },
]
