import { win32 } from 'node:path'
import { anyCase, type Environment } from './environment.ts'

/** What `spawn` of Node gets. */
export interface Startable {
  program: string
  args: string[]
  /** Whether the arguments are a command line already, which Node must not quote. */
  windowsVerbatimArguments: boolean
}

/** PATHEXT of a new installation of Windows, as far as it names programs. */
const EXTENSIONS = '.COM;.EXE;.BAT;.CMD'

/**
 * How Windows starts a program without a shell. Node finds only .com and .exe by name and refuses .bat and .cmd
 * (CVE-2024-27980), which is what pyenv and others install for dbt.
 * @param exists whether there is a file at this path
 */
export function startableOnWindows(
  [program = '', ...args]: string[],
  cwd: string,
  env: Environment,
  exists: (path: string) => boolean,
): Startable {
  const found = candidates(program, cwd, env).find(exists) ?? program
  if (!/\.(bat|cmd)$/i.test(found)) return { program: found, args, windowsVerbatimArguments: false }
  const line = [found, ...args].map(batchWord).join(' ')
  return {
    program: anyCase(env, 'ComSpec') ?? 'cmd.exe',
    args: ['/e:ON', '/v:OFF', '/d', '/s', '/c', `"${line}"`],
    windowsVerbatimArguments: true,
  }
}

/** Where the program may be, in the order in which Windows looks. */
function candidates(program: string, cwd: string, env: Environment): string[] {
  const hasFolder = /[\\/]/.test(program)
  const folders = hasFolder ? [cwd] : (anyCase(env, 'Path') ?? '').split(';').filter(Boolean)
  const extensions = (anyCase(env, 'PathExt') || EXTENSIONS).split(';').filter(Boolean)
  const hasExtension = extensions.some((extension) => program.toLowerCase().endsWith(extension.toLowerCase()))
  const names = [...(hasExtension ? [program] : []), ...extensions.map((extension) => program + extension)]
  return folders.flatMap((folder) => names.map((name) => win32.resolve(folder, name)))
}

/**
 * One word of a batch file's command line, which cmd.exe parses and the file usually hands on: always quoted, quotes
 * doubled, and no variable is expanded. As Rust does it since CVE-2024-24576:
 * https://github.com/rust-lang/rust/blob/master/library/std/src/sys/args/windows.rs (append_bat_arg)
 */
function batchWord(word: string): string {
  if (/[\r\n\0]/.test(word)) throw new Error('cmd.exe cannot pass on a word with a line break')
  const text = word
    .replace(/(\\*)"/g, '$1$1""')
    .replace(/(\\+)$/, '$1$1')
    .replaceAll('%', '%%cd:~,%')
  return `"${text}"`
}
