import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type EngineKind, type Line, type Play, valueAfter } from './play.ts'
import { save } from './save.ts'

const SCENARIOS = join(import.meta.dirname, '../scenarios')

/**
 * A recorded run, as if it happened here: `/project` of the recording is the folder of the project, and the files
 * appear when their event says so. dbt v2, and Core before 1.10, say nothing of run_results.json: it is there at the end.
 * @param words dbt's; `--project-dir` and `--target-path` are followed
 */
export function recorded(name: string, words: string[]): Play {
  const folder = join(SCENARIOS, name)
  const { engine, flags, exitCode } = JSON.parse(readFileSync(join(folder, 'scenario.json'), 'utf8'))
  const kind: EngineKind = engine.startsWith('core') ? 'core' : 'v2'
  const project = resolve(valueAfter(words, '--project-dir') ?? '.')
  const target = resolve(
    project,
    valueAfter(words, '--target-path') ?? process.env.DBT_TARGET_PATH ?? 'target',
  )
  const here = (text: string) =>
    text.replaceAll('/project/target', target).replaceAll('/project', project).replaceAll('\r\n', '\n')
  const text = here(readFileSync(join(folder, 'stream.jsonl'), 'utf8'))

  function publish(file: string): void {
    if (existsSync(join(folder, file)))
      save(join(target, file), here(readFileSync(join(folder, file), 'utf8')))
  }

  function* lines(): Generator<Line> {
    publishSql()
    for (const line of text.replace(/\n$/, '').split('\n')) {
      // Before 1.10 dbt Core does not say what it writes.
      const artifact = artifactOf(line) ?? (line.includes('"FoundStats"') ? 'manifest.json' : undefined)
      const nano = /"(?:end_)?time_unix_nano":"(\d+)"/.exec(line)?.[1]
      const at = nano ? Number(nano) / 1e6 : Date.parse(/"ts": ?"([^"]+)"/.exec(line)?.[1] ?? '')
      yield {
        text: line,
        at: Number.isNaN(at) ? undefined : at,
        ...(artifact ? { first: () => publish(artifact) } : {}),
      }
    }
  }

  /** What dbt compiled and ran for the nodes that failed: the database's line numbers are those of these files. */
  function publishSql(): void {
    const file = join(folder, 'sql.json')
    const written: Record<string, string> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
    for (const [path, sql] of Object.entries(written)) save(join(target, path.replace(/^target\//, '')), sql)
  }

  return {
    engine: kind,
    format: flags.includes('otel') ? 'otel' : 'json',
    exitCode,
    lines,
    last: () => {
      if (!text.includes('run_results.json"')) publish('run_results.json')
    },
  }
}

/** The file that an event of either format says to be written. */
function artifactOf(line: string): string | undefined {
  if (!line.includes('ArtifactWritten')) return undefined
  return /"(?:artifact|relative)_path": ?"[^"]*?(\w+\.json)"/.exec(line)?.[1]
}
