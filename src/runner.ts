/**
 * What main and post ask of the runner before they load anything else, as @actions/core does it. That one takes 80 ms
 * to load, mostly for an HTTP client that only OpenID needs.
 */
import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { EOL } from 'node:os'

type Environment = Record<string, string | undefined>

/** Reads inputs by their names; an input that is not given is empty. */
export function inputsIn(env: Environment): (name: string) => string {
  return (name) => (env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? '').trim()
}

/**
 * Saves a value for the post step.
 * @throws Error where the file cannot be written, as on a full disk
 */
export function saveState(env: Environment, name: string, value: string): void {
  if (!env.GITHUB_STATE) return
  // https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
  const delimiter = `ghadelimiter_${randomUUID()}`
  appendFileSync(env.GITHUB_STATE, [`${name}<<${delimiter}`, value, delimiter, ''].join(EOL))
}

/** Reads in the post step what the main step saved; empty where it saved nothing. */
export function savedIn(env: Environment, name: string): string {
  return env[`STATE_${name}`] ?? ''
}
