/**
 * The environment that dbt gets: the step's own, less what is the Action's and less what would hide events.
 *
 * What a project's code does with the rest is the project's business; see SECURITY.md.
 */

import { type Level, levelNamed } from './command.ts'

/** The Action's inputs and saved state, the credentials of the runner's services, and its command files. */
const OURS = /^(INPUT_|STATE_|ACTIONS_(RUNTIME|RESULTS|CACHE)_|GITHUB_(ENV|PATH|OUTPUT|STATE|STEP_SUMMARY)$)/i

/** Each of dbt's variables exists under two names since 1.11: https://docs.getdbt.com/reference/global-configs/about-global-configs */
const PREFIXES = ['DBT_', 'DBT_ENGINE_']

/** What dbt must not take from the environment, with the value that beats `flags:` of dbt_project.yml too. */
const OVERRIDDEN: Record<string, string | undefined> = {
  QUIET: 'false',
  WRITE_JSON: 'true',
  LOG_FORMAT: undefined,
  LOG_LEVEL: undefined,
  DEBUG: undefined,
}

export type Environment = Record<string, string | undefined>

/**
 * @param token every variable whose value is this one is left out; a user's own GITHUB_TOKEN with another
 *   value stays, since private packages need it
 */
export function dbtEnvironment(env: Environment, token: string): { env: Environment; notices: string[] } {
  const kept: Environment = {}
  const withToken: string[] = []
  for (const [name, value] of Object.entries(env)) {
    if (OURS.test(name)) continue
    if (token === '' || !value?.includes(token)) kept[name] = value
    else withToken.push(name)
  }
  const notices = tokenNotice(withToken)
  for (const prefix of PREFIXES) {
    for (const [flag, value] of Object.entries(OVERRIDDEN)) {
      const name = prefix + flag
      const given = kept[name]
      delete kept[name]
      if (value !== undefined && prefix === 'DBT_') kept[name] = value
      if (given !== undefined && given.toLowerCase() !== value) {
        notices.push(overridden(flag, `${name}=${given}`))
      }
    }
  }
  // Text that Python buffers would come late: dbt's own events are flushed, a macro's print() is not.
  kept.PYTHONUNBUFFERED ??= '1'
  return { env: kept, notices: notices.filter(Boolean) }
}

/** Why dbt does not get a variable; empty where the log of the step is what it asks for. */
function overridden(flag: string, variable: string): string {
  if (flag === 'DEBUG') return ''
  const why = /^(QUIET|LOG_LEVEL)$/.test(flag)
    ? 'only affects this log. dbt itself runs without it, since it hides nodes.'
    : 'is not passed on: dbt-watcher could not see the nodes with it.'
  return `${variable} ${why}`
}

/** What the variables of dbt ask to be shown, as `--quiet`, `--debug` and `--log-level` do, which beat them. */
export function shownLevel(env: Environment): Level {
  const isOn = (flag: string) => /^(1|t|true|y|yes|on)$/i.test(variableOf(env, flag))
  if (isOn('QUIET')) return 'error'
  return isOn('DEBUG') ? 'debug' : (levelNamed(variableOf(env, 'LOG_LEVEL')) ?? 'info')
}

/** Without it, dbt would miss the variable for no reason that anyone could see. */
function tokenNotice(names: string[]): string[] {
  if (names.length === 0) return []
  const several = names.length > 1
  return [
    `dbt does not get ${names.sort().join(', ')}: ${several ? 'they hold' : 'it holds'} the token of input ` +
      'github-token, which may write checks. Private packages need another token, such as one of a GitHub App ' +
      'with "contents: read" only.',
  ]
}

/** The value of a variable whatever the case of its name, which Windows ignores; a copy of process.env does not. */
export function anyCase(env: Environment, name: string): string | undefined {
  if (env[name] !== undefined) return env[name]
  const key = Object.keys(env).find((key) => key.toLowerCase() === name.toLowerCase())
  return key === undefined ? undefined : env[key]
}

/** The value of a variable of dbt's, under either of its names; empty where it has none. */
export function variableOf(env: Environment, name: string): string {
  return env[`DBT_ENGINE_${name}`] || env[`DBT_${name}`] || ''
}
