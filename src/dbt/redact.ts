import type { DbtEvent } from './event.ts'
import { fields, text } from './event.ts'

/** Shorter values are words that stand everywhere; hiding them would hide nothing and damage all. */
const SHORTEST = 8
/** Names whose values are secret, by habit and by dbt's rule: https://docs.getdbt.com/docs/build/environment-variables#handling-secrets */
const SECRET_NAME = /^DBT_(ENGINE_)?ENV_SECRET_|TOKEN|PASSWORD|PASSWD|SECRET|PRIVATE_KEY|API_KEY|ACCESS_KEY/i
/** An address of the runner that an adapter needs to log in by OIDC. */
const NO_SECRET = /^ACTIONS_ID_TOKEN_REQUEST_URL$/i

/** Replaces secret values by `***`. */
export type Hide = (text: string) => string

/**
 * Hides the values of variables that look secret, and of those named in `names`. The runner masks its log, not
 * what is sent to its API, so this is done before a text goes anywhere.
 *
 * A value is found also where it is percent-encoded, in part or whole, or broken over lines, as wide messages
 * are. Of a value of several lines (a private key) each line is hidden.
 */
export function redactor(env: Record<string, string | undefined>, names: string[], token: string): Hide {
  const listed = new Set(names.map((name) => name.toUpperCase()))
  const values = new Set<string>()
  for (const [name, value = ''] of Object.entries({ ...env, TOKEN: token })) {
    const isSecret = SECRET_NAME.test(name) && !NO_SECRET.test(name)
    if (!isSecret && !listed.has(name.toUpperCase())) continue
    for (const line of value.split(/[\r\n]+|\\n/)) if (line.trim().length >= SHORTEST) values.add(line.trim())
  }
  // The longer first: one value may begin with another.
  const patterns = [...values].sort((a, b) => b.length - a.length).map(pattern)
  if (patterns.length === 0) return (text) => text
  const all = new RegExp(patterns.join('|'), 'g')
  return (text) => text.replace(all, '***')
}

/** Each character as it is or percent-encoded, with a line break allowed between two. */
function pattern(value: string): string {
  return Array.from(value, (c) => {
    const literal = c.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    const encoded = [...Buffer.from(c)].map((byte) => `%${eitherCase(byte.toString(16).padStart(2, '0'))}`)
    return `(?:${literal}|${encoded.join('')})`
  }).join('(?:\\r?\\n[ \\t]*)?')
}

function eitherCase(hex: string): string {
  return hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
}

/** The event with its free texts hidden. Names, ids and statuses stay: a damaged id would select another node. */
export function redactEvent(event: DbtEvent, hide: Hide): DbtEvent {
  const { data } = event
  const result = fields(data.run_result)
  return {
    ...event,
    msg: hide(event.msg),
    data: {
      ...data,
      ...(data.msg === undefined ? {} : { msg: hide(text(data.msg)) }),
      ...(data.exc === undefined ? {} : { exc: hide(text(data.exc)) }),
      ...(data.run_result === undefined
        ? {}
        : { run_result: { ...result, message: hide(text(result.message)) } }),
    },
  }
}
