/** A test that failed or warned, in words. */
import type { ManifestNode, TestEntry } from '../dbt/manifest.ts'
import type { Node, Run } from '../run/run.ts'
import { plural } from './figures.ts'
import { oneLine } from './text.ts'
import { differencesIn } from './unit-test.ts'

/** What a test found, in one sentence; undefined where it ended in an error, or nothing more than that is known. */
export function testSentence(run: Run, node: Node): string | undefined {
  if (node.status !== 'fail' && node.status !== 'warn') return undefined
  if (node.resourceType === 'unit_test') return unitTestSentence(node)
  const known = run.graph.get(node.uniqueId)
  const rows = node.failures
  if (!known || rows === undefined || hasError(node)) return undefined
  const found = known.test
    ? genericSentence(run, known, known.test, rows)
    : singularSentence(node, known, rows)
  return `${found}${thresholdOf(node)}`
}

/** Whether the SQL of a test failed; on v2 its status is `fail` then, too. Of rows dbt prints their number at most. */
export function hasError({ status, message }: Node): boolean {
  return status === 'error' || (message.trim() !== '' && !/^\s*(got \d|(fail|warn|error)\s*$)/i.test(message))
}

function unitTestSentence(node: Node): string | undefined {
  const differences = differencesIn(node.message)
  if (!differences) {
    return node.failures === undefined
      ? undefined
      : `actual and expected rows differ (${plural(node.failures, 'row')})`
  }
  const count = differences.rows.filter(({ kind }) => kind !== 'same').length
  return `actual and expected rows differ in ${plural(count, 'row')}`
}

function singularSentence(node: Node, { failCalc }: ManifestNode, rows: number): string {
  if (failCalc) return oneLine(`${node.name} failed: ${failCalc} is ${rows}`, 300)
  const found = `${node.name} returned ${plural(rows, 'row')}`
  // With a condition of its own, such as error_if: "<10".
  return rows === 0 ? found : `${found}, and should return none`
}

function genericSentence(run: Run, known: ManifestNode, test: TestEntry, rows: number): string {
  const what = testedName(run, known, test)
  if (known.failCalc) return oneLine(`${callOf(test)} on ${what} failed: ${known.failCalc} is ${rows}`, 300)
  if (rows === 0) return `${callOf(test)} on ${what} failed: 0 rows`
  switch (test.name) {
    case 'unique':
      return `${what} is not unique: ${plural(rows, 'value occurs', 'values occur')} more than once`
    case 'not_null':
      return `${what} is null in ${plural(rows, 'row')}`
    case 'accepted_values': {
      const values = arrayOf(argumentsOf(test).get('values')).map(quoted).join(', ')
      return oneLine(`${what} has ${plural(rows, 'value')} other than ${values}`, 300)
    }
    case 'relationships': {
      const target = [refName(argumentsOf(test).get('to')), argumentsOf(test).get('field')]
        .filter(Boolean)
        .join('.')
      return `${plural(rows, 'row')} of ${what} ${rows === 1 ? 'has' : 'have'} no match in ${target}`
    }
    default:
      return `${callOf(test)} on ${what} failed for ${plural(rows, 'row')}`
  }
}

/** `at_least(minimum: 5)`. */
function callOf(test: TestEntry): string {
  const values = [...argumentsOf(test)].map(([name, value]) => `${name}: ${quoted(value)}`)
  return oneLine(values.length > 0 ? `${test.name}(${values.join(', ')})` : test.name)
}

/** The arguments of a generic test, without what it is attached to. */
export function argumentsOf({ kwargs }: TestEntry): Map<string, unknown> {
  const own = new Map<string, unknown>()
  for (const [name, value] of Object.entries(kwargs)) {
    // v2 has them in a mapping of their own, as they are written in YAML.
    if (name === 'arguments' && typeof value === 'object' && value !== null) {
      for (const [inner, argument] of Object.entries(value)) own.set(inner, argument)
    } else own.set(name, value)
  }
  for (const name of ['model', 'column_name']) own.delete(name)
  return own
}

/** `orders.status`: the node that a generic test is about, with its column. */
export function testedName(run: Run, known: ManifestNode, test: TestEntry): string {
  const id = testedNode(known)
  const owner = run.graph.get(id)
  const parts = id.split('.').slice(2).join('.')
  const name = owner && owner.resourceType !== 'source' && !owner.version ? owner.name : parts
  const column = test.column || test.kwargs.column_name
  return [name || known.name, typeof column === 'string' ? column : ''].filter(Boolean).join('.')
}

/** The unique_id of the node that a test is about; empty where it is about none. */
export function testedNode({ test, dependsOn }: ManifestNode): string {
  return test?.attachedNode || test?.source || dependsOn[0] || ''
}

/** Where the test does not fail at the first row already: ` (fails if > 10)`. */
function thresholdOf({ message }: Node): string {
  const [, verb, condition = ''] =
    /configured to (fail|warn) if ([^\n]{1,40})/.exec(message.slice(0, 1000)) ?? []
  const usual = condition.replace(/\s/g, '')
  return usual === '' || usual === '!=0' ? '' : ` (${verb}s if ${condition.trim()})`
}

/** `ref('customers')` → customers, `source('shop', 'customers')` → shop.customers. */
function refName(value: unknown): string {
  const text = typeof value === 'string' ? value : ''
  const names = [...text.slice(0, 300).matchAll(/['"]([^'"]+)['"]/g)].map(([, name]) => name)
  return names.length > 0 ? names.join('.') : text
}

function arrayOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function quoted(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  return JSON.stringify(value) ?? ''
}
