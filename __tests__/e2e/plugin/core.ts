import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isRead } from '../../../src/dbt/event.ts'
import { launchDbt } from '../../../src/dbt/launch.ts'
import type { DbtProcess, Exit } from '../../../src/dbt/process.ts'
import { projectOf } from '../../../src/dbt/project.ts'
import { inputNaming } from '../../../src/inputs.ts'
import { ROOT, type Workspace } from '../workspace.ts'

/** What a run of real dbt printed, and how it ended. */
export interface Printed {
  lines: string[]
  exit: Exit
}

export interface Run {
  /** The program, as the input dbt. */
  dbt: string[]
  command: string[]
  workspace: Workspace
  env?: Record<string, string>
  /** Whether the plugin is on. */
  plugin: boolean
  onLine?(line: string, dbt: DbtProcess): void
}

/** Where script/install-dbt puts a version; `core` is the default one. */
export function dbtOf(version: string): string {
  return join(ROOT, '.cache/dbt', version, 'bin/dbt')
}

/** True if a version is missing here. In CI it must be there. */
export function isMissing(version: string): boolean {
  return !existsSync(dbtOf(version)) && !process.env.CI
}

/** Starts dbt as the Action does. */
export async function printedBy({ dbt, command, workspace, env, plugin, onLine }: Run): Promise<Printed> {
  const project = projectOf({
    ...{ command: command, dbt, projectDir: workspace.projectDir, profilesDir: '' },
    ...{ workspace: workspace.folder, token: '', naming: inputNaming },
    env: {
      ...{
        PATH: process.env.PATH,
        HOME: workspace.temp,
        LANG: 'C.UTF-8',
        DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
        // dbt keeps nodes in sets: without this, their order differs from run to run.
        PYTHONHASHSEED: '0',
      },
      ...(plugin ? {} : { DBT_WATCHER_PLUGIN: '0' }),
      ...env,
    },
  })
  const lines: string[] = []
  const started: DbtProcess = await launchDbt(project.program, project.command, {
    cwd: project.cwd,
    env: project.env,
    onLine: (line) => {
      lines.push(line)
      onLine?.(line, started)
    },
  })
  return { lines, exit: await started.ended }
}

/**
 * What dbt-watcher reads of a run, comparable with another run: without times, ids of processes, invocations and
 * threads, and in an order that does not depend on which node dbt took first, nor on which thread wrote first.
 */
export function comparable({ lines }: Printed, { folder, temp }: Workspace): string[] {
  return lines
    .filter(isRead)
    .map((line) =>
      line
        .replaceAll(folder, '<workspace>')
        .replaceAll(temp, '<temp>')
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
        .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?/g, '<time>')
        .replace(/\d\d:\d\d:\d\d(\.\d+)?/g, '<time>')
        .replace(/\d+\.\d+(e-\d+)?/g, '<number>')
        .replace(/"pid": \d+/g, '"pid": <pid>')
        .replace(/"index": \d+/g, '"index": <n>')
        .replace(/\b\d+ of (\d+) /g, '<n> of $1 ')
        .replace(/\.{3,}/g, '...')
        .replace(/Thread-\d+/g, 'Thread-<n>'),
    )
    .sort()
}

/** Names of the events that dbt printed and dbt-watcher does not read, once the plugin could be loaded. */
export function unreadAfterStart({ lines }: Printed): string[] {
  // The first event of a node comes long after dbt has loaded its plugins.
  const start = lines.findIndex((line) => line.includes('"name": "NodeStart"'))
  const unread = lines.slice(Math.max(0, start)).filter((line) => !isRead(line))
  return unread.map((line) => /"name": "(\w+)", "pid"/.exec(line)?.[1] ?? line)
}
