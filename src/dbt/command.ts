/**
 * The arguments of dbt: the user's command line, with the flags that make its events readable.
 *
 * The rules are of one kind: a flag that decides *what dbt does* is passed on untouched; a flag that decides
 * *what dbt prints* would hide events, so it is taken out, with a notice.
 */

/** Options that select nodes by name, and take all the words up to the next option: https://docs.getdbt.com/reference/node-selection/syntax */
export const SELECTS_BY_NAME: ReadonlySet<string> = new Set([
  ...['--select', '--models', '--model', '--exclude', '-s', '-m'],
])

/** Options that select nodes by type: of dbt Core before 1.11 they take several words too. */
export const SELECTS_BY_TYPE: ReadonlySet<string> = new Set([
  ...['--resource-type', '--resource-types', '--exclude-resource-type', '--exclude-resource-types'],
])

/**
 * Options whose value is a word of its own, as `--help` of dbt Core 1.11 and Fusion 2.0 lists them; those that
 * take several words are not among them.
 */
export const TAKES_VALUE: ReadonlySet<string> = new Set([
  ...[
    '--add-package',
    '--args',
    '--compute',
    '--defer-state',
    '--deprecated-defer',
    '--deprecated-favor-state',
  ],
  ...['--deprecated-state', '--event-time-end', '--event-time-start', '--host', '--index-dir'],
  ...['--indirect-selection', '--inline', '--inline-direct', '--run-id', '--limit'],
  ...['--log-file-max-bytes', '--log-format', '--log-format-file', '--log-level', '--log-level-file'],
  ...['--log-path', '--macro', '--maximum-seed-size-mib', '--metadata-dir', '--otel-file-name'],
  ...['--otel-parquet-file-name', '--output', '-o', '--packages-install-path', '--parent-span-id'],
  ...['--partial-parse-file-path', '--port', '--printer-width', '--profile', '--profiles-dir'],
  ...[
    '--project-dir',
    '--record-timing-info',
    '-r',
    '--run-cache-mode',
    '--sample',
    '--selector',
    '--source',
  ],
  ...['--sql', '--sqlparse', '--state', '--static-analysis', '--target', '-t', '--target-path', '--threads'],
  ...['--vars', '--warn-error-options', '--with-sample'],
])

const LEVELS = ['debug', 'info', 'warn', 'error', 'none'] as const
/** The lowest level of dbt's lines that a person sees; we always read all of them. */
export type Level = (typeof LEVELS)[number]

export function levelNamed(word: string | undefined): Level | undefined {
  return LEVELS.find((level) => level === word)
}

export interface DbtCommand {
  /** The words after the program, without the flags that `launchWords` adds. */
  words: string[]
  /** The sub command, such as `build`; for `source freshness` the first word; empty for `dbt --version`. */
  name: string
  /** What `--log-level`, `--debug` and `--quiet` asked to be shown. */
  level: Level
  /** The level of dbt's log file, which is written only where the user asked for it; empty for none. */
  logFile: string
  /** Whether v2 is to write its telemetry to a file, by `--otel-file-name` or its variable. */
  otelFile: boolean
  /** `--target-path`, `--project-dir` and `--profiles-dir` as dbt gets them: relative to where it starts. */
  targetPath?: string
  projectDir?: string
  profilesDir?: string
  /** What was overridden, in words for the user. */
  notices: string[]
}

/**
 * Splits a command line into words as a POSIX shell would, without its expansions: quotes and backslashes
 * group, nothing is substituted, and an operator such as `|` is a character like any other.
 * @throws Error where a quote is not closed.
 */
export function splitWords(line: string): string[] {
  return splitLines(line).flat()
}

/**
 * Splits several command lines into their words, empty lines left out. A line goes on in the next one within quotes and
 * after a backslash.
 * @throws Error where a quote is not closed.
 */
export function splitLines(line: string): string[][] {
  const lines: string[][] = []
  let words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i)
    const next = line.charAt(i + 1)
    if (quote === "'" ? c === "'" : quote === '"' && c === '"') quote = ''
    else if (quote === "'") word += c
    else if (c === '\\' && next === '\n') i++
    else if (c === '\\' && next === '\r' && line.charAt(i + 2) === '\n') i += 2
    // Within double quotes a backslash escapes only these (POSIX 2.2.3); elsewhere it escapes anything.
    else if (c === '\\' && next !== '' && (quote === '' || '"\\$`'.includes(next))) {
      word = (word ?? '') + next
      i++
    } else if (quote) word += c
    else if (c === "'" || c === '"') {
      quote = c
      word ??= ''
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word)
      word = undefined
      if (c === '\n') {
        lines.push(words)
        words = []
      }
    } else word = (word ?? '') + c
  }
  if (quote) throw new Error(`the quote ${quote} is not closed`)
  if (word !== undefined) words.push(word)
  return [...lines, words].filter(({ length }) => length > 0)
}

/** Of a shell. After `--select a`, dbt would take `&& dbt test` for three more selectors. */
const OPERATOR = /^(?:&&?|\|\|?|;|\d?>>?(?:&\d)?|<)$/

/**
 * Reads a dbt command line and takes out what would blind us.
 * @param words with or without the leading `dbt`
 * @param level what is shown where no option of it says so
 * @throws Error where a word is an operator of a shell, or there is no sub command, and no option such as `--version`
 *   that needs none
 */
export function parseCommand(words: string[], level: Level = 'info'): DbtCommand {
  const given = words[0] === 'dbt' ? words.slice(1) : words
  const command: DbtCommand = {
    words: [],
    name: '',
    level,
    logFile: '',
    otelFile: false,
    notices: [],
  }
  const operator = given.find((word) => OPERATOR.test(word))
  if (operator !== undefined) throw new Error(`there is no shell that could read "${operator}"`)
  for (const { flag, value, words } of partsOf(given)) {
    if (!readFlag(command, flag, value)) continue
    command.words.push(...words)
    if (!command.name && flag !== '' && !flag.startsWith('-')) command.name = flag
  }
  const asks = command.words.some((word) => ASKS.test(word))
  if (!command.name && !asks) throw new Error('it names no dbt command, such as `build`')
  return command
}

/** Options that make dbt print something and end, without a command. */
const ASKS = /^(--version|-v|-V|--help|-h)$/

/** `-fx` is `-f -x`: the first of several short options, one that has no value, and the others. */
const CLUSTER = /^-([dfqx])([a-zA-Z].*)$/s

/** An option with its value, or any other word. */
export interface Part {
  /** Without the value. */
  flag: string
  /** The first word of it, where it takes several. */
  value: string | undefined
  /** As they stand in the command line; further ones where the value is a word of its own, or several. */
  words: string[]
}

/** The parts of a command line in their order; what is an option's value is none of them, whatever it looks like. */
export function partsOf(words: string[]): Part[] {
  const parts: Part[] = []
  const left = [...words]
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const [, first, others] = CLUSTER.exec(word) ?? []
    if (first !== undefined) {
      parts.push({ flag: `-${first}`, value: undefined, words: [`-${first}`] })
      left.unshift(`-${others}`)
      continue
    }
    const [flag, inline] = splitFlag(word)
    const takesMany = SELECTS_BY_NAME.has(flag) || SELECTS_BY_TYPE.has(flag)
    // The first word is a value whatever it begins with.
    const own = inline === undefined && (takesMany || TAKES_VALUE.has(flag)) ? left.splice(0, 1) : []
    while (takesMany && left.length > 0 && !left[0]?.startsWith('-')) own.push(...left.splice(0, 1))
    parts.push({ flag, value: inline ?? own[0], words: [word, ...own] })
  }
  return parts
}

/** By the words: of a run's command each of 10,000 nodes asks, and they are read as dbt reads them. */
const names = new WeakMap<readonly string[], string>()

/** The sub command of a command line, whose words must not change any more; empty where it names none. */
export function commandName(words: string[]): string {
  const name = names.get(words) ?? nameIn(words)
  names.set(words, name)
  return name
}

function nameIn(words: string[]): string {
  try {
    return parseCommand(words).name
  } catch {
    return ''
  }
}

/** A short option with its value in one word, `-tprod` or `-t=prod`. */
const ATTACHED = /^(-[a-zA-Z])=?(.+)$/s

/** `--flag=value` and `-tvalue` in two parts; anything else is the flag alone. */
export function splitFlag(word: string): [flag: string, value: string | undefined] {
  const equals = word.indexOf('=')
  if (word.startsWith('--') && equals > 0) return [word.slice(0, equals), word.slice(equals + 1)]
  const [, short = '', value] = ATTACHED.exec(word) ?? []
  return SELECTS_BY_NAME.has(short) || TAKES_VALUE.has(short) ? [short, value] : [word, undefined]
}

/** The level that a value of `--log-level-file` asks for; empty where it asks for no file. */
export function logFileLevel(value = ''): string {
  return value === 'none' || value === 'off' ? '' : value
}

/** Takes note of a flag; false where dbt must not see it. */
function readFlag(command: DbtCommand, flag: string, value: string | undefined): boolean {
  switch (flag) {
    case '--target-path':
      if (value !== undefined) command.targetPath = value
      return true
    case '--project-dir':
      if (value !== undefined) command.projectDir = value
      return true
    case '--profiles-dir':
      if (value !== undefined) command.profilesDir = value
      return true
    case '--log-level-file':
      command.logFile = logFileLevel(value)
      return false
    case '--otel-file-name':
      command.otelFile = true
      return true
    case '--log-level':
      command.level = levelNamed(value) ?? command.level
      command.notices.push(`${flag} only affects this log. dbt itself runs with --log-level debug.`)
      return false
    case '--debug':
    case '-d':
      command.level = 'debug'
      return false
    case '--quiet':
    case '-q':
      command.level = 'error'
      command.notices.push(`${flag} only affects this log. dbt itself runs without it, since it hides nodes.`)
      return false
    case '--log-format':
      command.notices.push(
        `${flag} is left out: dbt-watcher reads dbt's lines as JSON and shows them as text.`,
      )
      return false
    case '--no-write-json':
      command.notices.push(`${flag} is left out: dbt-watcher needs manifest.json and run_results.json.`)
      return false
    case '--no-debug':
    case '--no-quiet':
    case '--write-json':
      return false
    default:
      return true
  }
}
