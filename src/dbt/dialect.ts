import type { DbtCommand } from './command.ts'

/**
 * How dbt is asked for its events: Core by its JSON log, v2 by its OTEL log, and a v2 that has none yet by its
 * JSON log. They are tried in this order, since each is refused at once where it does not fit (docs/adr/0013).
 */
export const DIALECTS = ['core', 'otel', 'json'] as const
export type Dialect = (typeof DIALECTS)[number]

/**
 * The words to start dbt with. JSON at level debug, since dbt Core reports a model's error text while it runs at
 * that level only; the OTEL log has it at info. No log file unless asked for, since writing it costs as much as
 * reading the stream (docs/adr/0003).
 */
export function launchWords(command: DbtCommand, dialect: Dialect): string[] {
  const { words, name, level, logFile, otelFile } = command
  // `dbt --version` writes no log.
  if (name === '') return words
  const format = dialect === 'otel' ? 'otel' : 'json'
  const lowest = dialect === 'otel' && level !== 'debug' ? 'info' : 'debug'
  const own = ['--log-format', format, '--log-level', lowest]
  const file = logFile ? ['--log-level-file', logFile] : []
  // Core obeys the last of several; v2 refuses the first word as such, whatever follows.
  if (dialect === 'core') return [...words, ...own, '--log-level-file', 'none', ...file]
  // `off` would empty the file of the telemetry as well.
  return [...words, ...own, ...(logFile || otelFile ? file : ['--log-level-file', 'off'])]
}

/** The first dialect to try. Only v2 has the flag. */
export function firstDialect({ words }: DbtCommand): Dialect {
  return words.some((word) => /^--otel-file-name(=|$)/.test(word)) ? 'otel' : 'core'
}

/** True where a line is how an engine refuses the words of a dialect, before it did anything. */
export function isRefusal(dialect: Dialect, line: string): boolean {
  switch (dialect) {
    case 'core':
      return /invalid value 'none' for '--log-level-file|'--log-level-file[^']*' cannot be used multiple/.test(
        line,
      )
    case 'otel':
      return /invalid value:? '?otel'? for '--log-format/i.test(line)
    case 'json':
      return false
  }
}
