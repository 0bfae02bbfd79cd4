/** What dbt's errors before the first node mean: the point as a title, and the way out. */
import { type Say, sayTo } from './say.ts'
import type { Subject } from './subject.ts'
import { listed, oneLine, plain } from './text.ts'

export interface Advice {
  /** One line, without a full stop. */
  title: string
  /** Sentences on what to do; empty where the title says it all. */
  wayOut: string
  /** Whether the title stands by itself: it is not known whether dbt ran. */
  standsAlone?: boolean
}

interface Entry {
  /** Matched against dbt's message without colours and control characters. */
  pattern: RegExp
  /** @param parts what the pattern's groups matched, on one line each; empty where one matched nothing */
  advice(parts: string[], message: string, say: Say): Advice
  /** Whether it may only mean that dbt was started beside the project, whose folder often has the profile too. */
  besideProject?: boolean
}

/** What the way out depends on beside the error. */
export type Advised = Pick<Subject, 'caller' | 'projectDir' | 'projects'>

/** The messages are those of dbt Core 1.11 (first) and of dbt v2; __tests__/report/advice.test.ts has them as dbt printed them. */
const TABLE: Entry[] = [
  {
    pattern: /The stream has no event of dbt/,
    advice: () => ({
      title: 'no event of dbt in the stream',
      wayOut: 'dbt-watcher watch reads what dbt prints with --log-format json --log-level debug.',
      standsAlone: true,
    }),
  },
  {
    pattern:
      /Got unexpected extra arguments? \((.*)\)|unexpected argument '([&|;<>]+)' found|there is no shell that could read "([^"]*)"/,
    advice: ([core = '', v2 = '', ours = ''], _, say) => {
      const operator = /(?:^|\s)(&&|\|\||[|;&<>]+)(?=\s|$)/.exec(core)?.[1] ?? (v2 || ours)
      if (!operator)
        return {
          title: `dbt does not take the arguments "${core}"`,
          wayOut: say('Quote values with spaces in input command.', 'Quote values with spaces.'),
        }
      return {
        title: `"${operator}" in command, but there is no shell here`,
        wayOut: say(
          'Put each command on a line of its own; they run in order and stop at the first failure. What is no dbt command belongs in a step of its own.',
          'Leave it without quotes, so that your shell reads it.',
        ),
      }
    },
  },
  {
    pattern:
      /No such command '([^']*)'\.(?: Did you mean '([^']*)')?|unrecognized subcommand '([^']*)'(?:\s+tip: a similar subcommand exists: '([^']*)')?/,
    advice: ([core, coreTip, v2, v2Tip], _, say) => {
      const tip = coreTip || v2Tip
      return {
        title: `dbt has no command "${core || v2}"${tip ? `; did you mean "${tip}"?` : ''}`,
        wayOut: tip
          ? ''
          : say(
              'Input command takes a dbt command line, such as "build --select tag:nightly".',
              'A command of dbt follows the options, such as "dbt-watcher build --select tag:nightly".',
            ),
      }
    },
  },
  {
    pattern:
      /No such option:? '?(--?[^'\s.]*)'?\.?(?: \(Did you mean one of: ([^)]*)\)| Did you mean '?([^'?\s]*))?|unexpected argument '(--?[^']*)' found(?:\s+tip: a similar argument exists: '([^']*)')?/,
    advice: ([core, several, single, v2, v2Tip]) => {
      const tip = (several || single || v2Tip || '').replace(/['?]/g, '')
      return { title: `dbt has no option ${core || v2}`, wayOut: tip ? `Did you mean ${tip}?` : '' }
    },
  },
  {
    pattern: /Package does not contain a dbt_project\.yml file: (\S+)/,
    advice: ([folder]) => ({
      title: `no dbt_project.yml in ${folder}`,
      wayOut: 'Correct the path of the local package in packages.yml or dependencies.yml.',
    }),
  },
  {
    pattern:
      /(?:Error checking out spec='[^']*' for repo|Git clone failed for) '?([^\s']+)'?[\s\S]*?(?:fatal|error): ([^\n]+)/,
    advice: ([address, why], _, say) => ({
      title: `package ${address} cannot be fetched: ${why}`,
      wayOut: `Check its address and revision in packages.yml, and that ${machine(say)} may connect to it. A private one needs a token.`,
    }),
  },
  {
    pattern:
      /No dbt_project\.yml found at expected path (\S+?)[\\/]dbt_project\.yml|The current dir is not a dbt project dir/,
    advice: ([folder = ''], _, say) => noProject(folder, say),
  },
  {
    pattern:
      /The profile '([^']*)' does not have a target named '([^']*)'|target '([^']*)' not found in profile '([^']*)'/,
    advice: ([profile, target, v2Target, v2Profile], message, say) => {
      const targets = [...message.matchAll(/^\s*- (\S.*)$/gm)].map(([, name = '']) => name.trim())
      const has = targets.length > 0 ? `; it has ${listed(targets)}` : ''
      return {
        title: `profile "${profile || v2Profile}" has no target "${target || v2Target}"${has}`,
        wayOut: `Change --target${say(' in input command', '')}, DBT_TARGET, or the outputs of the profile in profiles.yml.`,
      }
    },
  },
  {
    pattern: /Could not find profile named '([^']*)'|Profile '([^']*)' not found in profiles\.yml/,
    advice: ([core, v2], _, say) => ({
      title: `profile "${core || v2}" was not found`,
      wayOut: say(
        'dbt_project.yml names it. Set input profiles-dir to the folder of a profiles.yml that has it, relative to the workspace.',
        'dbt_project.yml names it. Set --profiles-dir to the folder of a profiles.yml that has it.',
      ),
    }),
  },
  {
    pattern:
      /Invalid value for '--profiles-dir': Path '([^']*)' does not exist|No profiles\.yml found at `([^`]*)`|no profiles\.yml found|Could not find profile|Could not run dbt.*profiles/,
    besideProject: true,
    advice: ([core, v2], _, say) => ({
      title: `no profiles.yml${core || v2 ? ` at ${(core || v2 || '').replace(/\/profiles\.yml$/, '')}` : ''}`,
      wayOut: say(
        'Set input profiles-dir to its folder, relative to the workspace, or commit a profiles.yml that reads its secrets by env_var().',
        'Set --profiles-dir to its folder, or put a profiles.yml beside dbt_project.yml that reads its secrets by env_var().',
      ),
    }),
  },
  {
    pattern: /Env var required but not provided: '([^']*)'|environment variable '([^']*)' not found/,
    advice: ([core, v2], _, say) => ({
      title: `environment variable ${core || v2} is not set`,
      wayOut: say(
        `Set ${core || v2} under env: on the step. Pull requests from forks and by Dependabot get no secrets.`,
        `Set ${core || v2} in the environment of dbt-watcher.`,
      ),
    }),
  },
  {
    pattern:
      /Could not find adapter type (\S+?)!|profiles\.yml: unknown variant `([^`]*)`, expected one of ([^\n]*)/,
    advice: ([core, v2, known], _, say) => ({
      title: `no adapter for type "${core || v2}"`,
      wayOut: core
        ? `Install dbt-${core} ${say('in the step that installs dbt', 'where dbt is installed')}, or correct the type in profiles.yml.`
        : `Correct the type in profiles.yml: dbt v2 has ${(known ?? '').replaceAll('`', '')}.`,
    }),
  },
  {
    pattern:
      /\d+ package\(s\)[^\n]{0,100} specified in \S+,? but (?:found )?only \d+ package\(s\) installed|\d+ package\(s\) specified in \S+,? but only|package [^\n]{0,200}not (?:found|installed)[^\n]{0,100}dbt deps/i,
    advice: (_, __, say) => ({
      title: 'packages are not installed',
      wayOut: say(
        'Run "dbt deps" before: a line of its own in input command, or input deps: always.',
        'Run "dbt deps" before, or set --deps always.',
      ),
    }),
  },
  {
    pattern:
      /Failed to get index from (\S+?);|External connection exception occurred: [^\n]*?host='([^']+)'|(?:Error downloading|download)[^\n]*?(https:\/\/\S+?)[:,]? [^\n]*(?:timed out|retries|refused)/,
    advice: ([v2, core, archive], _, say) => ({
      title: `packages cannot be downloaded from ${v2 || core || archive}`,
      wayOut: `Check that ${machine(say)} may connect to it.`,
    }),
  },
  {
    pattern:
      /depends on a (node|source) named '([^']*)'(?: in package '([^']*)')? which (was not found|is disabled)|(Ref|Source) '([^']*)' not found in project/,
    advice: ([kind, name, , why, v2Kind, v2Name], message) => {
      const isSource = kind === 'source' || v2Kind === 'Source'
      const what = isSource ? `source ${name || v2Name}` : `ref('${name || v2Name}')`
      return {
        title: `${fileIn(message)}${what} ${why === 'is disabled' ? 'is disabled' : 'does not exist'}`,
        wayOut: isSource
          ? 'Correct the name, or define the source in a YAML file.'
          : 'Correct the name; if the node comes from a package, install packages first.',
      }
    },
  },
  {
    pattern: /dbt found (?:two|\d+) (\w+) with the name "([^"]*)"|Found duplicate (\w+) '([^']*)'/,
    advice: ([kinds, core, kind, v2]) => ({
      title: `two ${kinds || `${kind}s`} are named "${core || v2}"`,
      wayOut: 'Rename one of them.',
    }),
  },
  {
    pattern:
      /This version of dbt is not supported with the '([^']*)' package\.\s*Installed version of dbt: =?(\S+)\s*Required version of dbt for '[^']*': \[([^\]]*)\]/,
    advice: ([name, installed, wanted]) => ({
      title: `${name} needs dbt ${(wanted ?? '').replaceAll("'", '')}, and ${installed} is installed`,
      wayOut: 'Install that version, or change require-dbt-version in dbt_project.yml.',
    }),
  },
  {
    pattern:
      /Additional properties are not allowed \(([^)]*)\)[\s\S]*?Error encountered in \S*?dbt_project\.yml|Ignored unexpected key `"?([^`"]*)"?`[\s\S]*?--> (?:\.\/)?dbt_project\.yml/,
    advice: ([core, v2]) => ({
      title: `dbt_project.yml: ${core || `"${v2}" was unexpected`}`,
      wayOut: 'Remove the key, or correct its name: https://docs.getdbt.com/reference/dbt_project.yml',
    }),
  },
  {
    pattern:
      /Error reading [^:\n]*: ([^\n]+?) - [^\n]*\s+Syntax error near line (\d+)|YAML error: ([^\n]*?)\s+--> ([^\n:]+):(\d+)/,
    advice: ([file, line, error, v2File, v2Line], message) => {
      const opened = openedQuote(message)
      if (opened)
        return { title: `YAML error in ${file || v2File}, line ${opened}: a quote is not closed`, wayOut: '' }
      return {
        title: `YAML error in ${file || v2File}, line ${line || v2Line}${error ? `: ${error.replace(/ at line \d+ column \d+.*/, '')}` : ''}`,
        wayOut: 'The cause is often a bracket, a quote or an indentation a line or two above.',
      }
    },
  },
  {
    pattern: /Syntax error near line (\d+)\s+-+/,
    advice: ([line], message) => ({
      title: `YAML error in ${/profiles\.yml/.test(message) ? 'profiles.yml' : 'dbt_project.yml'}, line ${line}${reason(message)}`,
      wayOut: 'The cause is often a bracket, a quote or an indentation a line or two above.',
    }),
  },
  {
    pattern: /The '([^']*)' adapter is not yet supported by dbt Fusion\. Supported adapters: ([^\n.]*)/,
    advice: ([type, known]) => ({
      title: `dbt v2 has no adapter for type "${type}" yet`,
      wayOut: `It has ${known}. Install dbt Core instead, or correct the type in profiles.yml.`,
    }),
  },
  {
    pattern:
      /Invalid (\w+) config given in (?:((?!FilePath)[^\n]+?)|FilePath\(searched_path='([^']*)', relative_path='([^']*)'[^)]*\)) @ \w+: \{'name': '([^']*)'[\s\S]* - at path \[[^\]]*\]: ([^\n]+)/,
    advice: ([section, file, folder, path, name, why]) => ({
      title: `${file || `${folder}/${path}`}: ${section} ${name}: ${why}`,
      wayOut: '',
    }),
  },
  {
    pattern:
      /(Connection refused|could not connect to server|could not translate host name|[Cc]onnection to server at [^\n]*? failed: [^\n]*|Name or service not known|Temporary failure in name resolution|timed out|IO Error: Cannot open file[^\n]*|password authentication failed[^\n]*|Incorrect username or password[^\n]*|Failed to connect[^\n]*)/,
    advice: ([why], _, say) => ({
      title: `the database cannot be reached: ${why}`,
      wayOut: `Check host, port and credentials in the profile's target, and that ${machine(say)} may connect (${say('service container, ', '')}VPN, IP allow list).`,
    }),
  },
  {
    pattern: /In file `profiles\.yml`, (field `[^`]*` is [^\n.]*)/,
    advice: ([problem]) => ({
      title: `profiles.yml: ${problem?.replaceAll('`', '"')}`,
      wayOut:
        'https://docs.getdbt.com/docs/core/connect-data-platform/connection-profiles lists what a target needs.',
    }),
  },
  {
    pattern:
      /Compilation Error in \w+ \S+ \([^\n()]+\)\s+([^\n]+)|Failed to render SQL (?:invalid operation: )?(?:Compilation Error for \S{1,300} from [^\n:]{0,300}: )?([^\n]+)\n[\s\S]*?--> \S+/,
    advice: ([core, v2], message) => ({ title: `${fileIn(message)}${core || v2}`, wayOut: '' }),
  },
]

/** Where dbt runs. */
function machine(say: Say): string {
  return say('the runner', 'this machine')
}

/** @param folder as dbt names it; empty where it does not */
function noProject(folder: string, say: Say): Advice {
  const set = say(
    'Set input project-dir to the folder that has it, relative to the workspace',
    'Set --project-dir to the folder that has it',
  )
  return {
    title: `no dbt_project.yml in ${folder || 'the project folder'}`,
    wayOut:
      set + (folder ? '; if it is the folder of a local package, correct its path in packages.yml.' : '.'),
  }
}

/** The line of a quote that is not closed. */
function openedQuote(message: string): string | undefined {
  const text = /unexpected end of stream/.test(message) ? message : ''
  return /while scanning a quoted scalar(?: at|,?\s+in "<unicode string>",) line (\d+)/.exec(text)?.[1]
}

/** `models/orders.sql: `, where the message names a file. */
function fileIn(message: string): string {
  const [, core, v2] =
    /\(([^\n()]{1,300}\.(?:sql|py|ya?ml|csv|md))\)|--> ([^\n:]{1,300}?\.(?:sql|py|ya?ml|csv|md)(?=[:)\s]|$)|[^\s:]{1,300})/.exec(
      message,
    ) ?? []
  const file = core ?? v2
  return file ? `${file}: ` : ''
}

/** `: did not find expected ',' or ']'`. */
function reason(message: string): string {
  const [, why] =
    /^\s*((?:did not find|found|mapping values|could not find)[^\n]{1,100})$/m.exec(message) ?? []
  return why ? `: ${why.trim()}` : ''
}

/** In characters: what an error means stands at its beginning. */
const LONGEST = 8_000

/** The title as a sentence; one that is dbt's own has its full stop. */
export function titleSentence({ title }: Advice): string {
  return `${title.replace(/\.$/, '')}.`
}

/** What an error of dbt itself means, in one line; undefined for one that is not in the table. */
export function pointOf(error: string): string | undefined {
  return read(error, sayTo('workflow'))?.advice.title
}

/** The advice on an error of dbt itself; undefined for one that is not in the table. */
export function adviceFor(error: string, { caller, projectDir, projects }: Advised): Advice | undefined {
  const say = sayTo(caller)
  const found = read(error, say)
  // dbt Core looks for the profile first; who obeyed that would only then learn that there is no project either.
  if (found?.besideProject && projects) {
    const { title, wayOut } = noProject('', say)
    return { title: projectDir === '.' ? title : `no dbt_project.yml in ${projectDir}`, wayOut }
  }
  return found?.advice
}

function read(error: string, say: Say): { advice: Advice; besideProject: boolean } | undefined {
  const message = plain(error.slice(0, LONGEST))
  for (const { pattern, advice, besideProject = false } of TABLE) {
    const match = pattern.exec(message)
    if (!match) continue
    const parts = match.slice(1).map((part) => (part === undefined ? '' : oneLine(part, 300)))
    const given = advice(parts, message, say)
    return { advice: { ...given, title: oneLine(given.title, 300) }, besideProject }
  }
  return undefined
}
