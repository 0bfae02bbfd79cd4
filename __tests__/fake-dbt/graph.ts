import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Line, type Play, valueAfter } from './play.ts'
import { save } from './save.ts'

interface Made {
  id: string
  name: string
  type: string
  parents: string[]
}

/**
 * A run of a small project in the shape of dbt Core 1.11, which runs what is selected and no more.
 * @param drawn `a b<a test_b<b`: names with their parents, parents first; those that begin with `test_` are tests
 * @param fates statuses by name, `error` or `error: its message`; the others are good
 */
export function graphOf(
  drawn: string,
  fates: Record<string, string>,
  words: string[],
): Play & { ran: string[] } {
  const nodes = drawn.split(' ').map((word): Made => {
    const [name = '', above = ''] = word.split('<')
    const parents = above.split(',').filter(Boolean)
    const test = name.startsWith('test_')
    return { id: `${test ? 'test' : 'model'}.shop.${name}`, name, type: test ? 'test' : 'model', parents }
  })
  const project = resolve(valueAfter(words, '--project-dir') ?? '.')
  const target = resolve(project, valueAfter(words, '--target-path') ?? 'target')
  const wanted = selected(words)
  const chosen = nodes.filter((node) => wanted === undefined || wanted(node))
  const invocation = randomUUID()
  const ended = new Map<string, { status: string; message: string }>()
  const bad = () => [...ended.values()].some(({ status }) => /error|fail/.test(status))

  function endOf({ name, parents, type }: Made) {
    const blocked = parents.some((parent) => /^(error|skipped)$/.test(ended.get(parent)?.status ?? ''))
    if (blocked) return { status: 'skipped', message: '' }
    const [status = '', message = ''] = (fates[name] ?? (type === 'test' ? 'pass' : 'success')).split(
      /: (.*)/s,
    )
    return { status, message: message || (/error|fail/.test(status) ? `Runtime Error in ${name}` : 'OK') }
  }

  function* lines(): Generator<Line> {
    yield event('MainReportVersion', 'info', 'Running with dbt=1.11.16', { version: '=1.11.16' })
    yield written('manifest.json', manifest)
    const data = { node_count: chosen.length, num_threads: 1, target_name: 'dev' }
    yield event('ConcurrencyLine', 'info', "Concurrency: 1 threads (target='dev')", data)
    for (const node of chosen) {
      const end = endOf(node)
      const started = { node_info: infoOf(node, 'started') }
      const said = { node_info: infoOf(node, end.status) }
      if (end.status === 'skipped') {
        yield event('SkippingDetails', 'info', `SKIP relation main.${node.name}`, said)
      } else {
        yield event('NodeStart', 'debug', `Began running node ${node.id}`, started)
        yield event('LogStartLine', 'info', `START ${node.name}`, started)
        const kind = node.type === 'test' ? 'LogTestResult' : 'LogModelResult'
        const level = /error|fail/.test(end.status) ? 'error' : end.status === 'warn' ? 'warn' : 'info'
        yield event(kind, level, `${end.status.toUpperCase()} ${node.name}`, {
          ...said,
          ...{ status: end.status, execution_time: 0.05 },
        })
      }
      ended.set(node.name, end)
      const result = { run_result: { ...end, execution_time: 0.05, adapter_response: {} } }
      yield event('NodeFinished', 'debug', `Finished running node ${node.id}`, { ...said, ...result })
      if (end.status === 'error') {
        const marked = { unique_id: node.id, status: 'error', ...result }
        yield event(
          'MarkSkippedChildren',
          'debug',
          `Marking all children of '${node.id}' to be skipped`,
          marked,
        )
      }
    }
    yield written('run_results.json', results)
    yield event('CommandCompleted', 'debug', 'Command completed', { success: !bad() })
  }

  function event(name: string, level: string, msg: string, data: object): Line {
    const ts = new Date().toISOString().replace('Z', '000Z')
    const info = { name, code: 'Z000', level, msg, ts, invocation_id: invocation, thread: 'Thread-1', pid: 1 }
    // With blanks, as Python writes JSON.
    return { text: JSON.stringify({ data, info }).replace('"name":', '"name": '), at: undefined }
  }

  function written(file: string, text: () => string): Line {
    const path = join(target, file)
    const line = event('ArtifactWritten', 'debug', `Wrote artifact to ${path}`, { artifact_path: path })
    return { ...line, first: () => save(path, text()) }
  }

  function manifest(): string {
    const metadata = { invocation_id: invocation, project_name: 'shop', dbt_version: '1.11.16' }
    const idOf = (name: string) => nodes.find((node) => node.name === name)?.id ?? ''
    const known = nodes.map(({ id, name, type, parents }) => [
      id,
      {
        ...{ unique_id: id, name, resource_type: type, package_name: 'shop', fqn: ['shop', name] },
        ...{ original_file_path: `models/${name}.sql`, path: `${name}.sql` },
        depends_on: { macros: [], nodes: parents.map(idOf) },
        config: { materialized: type === 'test' ? 'test' : 'table', enabled: true },
      },
    ])
    return JSON.stringify({ metadata, nodes: Object.fromEntries(known), sources: {}, unit_tests: {} })
  }

  function results(): string {
    const metadata = { invocation_id: invocation, generated_at: new Date().toISOString() }
    const list = chosen.map(({ id, name }) => ({
      ...{ unique_id: id, ...ended.get(name), execution_time: 0.05, failures: null },
      ...{ adapter_response: {}, timing: [], thread_id: 'Thread-1', compiled_code: 'select 1 as id' },
    }))
    const args = { vars: valueAfter(words, '--vars') ?? '' }
    return JSON.stringify({ metadata, results: list, elapsed_time: 1, args })
  }

  return {
    ...{ engine: 'core', format: 'json', lines, last: () => {}, ran: chosen.map(({ name }) => name) },
    get exitCode() {
      return bad() ? 1 : 0
    },
  }
}

function infoOf({ id, name, type }: Made, status: string) {
  const at = new Date().toISOString().replace('Z', '000')
  return {
    ...{ unique_id: id, node_name: name, resource_type: type, node_path: `${name}.sql`, meta: {} },
    ...{ materialized: type === 'test' ? 'test' : 'table', node_status: status, node_started_at: at },
    ...{ node_finished_at: status === 'started' ? '' : at, node_relation: { relation_name: `main.${name}` } },
  }
}

/** A selection of names, of one node exactly, or by `result:error`; undefined for everything. */
function selected(words: string[]): ((node: Made) => boolean) | undefined {
  const from = words.indexOf('--select')
  if (from < 0) return undefined
  const rest = words.slice(from + 1)
  const end = rest.findIndex((word) => word.startsWith('-'))
  const selectors = end < 0 ? rest : rest.slice(0, end)
  if (selectors.includes('result:error')) {
    const file = readFileSync(join(valueAfter(words, '--state') ?? '', 'run_results.json'), 'utf8')
    const ids = new Set(JSON.parse(file).results.map((result: { unique_id: string }) => result.unique_id))
    return ({ id }) => ids.has(id)
  }
  const names = new Set(
    selectors.map((text) => /^fqn:shop\.([^,]+),/.exec(text)?.[1]?.replace(/[[\]]/g, '') ?? text),
  )
  const tests = valueAfter(words, '--indirect-selection') !== 'empty'
  return ({ name, type, parents }) =>
    names.has(name) || (tests && type === 'test' && parents.some((parent) => names.has(parent)))
}
