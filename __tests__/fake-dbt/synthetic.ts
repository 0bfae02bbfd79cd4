import { join, resolve } from 'node:path'
import { type Line, type Play, valueAfter } from './play.ts'
import { save } from './save.ts'

const INVOCATION = '5caf01d0-0000-4000-8000-000000000000'
/** As many nodes at once as dbt has threads. */
const THREADS = 8

/** What becomes of the nth made-up node: mostly good, a failure in 50, a warning in 40. */
export function fateOf(index: number): { status: string; message: string } {
  if (index % 50 === 7) {
    const message = `Runtime Error in model node_${index} (models/node_${index}.sql)\n  Division by zero, é ü 数`
    return { status: 'error', message }
  }
  if (index % 40 === 3) return { status: 'warn', message: 'Got 3 results, configured to warn if != 0' }
  return { status: 'success', message: 'OK' }
}

/** A run of so many models, in the shape of dbt Core 1.11's debug events, with its files. */
export function synthetic(count: number, words: string[]): Play {
  const project = resolve(valueAfter(words, '--project-dir') ?? '.')
  const target = resolve(project, valueAfter(words, '--target-path') ?? 'target')
  const began = Date.now()
  const all = Array.from({ length: count }, (_, index) => index)

  function* lines(): Generator<Line> {
    yield event('MainReportVersion', 'info', 'Running with dbt=1.11.16', {
      version: '=1.11.16',
      log_version: 3,
    })
    const path = join(target, 'manifest.json')
    yield {
      ...event('ArtifactWritten', 'debug', `Wrote artifact WritableManifest to ${path}`, {
        artifact_path: path,
      }),
      first: () => save(path, manifest(all)),
    }
    const data = { node_count: count, num_threads: THREADS, target_name: 'dev' }
    yield event('ConcurrencyLine', 'info', `Concurrency: ${THREADS} threads (target='dev')`, data)
    for (let from = 0; from < count; from += THREADS) {
      const together = all.slice(from, from + THREADS)
      for (const index of together) yield* beginning(index, count)
      for (const index of together) yield* ending(index, count)
    }
    const results = join(target, 'run_results.json')
    yield {
      ...event('ArtifactWritten', 'debug', `Wrote artifact to ${results}`, { artifact_path: results }),
      first: () => save(results, runResults(all)),
    }
    yield event('CommandCompleted', 'debug', 'Command `dbt build` failed', { success: count <= 7 })
  }

  function event(name: string, level: string, msg: string, data: object, thread = 'MainThread'): Line {
    const ts = new Date().toISOString().replace('Z', '000Z')
    const info = {
      category: '',
      code: 'Z000',
      extra: {},
      invocation_id: INVOCATION,
      level,
      msg,
      name,
      pid: 1,
      thread,
      ts,
    }
    // With blanks, as Python writes JSON.
    const spaced = Object.entries(info).map(
      ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
    )
    const text = `{"data": ${JSON.stringify(data)}, "info": {${spaced.join(', ')}}}`
    return { text, at: undefined }
  }

  function* beginning(index: number, total: number): Generator<Line> {
    const thread = `Thread-${(index % THREADS) + 1} (worker)`
    const started = { node_info: nodeInfo(index, 'started') }
    yield event('NodeStart', 'debug', `Began running node ${idOf(index)}`, started, thread)
    const msg = `${index + 1} of ${total} START sql table model main.node_${index} ............`
    yield event('LogStartLine', 'info', msg, { ...started, index: index + 1, total }, thread)
    const compiling = { node_info: nodeInfo(index, 'compiling') }
    yield event('NodeCompiling', 'debug', `Began compiling node ${idOf(index)}`, compiling, thread)
    const executing = { node_info: nodeInfo(index, 'executing') }
    yield event('NodeExecuting', 'debug', `Began executing node ${idOf(index)}`, executing, thread)
    const sql = `create table node_${index} as (\n${'  select 1 as id -- a line of SQL, é\n'.repeat(40)})`
    const query = { ...executing, conn_name: idOf(index), sql }
    yield event('SQLQuery', 'debug', `On ${idOf(index)}: ${sql}`, query, thread)
  }

  function* ending(index: number, total: number): Generator<Line> {
    const thread = `Thread-${(index % THREADS) + 1} (worker)`
    const { status, message } = fateOf(index)
    const node_info = nodeInfo(index, status)
    const level = status === 'success' ? 'info' : status
    const result = {
      node_info,
      index: index + 1,
      total,
      execution_time: 0.05,
      status: status === 'success' ? 'OK' : status,
    }
    const msg = `${index + 1} of ${total} ${status.toUpperCase()} created sql table model main.node_${index} ...`
    yield event('LogModelResult', level, msg, result, thread)
    const timing_info = ['compile', 'execute'].map((name) => ({ name, started_at: null, completed_at: null }))
    const run_result = {
      status,
      message,
      execution_time: 0.05,
      num_failures: 0,
      thread,
      timing_info,
      adapter_response: {},
    }
    yield event(
      'NodeFinished',
      'debug',
      `Finished running node ${idOf(index)}`,
      { node_info, run_result },
      thread,
    )
  }

  function nodeInfo(index: number, status: string) {
    const at = new Date().toISOString().replace('Z', '000')
    const ended = ['started', 'compiling', 'executing'].includes(status) ? '' : at
    return {
      ...{
        unique_id: idOf(index),
        node_name: `node_${index}`,
        resource_type: 'model',
        materialized: 'table',
      },
      ...{ node_path: `node_${index}.sql`, node_status: status, meta: {}, node_checksum: 'a'.repeat(64) },
      ...{ node_started_at: at, node_finished_at: ended },
      node_relation: {
        alias: `node_${index}`,
        database: 'db',
        schema: 'main',
        relation_name: `"db"."main"."node_${index}"`,
      },
    }
  }

  function manifest(indexes: number[]): string {
    const metadata = { invocation_id: INVOCATION, project_name: 'made_up', dbt_version: '1.11.16' }
    const nodes = indexes.map((index) => [
      idOf(index),
      {
        ...{ unique_id: idOf(index), name: `node_${index}`, resource_type: 'model', package_name: 'made_up' },
        ...{ original_file_path: `models/node_${index}.sql`, path: `node_${index}.sql` },
        fqn: ['made_up', `node_${index}`],
        raw_code: 'select 1 as id -- what nobody reads\n'.repeat(20),
        depends_on: { macros: [], nodes: index < THREADS ? [] : [idOf(index - THREADS)] },
        config: { materialized: 'table', enabled: true },
      },
    ])
    return JSON.stringify({ metadata, nodes: Object.fromEntries(nodes), sources: {}, unit_tests: {} })
  }

  function runResults(indexes: number[]): string {
    const results = indexes.map((index) => ({
      ...{
        unique_id: idOf(index),
        ...fateOf(index),
        execution_time: 0.05,
        failures: null,
        adapter_response: {},
      },
      ...{ timing: [], thread_id: 'Thread-1 (worker)', compiled_code: 'select 1 as id\n'.repeat(40) },
    }))
    const metadata = { invocation_id: INVOCATION, generated_at: new Date(began).toISOString() }
    return JSON.stringify({ metadata, results, elapsed_time: 1, args: {} })
  }

  return { engine: 'core', format: 'json', exitCode: count > 7 ? 1 : 0, lines, last: () => {} }
}

function idOf(index: number): string {
  return `model.made_up.node_${index}`
}
