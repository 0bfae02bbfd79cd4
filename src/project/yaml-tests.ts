import type { TestEntry } from '../dbt/manifest.ts'
import { findInYaml, type YamlFile } from './yaml.ts'
import { columnsOf, named, tableOf } from './yaml-entries.ts'

/**
 * The line of a generic test's entry in its YAML file, else of its column, else of its model.
 * @param yaml the file that the manifest names, such as models/schema.yml
 * @param name the test's own name, which an entry may give
 */
export function testLine(yaml: string, test: TestEntry, name = ''): number {
  const [section = ''] = test.fileKey.split('.')
  const found = findInYaml(yaml, (file) => {
    const { get, items, scalar } = file
    const owner = test.source
      ? tableOf(file, get(file.root, 'sources'), test.source)
      : named(file, get(file.root, section), test.fileKey.slice(section.length + 1))
    // A version's own entry comes before the model's, which it may repeat.
    const version = /\.v([^.]+)$/.exec(test.attachedNode)?.[1]
    const places = [items(get(owner, 'versions')).find((item) => scalar(get(item, 'v')) === version), owner]
    for (const place of places) {
      const columns = test.column ? columnsOf(file, place, test.column) : []
      const entries = columns.flatMap((column) => testsOf(file, column))
      // A test of a column can stand at the model, with column_name as an argument.
      const own = testsOf(file, place).filter(
        (entry) => !test.column || argument(file, entry, 'column_name') === test.column,
      )
      const entry = bestEntry(file, [...entries, ...own], test, name)
      if (entry) return entry
    }
    return places.flatMap((place) => (test.column ? columnsOf(file, place, test.column) : []))[0] ?? owner
  })
  return found?.line ?? 1
}

function testsOf(file: YamlFile, holder: unknown): unknown[] {
  return [...file.items(file.get(holder, 'data_tests')), ...file.items(file.get(holder, 'tests'))]
}

/** Of several entries of one test, the one with its name, or else the one whose arguments agree most. */
function bestEntry(file: YamlFile, entries: unknown[], test: TestEntry, name: string): unknown {
  const same = entries.filter((entry) => testName(file, entry) === test.name)
  const agreement = (entry: unknown): number => {
    const given = file.scalar(property(file, entry, 'name'))
    const known = given === '' || name === '' ? 0 : given === name ? 100 : -100
    const wanted = Object.entries(test.kwargs).filter(([key]) => key !== 'model' && key !== 'column_name')
    const agree = wanted.filter(([key, value]) => isSame(argument(file, entry, key), value)).length
    const others = argumentNames(file, entry).filter((key) => key !== 'column_name' && !(key in test.kwargs))
    return known + agree * 10 - others.length
  }
  const scores = new Map(same.map((entry) => [entry, agreement(entry)]))
  return same.sort((a, b) => (scores.get(b) ?? 0) - (scores.get(a) ?? 0))[0]
}

/**
 * Compared as values: 10 is not in [100], nor is "a" in "ab". YAML's 1 and a manifest's "1" are the same, and so are
 * `yes` and true, which dbt Core reads by YAML 1.1 and v2 by 1.2.
 */
function isSame(a: unknown, b: unknown): boolean {
  const text = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(text)
    if (typeof value === 'object' && value !== null) {
      return Object.entries(value)
        .map(([key, item]) => [key, text(item)])
        .sort()
    }
    const word = String(value)
    if (/^(yes|on|true)$/i.test(word)) return 'true'
    return /^(no|off|false)$/i.test(word) ? 'false' : word
  }
  return JSON.stringify(text(a)) === JSON.stringify(text(b))
}

/** Keys beside a test's arguments: https://docs.getdbt.com/reference/resource-properties/data-tests */
const NO_ARGUMENTS = new Set(
  'name test_name config description arguments where severity error_if warn_if limit store_failures store_failures_as fail_calc tags enabled meta'.split(
    ' ',
  ),
)

/** `- unique`, `- unique: {…}` or `- name: …, test_name: unique`. */
function testName(file: YamlFile, entry: unknown): string {
  const word = file.scalar(entry)
  if (word) return word
  return (
    file.scalar(file.get(entry, 'test_name')) ||
    (file.keys(entry).find((key) => !NO_ARGUMENTS.has(key)) ?? '')
  )
}

/** Where the arguments stand: below the test's name, or beside `test_name`. */
function bodyOf(file: YamlFile, entry: unknown): unknown {
  return file.get(entry, 'test_name') ? entry : file.get(entry, testName(file, entry))
}

function property(file: YamlFile, entry: unknown, key: string): unknown {
  return file.get(bodyOf(file, entry), key) ?? file.get(entry, key)
}

function argument(file: YamlFile, entry: unknown, key: string): unknown {
  const body = bodyOf(file, entry)
  return file.value(file.get(file.get(body, 'arguments'), key) ?? file.get(body, key))
}

function argumentNames(file: YamlFile, entry: unknown): string[] {
  const body = bodyOf(file, entry)
  return [
    ...file.keys(body).filter((key) => !NO_ARGUMENTS.has(key)),
    ...file.keys(file.get(body, 'arguments')),
  ]
}
