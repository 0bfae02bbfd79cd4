/** Recorded runs of real dbt (scenarios/README.md) as the state of a run, without processes and time. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEvent } from '../../src/dbt/event.ts'
import { readDbt } from '../../src/dbt/reader.ts'
import type { Hide } from '../../src/dbt/redact.ts'
import { projectFiles } from '../../src/project/files.ts'
import type { Evidence } from '../../src/report/annotation.ts'
import type { FileInput } from '../../src/report/source-file.ts'
import type { Subject } from '../../src/report/subject.ts'
import { startInvocation } from '../../src/run/commands.ts'
import { conclude, describe, end } from '../../src/run/conclude.ts'
import { readText, reduce } from '../../src/run/reduce.ts'
import { begin } from '../../src/run/run.ts'
import { outcome } from '../../src/run/status.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const SCENARIOS = join(REPOSITORY, '__tests__/scenarios')

export const scenarios = readdirSync(SCENARIOS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

export const SUBJECT: Subject = {
  checkName: 'dbt-watcher',
  command: 'dbt build',
  commands: [['build']],
  projectDir: 'shop',
  repositoryUrl: 'https://github.com/octo/jaffle',
  sha: '0123456789abcdef0123456789abcdef01234567',
  runUrl: 'https://github.com/octo/jaffle/actions/runs/7700',
  failOn: 'error',
  caller: 'workflow',
  annotations: true,
  dispatch: undefined,
}

/** @param folder of a copy of the scenario with other contents */
export async function recorded(
  name: string,
  folder = join(SCENARIOS, name),
  hide: Hide = (text) => text,
): Promise<FileInput> {
  const { command, exitCode, project, interrupted } = JSON.parse(
    readFileSync(join(folder, 'scenario.json'), 'utf8'),
  ) as { command: string[]; exitCode: number; project: string; interrupted?: string }
  const lines = readFileSync(join(folder, 'stream.jsonl'), 'utf8').trimEnd().split('\n')
  const times = lines.flatMap((line) => parseEvent(line)?.at ?? [])
  const [first, last] = [times.at(0) ?? 0, times.at(-1) ?? 0]
  const run = begin(first)
  if (interrupted) run.stoppedAt = last
  startInvocation(run, { purpose: 'command', words: command, selection: undefined, delay: 0 }, first)
  const options = { target: folder, roots: [folder], level: 'info' as const, hide }
  const reader = readDbt(options, (output) => {
    if ('event' in output) reduce(run, output.event)
    if ('text' in output) readText(run, output.text)
    if ('manifest' in output) describe(run, output.manifest)
  })
  for (const line of lines) reader.onLine(line)
  conclude(run, await reader.end({ code: exitCode, signal: null }), last)
  end(run, last)
  const root =
    project === 'example' ? join(REPOSITORY, 'example') : join(REPOSITORY, '__tests__/projects', project)
  const files = projectFiles({
    repository: REPOSITORY,
    project: root,
    target: () => join(folder, 'target'),
    packages: join(root, 'dbt_packages'),
    projectName: () => run.projectName,
    graph: () => run.graph,
  })
  const evidence = new Map<string, Evidence>()
  for (const node of run.nodes.values()) {
    const result = outcome(node.status)
    if (result !== 'failed' && result !== 'warn') continue
    const location = await files.locate(run.graph.get(node.uniqueId), node.message)
    evidence.set(node.uniqueId, { location, sql: '' })
  }
  const projectDir = project === 'example' ? 'example' : `__tests__/projects/${project}`
  const subject = { ...SUBJECT, command: `dbt ${command.join(' ')}`, commands: [command], projectDir }
  return { run, subject, evidence }
}
