/** Lines for people, in the look of dbt Core, for what v2's OTEL log has as figures alone. */

import { type Fields, fields, text } from '../json.ts'
import type { NodeInfo } from './event.ts'
import type { OtelResult } from './otel-node.ts'
import { integer } from './otel-value.ts'

/** As far as the dots go: https://docs.getdbt.com/reference/global-configs/print-output#printer-width */
const PRINTER_WIDTH = 80

const GREEN = 32
const RED = 31
const YELLOW = 33

/** @param progress `3 of 30 `, or nothing */
export function startLine(node: NodeInfo, attributes: Fields, progress: string): string {
  return dotted(`${progress}START ${subject(node, attributes)}`, 'RUN')
}

/** Empty where there is nothing to say: an ephemeral model is never built. */
export function finishLine(node: NodeInfo, attributes: Fields, result: OtelResult, progress: string): string {
  const { status } = result
  if (status === 'no-op') return ''
  const failures = result.failures ? ` ${result.failures}` : ''
  const word = (WORDS.get(status) ?? status.toUpperCase()) + (/fail|warn/.test(status) ? failures : '')
  const color = /success|pass|reused/.test(status) ? GREEN : /error|fail/.test(status) ? RED : YELLOW
  const where = isTest(node) && color !== GREEN ? ` (${placeOf(node)})` : ''
  const what = isTest(node) && status !== 'skipped' ? testName(node) : done(node, attributes, status)
  const time = status === 'skipped' ? because(node) : ` in ${result.execution_time.toFixed(2)}s`
  const line = dotted(`${progress}${word} ${what}${where}`, `\u001b[${color}m${word}\u001b[0m${time}`)
  // What a unit test expected and got; other errors come as messages of their own.
  return isTest(node) && result.message ? `${line}\n${result.message}` : line
}

const WORDS = new Map([
  ['success', 'OK'],
  ['skipped', 'SKIP'],
])

function dotted(line: string, status: string): string {
  return `${`${line} `.padEnd(PRINTER_WIDTH, '.').trimEnd()} [${status}]`
}

function placeOf({ path, definedAt }: NodeInfo): string {
  return definedAt ? `${path}:${definedAt}` : path
}

/** ` because of test unique_rentals_rental_id`: without package and hash. */
function because({ cause }: NodeInfo): string {
  const [type, , ...names] = cause?.split('.') ?? []
  const name = names.filter((part) => !/^[0-9a-f]{10}$/.test(part)).join('.')
  return name ? ` because of ${type} ${name}` : ''
}

function isTest({ resourceType }: NodeInfo): boolean {
  return resourceType === 'test' || resourceType === 'unit_test'
}

/** A unit test with its model, as in `unit_test.bikes.stg_rentals.minutes_are_counted`. */
function testName({ uniqueId, name, resourceType }: NodeInfo): string {
  return resourceType === 'unit_test' ? `${uniqueId.split('.')[2]}::${name}` : name
}

/** `sql view model main.stg_days`, `seed file main.raw_bikes`, `test unique_stg_bikes_bike_id`. */
function subject(node: NodeInfo, attributes: Fields): string {
  const { resourceType, materialized, name } = node
  const relation = [text(attributes.schema), text(attributes.identifier)].filter(Boolean).join('.') || name
  switch (resourceType) {
    case 'model':
      return `sql ${materialized} model ${relation}`
    case 'seed':
      return `seed file ${relation}`
    case 'source':
      return `freshness of ${text(attributes.source_name)}.${name}`
    case 'operation':
      return `hook: ${name}`
    case 'test':
    case 'unit_test':
      return `${resourceType} ${testName(node)}`
    default:
      return `${resourceType} ${relation}`
  }
}

const VERBS = new Map([
  ['model', ['created ', 'creating ']],
  ['function', ['created ', 'creating ']],
  ['seed', ['loaded ', 'loading ']],
])

function done(node: NodeInfo, attributes: Fields, status: string): string {
  const what = subject(node, attributes)
  if (node.resourceType === 'snapshot' && status === 'success') return what.replace('snapshot', 'snapshotted')
  const [did = '', doing = ''] = VERBS.get(node.resourceType) ?? []
  if (status === 'skipped') return what.replace(/^sql \S+ model/, 'relation')
  if (node.resourceType === 'source' || node.resourceType === 'operation') return what
  const last = text(attributes.last_phase)
  if (status === 'success' && last !== 'EXECUTION_PHASE_RUN') return `compiled ${what}`
  return (status === 'error' ? doing : did) + what
}

/** The end of a command: how much of what there was, what became of it, and whether all was well. */
export function summaryLines(attributes: Fields, success: boolean, seconds: number): string {
  const { node_type_counts, status_counts, total_errors, total_warnings } = fields(attributes.metrics)
  const command = text(fields(attributes.eval_args).command)
  const kinds = Object.entries(fields(node_type_counts)).map(([type, count]) =>
    plural(integer(count) ?? 0, type.replaceAll('_', ' ')),
  )
  const problems = [
    plural(integer(total_errors) ?? 0, 'error'),
    plural(integer(total_warnings) ?? 0, 'warning'),
  ]
  const ran = kinds.length > 0 ? `running ${kinds.join(', ')}` : `dbt ${command}`
  const end = success && problems.every((some) => some.startsWith('0 '))
  const lines = [
    `Finished ${ran} in ${seconds.toFixed(2)}s.`,
    end
      ? `\u001b[${GREEN}mCompleted successfully\u001b[0m`
      : `\u001b[${success ? YELLOW : RED}mCompleted with ${problems.join(' and ')}\u001b[0m`,
  ]
  const counts = fields(status_counts)
  if (kinds.length === 0) return lines.join('\n')
  const count = (...words: string[]) => words.reduce((sum, name) => sum + (integer(counts[name]) ?? 0), 0)
  const total = count(...Object.keys(counts))
  const figures = [
    `PASS=${count('success', 'pass')} WARN=${count('warn')} ERROR=${count('error', 'fail')}`,
    `SKIP=${count('skipped')} NO-OP=${count('no_op')} REUSED=${count('reused')} TOTAL=${total}`,
  ]
  return [...lines, `Done. ${figures.join(' ')}`].join('\n')
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

/** Of `dbt deps`: `Installed package dbt-labs/dbt_utils 1.3.0`. */
export function installedLine({ package_name, package_version }: Fields): string {
  return `Installed package ${[text(package_name), text(package_version)].filter(Boolean).join(' ')}`
}
