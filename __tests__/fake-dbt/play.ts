/** Core, or v2 under whatever name. */
export type EngineKind = 'core' | 'v2'

/** What the stand-in for dbt plays, wherever it comes from. */
export interface Play {
  engine: EngineKind
  /** What of v2 it is: its OTEL log, or its JSON log, as from a build that has no other. */
  format: 'json' | 'otel'
  exitCode: number
  lines(): Iterable<Line>
  /** What dbt does before it ends, beside its lines. */
  last(): void
}

export interface Line {
  text: string
  /** When it was said, in milliseconds since the epoch. */
  at: number | undefined
  /** What dbt does before it says so: it writes the file that it speaks of. */
  first?(): void
}

/**
 * Each engine refuses the other's words before anything else; empty where it does not. The texts are those of dbt
 * Core 1.11.16 and dbt Fusion 2.0.0-preview.196, which refuses `none` as the first of several words too.
 */
export function refusal({ engine, format }: Play, words: string[]): string {
  const word = valueAfter(words, '--log-level-file')
  if (engine === 'v2' && format === 'json' && words.includes('otel')) {
    return "error: invalid value 'otel' for '--log-format <LOG_FORMAT>'\n  [possible values: text, json, default]\n"
  }
  if (engine === 'v2' && word === 'none') {
    return [
      "error: invalid value 'none' for '--log-level-file <LOG_LEVEL_FILE>'",
      '  [possible values: off, error, warn, info, debug, trace]',
      '',
      "For more information, try '--help'.",
      '',
    ].join('\n')
  }
  if (engine === 'core' && word === 'off') {
    return [
      'Usage: dbt build [OPTIONS]',
      "Try 'dbt build --help' for help.",
      '',
      "Error: Invalid value for '--log-level-file': 'off' is not one of 'debug', 'info', 'warn', 'error', 'none'.",
      '',
    ].join('\n')
  }
  return ''
}

/** The value of a flag, as `--flag value` or `--flag=value`. */
export function valueAfter(words: string[], flag: string): string | undefined {
  const index = words.indexOf(flag)
  if (index >= 0) return words[index + 1]
  return words.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1)
}
