/** Recorded streams of real dbt (scenarios/README.md), replayed through the loop without a process. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleepFor } from 'node:timers/promises'
import { type DbtEvent, parseEvent } from '../src/dbt/event.ts'
import { readDbt } from '../src/dbt/reader.ts'
import { type ProjectFiles, projectFiles } from '../src/project/files.ts'
import { readExcerpt } from '../src/project/read-excerpt.ts'
import type { Subject } from '../src/report/subject.ts'
import { type Findings, findingsOf } from '../src/reporters/evidence.ts'
import type { Reporter } from '../src/reporters/reporter.ts'
import { commandsInOrder } from '../src/run/commands.ts'
import { begin, type Run } from '../src/run/run.ts'
import { sleep } from '../src/sleep.ts'
import { watch } from '../src/watch.ts'
import type { VirtualClock } from './virtual-clock.ts'

const HERE = import.meta.dirname
const REPOSITORY = join(HERE, '..')

/** scenario.json. */
interface Scenario {
  command: string[]
  exitCode: number
  project: string
  interrupted?: string
}

export const SCENARIOS = readdirSync(join(HERE, 'scenarios'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

export interface Replay {
  run: Run
  findings: Findings
  subject: Subject
}

export interface ReplayOptions {
  reporters(replay: Replay): Reporter[]
  /** By default the time stands still. */
  clock?: Pick<VirtualClock, 'now' | 'sleep' | 'busy'>
  /** Called with the time of each event before it is read, in milliseconds since the epoch. */
  before?(at: number): Promise<void>
}

/** When the run begins, unless there is a clock. */
export const STARTED = Date.parse('2026-01-01T00:00:00Z')
const FROZEN = { now: () => STARTED + 60_000, sleep, busy: async <T>(work: Promise<T>) => await work }

/** The whole pipeline but for the process and GitHub. */
export async function replay(name: string, options: ReplayOptions): Promise<Replay> {
  const folder = join(HERE, 'scenarios', name)
  const scenario = JSON.parse(readFileSync(join(folder, 'scenario.json'), 'utf8')) as Scenario
  const lines = readFileSync(join(folder, 'stream.jsonl'), 'utf8').trimEnd().split('\n')
  const interruptedAt = scenario.interrupted
    ? startOf(lines, 'model.slow.snail') + 1500
    : Number.POSITIVE_INFINITY
  const { now, sleep, busy } = options.clock ?? FROZEN
  const run = begin(now())
  const subject = subjectOf(scenario.command)
  const hide = (text: string) => text
  const files = filesOf(run, folder, scenario.project)
  const findings = findingsOf(run, watched(files, busy), hide, {
    excerpt: (place) => busy(readExcerpt(REPOSITORY, place, hide)),
    changed: async () => new Set(['example/models/staging/stg_repairs.sql']),
  })
  const replayed = { run, findings, subject }
  const watching = watch({
    run,
    next: commandsInOrder(
      [{ purpose: 'command', words: scenario.command, selection: undefined, delay: 0 }],
      0,
    ),
    start: async (_, onOutput) => {
      // As late as a real process: the caller has what it needs.
      await Promise.resolve()
      const loaded = Promise.withResolvers<void>()
      const reader = readDbt({ target: folder, roots: [folder], level: 'info', hide }, (output) => {
        onOutput(output)
        if ('manifest' in output) loaded.resolve()
      })
      for (const line of lines) {
        const event = parseEvent(line)
        if (options.before) await options.before(event?.at ?? 0)
        if (interruptedAt <= (event?.at ?? 0)) watching.stop('SIGINT')
        reader.onLine(line)
        // It is read beside the stream; here at once, so that what follows depends on no disk.
        if (isManifest(event)) await busy(Promise.race([loaded.promise, sleepFor(5000)]))
      }
      return { kill: () => {}, ended: busy(reader.end({ code: scenario.exitCode, signal: null })) }
    },
    loadReporters: async () => () => options.reporters(replayed),
    onFault: (sentence) => {
      throw new Error(sentence)
    },
    now,
    sleep,
  })
  await watching.done
  return replayed
}

function subjectOf(command: string[]): Subject {
  return {
    checkName: 'dbt-watcher',
    command: `dbt ${command.join(' ')}`,
    commands: [command],
    projectDir: '.',
    repositoryUrl: 'https://github.com/octo/jaffle',
    sha: '0123456789abcdef0123456789abcdef01234567',
    runUrl: '',
    failOn: 'error',
    caller: 'workflow',
    annotations: true,
    dispatch: {
      workflow: 'dbt.yml',
      repository: 'octo/jaffle',
      runId: '7700',
      commit: 'fedcba9876543210fedcba9876543210fedcba98',
      inputs: ['command', 'select', 'rerun-of', 'commit'],
    },
  }
}

function filesOf(run: Run, folder: string, name: string) {
  const project = name === 'example' ? join(REPOSITORY, 'example') : join(HERE, 'projects', name)
  return projectFiles({
    repository: REPOSITORY,
    project,
    target: () => join(folder, 'target'),
    packages: join(project, 'dbt_packages'),
    projectName: () => run.projectName,
    graph: () => run.graph,
  })
}

function isManifest(event: DbtEvent | undefined): boolean {
  // And not v2's semantic_manifest.json.
  return event?.name === 'ArtifactWritten' && /(^|\/)manifest\.json$/.test(String(event.data.artifact_path))
}

/** The clock stands still while a file is read. */
function watched(files: ProjectFiles, busy: VirtualClock['busy']): ProjectFiles {
  return {
    locate: (node, message, uniqueId) => busy(files.locate(node, message, uniqueId)),
    locateError: (message) => busy(files.locateError(message)),
    compiled: (node) => busy(files.compiled(node)),
  }
}

function startOf(lines: string[], uniqueId: string): number {
  const event = lines.map(parseEvent).find((e) => e?.name === 'NodeStart' && e.node?.uniqueId === uniqueId)
  return event?.at ?? Number.POSITIVE_INFINITY
}
