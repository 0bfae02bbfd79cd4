import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEvent } from '../../src/dbt/event.ts'
import { runAction } from '../e2e/action.ts'
import { ROOT, workspaceWith } from '../e2e/workspace.ts'
import type { CheckRunRecord } from '../stand-in/github.ts'
import { delayFor, isOfNode } from './api.ts'
import { grouped, quantile, seconds } from './numbers.ts'
import { type Options, type Part, table } from './part.ts'
import { API_DELAY, slowGitHub } from './step.ts'

interface Row {
  nodes: number
  /** Milliseconds from dbt's event to the check run on GitHub, per node. */
  started: number[]
  ended: number[]
}

/** How old what people see is. */
export const delayPart: Part<{ rows: Row[]; takes: number }> = {
  name: 'delay',
  title: 'From event to visible',
  measure: async ({ quick, takes, note }: Options) => {
    const rows: Row[] = []
    for (const nodes of quick ? [34] : [34, 100, 300]) {
      const row = await rowOf(nodes, takes)
      rows.push(row)
      note(
        `${nodes} nodes: median ${seconds(quantile(row.ended, 0.5))}, 95 % ${seconds(quantile(row.ended, 0.95))}`,
      )
    }
    return { rows, takes }
  },
  section: ({ rows, takes }) => {
    const head = ['nodes', 'events/s', 'start: median', '95 %', 'end: median', '95 %']
    const lines = rows.map(({ nodes, started, ended }) => [
      ...[grouped(nodes), grouped(1000 / delayFor(nodes, takes))],
      ...[started, ended].flatMap((list) => [seconds(quantile(list, 0.5)), seconds(quantile(list, 0.95))]),
    ])
    return `From the time in dbt's event to when the stand-in for GitHub has written the node's check run, with \`checks: all\`, while dbt runs. Writes take effect ${API_DELAY} ms after the request. A node that starts and ends between two requests is written once, so its start is as visible as its end.

${table(head, lines)}`
  },
}

async function rowOf(nodes: number, takes: number): Promise<Row> {
  const workspace = workspaceWith('green')
  const github = await slowGitHub()
  try {
    const stream = join(workspace.temp, 'stream')
    const dbt = join(workspace.temp, 'dbt')
    const fake = join(ROOT, '__tests__/fake-dbt/dbt')
    writeFileSync(dbt, `#!/bin/bash\nset -o pipefail\n'${fake}' "$@" | tee '${stream}'\n`, { mode: 0o755 })
    const inputs = {
      'project-dir': workspace.projectDir,
      dbt,
      checks: 'all',
      'max-checks': '1000',
      'fail-on': 'never',
    }
    const env = {
      FAKE_DBT_NODES: `${nodes}`,
      FAKE_DBT_EXIT: '0',
      FAKE_DBT_LINE_DELAY: `${delayFor(nodes, takes)}`,
    }
    const { log } = await runAction({ workspace, github, inputs, env })
    const times = timesIn(readFileSync(stream, 'utf8'))
    const runs = github.checkRuns().filter(isOfNode)
    if (runs.length !== nodes) throw new Error(`${runs.length} of ${nodes} nodes have a check run:\n${log}`)
    const delays = (name: keyof Times, seen: (run: CheckRunRecord) => number) =>
      runs.map((run) => seen(run) - (times.get(idOf(run))?.[name] ?? Number.NaN))
    return {
      nodes,
      started: delays(
        'started',
        ({ history }) => history.find(({ status }) => status !== 'queued')?.at ?? Number.NaN,
      ),
      ended: delays(
        'ended',
        ({ history }) => history.find(({ status }) => status === 'completed')?.at ?? Number.NaN,
      ),
    }
  } finally {
    await github.close()
    workspace.remove()
  }
}

interface Times {
  started: number
  ended: number
}

/** When a stream says that each node started and ended, by unique_id. */
function timesIn(stream: string): Map<string, Times> {
  const times = new Map<string, Times>()
  for (const line of stream.split('\n')) {
    const event = parseEvent(line)
    if (!event?.node) continue
    const { uniqueId } = event.node
    const before = times.get(uniqueId)
    times.set(uniqueId, { started: before?.started ?? event.at, ended: event.at })
  }
  return times
}

function idOf({ externalId }: CheckRunRecord): string {
  return externalId?.split('/').at(-1) ?? ''
}
