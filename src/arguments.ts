import { partsOf, TAKES_VALUE } from './dbt/command.ts'
import { INPUTS, type RawInputs } from './inputs.ts'
import { closest } from './report/closest.ts'

/** The command line of dbt-watcher, read. */
export interface Arguments {
  /** By the names of inputs. */
  inputs: RawInputs
  /** Where the Markdown summary goes; empty for nowhere. */
  summary: string
  /** The file to watch, `-` for standard input; undefined where dbt is to be run. */
  stream: string | undefined
  /** Whether the last run is to be continued. */
  rerun: boolean
  /** Whether the whole log of dbt is shown where there is a live view. */
  verbose: boolean
  /** The words before the command. */
  options: string[]
}

/** What only the command line has. */
const OWN_OPTIONS: Record<string, [value: string, help: string]> = {
  verbose: ['', "in a terminal, show all lines of dbt's log"],
  summary: ['FILE', 'write the summary as Markdown'],
}

/** Inputs whose option has another name: on a command line there is more than one report. */
const RENAMED: Record<string, string> = { report: 'html' }

interface Option {
  /** The input that it sets. */
  input: string
  /** What stands for the value in `--help`; empty for a flag. */
  value: string
  help: string
  byDefault: string
}

/** Options by name. */
const OPTIONS = new Map<string, Option>([
  ...Object.entries(OWN_OPTIONS).map(
    ([name, [value, help]]) => [name, { input: name, value, help, byDefault: '' }] as const,
  ),
  ...Object.entries(INPUTS).flatMap(([input, entry]) => {
    if (!entry.option) return []
    const [value, help] = entry.option
    return [[RENAMED[input] ?? input, { input, value, help, byDefault: entry.default }] as const]
  }),
])

/** Our own commands and those of both engines, for "did you mean": https://docs.getdbt.com/reference/dbt-commands */
const COMMANDS = [
  ...['rerun', 'watch'],
  ...['build', 'clean', 'clone', 'compile', 'debug', 'deps', 'docs', 'init', 'list', 'ls', 'parse', 'retry'],
  ...['run', 'run-operation', 'seed', 'show', 'snapshot', 'source', 'test'],
  ...['fmt', 'format', 'help', 'license', 'lint', 'login', 'man', 'sl', 'system', 'wizard'],
]

/** The forms of a command line, for `--help` and for one that has no command. */
const FORMS = `  dbt-watcher [options] build --select …      any dbt command with its own flags
  dbt-watcher [options] rerun [dbt's flags]   only nodes of the last run in this project that haven't succeeded
  dbt-watcher [options] watch [FILE]          a stream that something else makes, from FILE or stdin:
                                              dbt build --log-format json --log-level debug | dbt-watcher watch`

/** What `--help` prints. */
export function usage(): string {
  const rows = [...OPTIONS].map(([name, { value, help, byDefault }]): string[] => {
    // A flag is false unless it is given.
    return [`--${name} ${value}`.trimEnd(), help, value && byDefault ? `(${byDefault})` : '']
  })
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => {
    return `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()
  })
  return `Runs one dbt command and shows every node of it.

${FORMS}

Options stand before the command; what follows it is dbt's.

${lines.join('\n')}
  --version
  --help

The exit code is dbt's, or 1 where --fail-on warn makes a failure of a warning; 2 where the command line is wrong.
`
}

/** How messages name an input here. */
export function optionNaming(input: string): string {
  return input === 'command' ? 'Command' : `Option --${RENAMED[input] ?? input}`
}

/** @throws Error where an option or a command is not known, an option lacks its value, or there is no command. */
export function readArguments(words: string[]): Arguments | 'help' | 'version' {
  const options: RawInputs = {}
  /** Says which option may have taken the command for its value. */
  let taken = ''
  let i = 0
  while (words[i]?.startsWith('-')) {
    const word = words[i] ?? ''
    if (word === '--help' || word === '-h') return 'help'
    if (word === '--version') return 'version'
    const [name = '', inline] = word.replace(/^--?/, '').split(/=(.*)/s)
    const option = OPTIONS.get(name)
    if (!option) throw unknownOption(`--${name}`, word)
    const [value, count] = readValue(option, inline, words[i + 1])
    if (value === undefined) throw new Error(`Option --${name} needs a value.`)
    if (option.value === '' && !/^(true|false|)$/i.test(value))
      throw new Error(`Option --${name} "${value}": expected true or false.`)
    if (count === 2 && COMMANDS.includes(value)) taken = `Option --${name} took "${value}" as its value`
    options[option.input] = value
    i += count
  }
  const command = words.slice(i)
  if (command.length === 0) throw noCommand(taken)
  checkCommand(command)
  const { summary = '', verbose, ...inputs } = options
  const rerun = command[0] === 'rerun'
  // The last command stands in the state; what follows here is added to it.
  if (rerun) command[0] = 'build'
  const stream = command[0] === 'watch' ? (command[1] ?? '-') : undefined
  const line = stream === undefined ? command.map(quoted).join(' ') : INPUTS.command.default
  return {
    rerun,
    summary,
    stream,
    inputs: { ...inputs, checks: 'none', command: line },
    verbose: verbose?.toLowerCase() === 'true',
    options: words.slice(0, i),
  }
}

/**
 * The value of an option, and how many words both are. After a flag, only `true` and `false` are its value: any other
 * word is the next option, or the command.
 */
function readValue(
  { value }: Option,
  inline: string | undefined,
  next: string | undefined,
): [value: string | undefined, count: number] {
  if (inline !== undefined) return [inline, 1]
  if (value !== '') return [next, 2]
  return next === 'true' || next === 'false' ? [next, 2] : ['true', 1]
}

function noCommand(taken: string): Error {
  const what = taken ? `${taken}, and no command follows.` : 'There is no command.'
  return new Error(`${what}\n\n${FORMS}\n\ndbt-watcher --help lists the options.`)
}

function unknownOption(option: string, word: string): Error {
  const names = [...OPTIONS.keys(), 'help', 'version'].map((name) => `--${name}`)
  const meant = closest(option, names)
  if (meant) return new Error(`There is no option ${word}. Did you mean ${meant}?`)
  const place = 'dbt-watcher build --select my_model'
  return new Error(
    TAKES_VALUE.has(option) || /^-\w$/.test(word)
      ? `${word} is not an option of dbt-watcher. If it is dbt's, it follows the command: ${place}`
      : `There is no option ${word} before the command. dbt's own flags follow it: ${place}`,
  )
}

/** Mistakes that dbt would answer with a page of its own usage. */
function checkCommand(command: string[]): void {
  const [name = '', ...rest] = command
  const meant = closest(name, COMMANDS)
  if (meant) {
    throw new Error(
      `There is no command ${name}. Did you mean ${meant}? A command of a newer dbt can be given with its program: ` +
        `dbt-watcher dbt ${name}`,
    )
  }
  for (const { flag } of partsOf(rest)) {
    const option = flag.startsWith('--') ? flag.slice(2) : ''
    if (OPTIONS.has(option) && !TAKES_VALUE.has(flag)) {
      throw new Error(`${flag} is an option of dbt-watcher: put it before the command ${name}.`)
    }
  }
}

/** Inputs are lines of words; these are words already. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
