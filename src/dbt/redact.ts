import { fields, text } from '../json.ts'
import type { Environment } from './environment.ts'
import type { DbtEvent } from './event.ts'

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
export function redactor(env: Environment, names: string[], token: string): Hide {
  const listed = new Set(names.map((name) => name.toUpperCase()))
  const isSecret = (name: string) =>
    (SECRET_NAME.test(name) && !NO_SECRET.test(name)) || listed.has(name.toUpperCase())
  const named = Object.entries(env).flatMap(([name, value = '']) => (isSecret(name) ? [value] : []))
  const values = new Set<string>()
  for (const value of [...named, token]) {
    for (const line of value.split(/[\r\n]+|\\n/)) if (line.trim().length >= SHORTEST) values.add(line.trim())
  }
  // The longer first: one value may begin with another.
  const secrets = [...values].sort((a, b) => b.length - a.length)
  if (secrets.length === 0) return (text) => text
  return (text) => {
    const plainly = hideAll(text, secrets)
    return mayDisguise(plainly, secrets) ? hideDisguised(plainly, secrets) : plainly
  }
}

/** Where a line breaks, with what indents the next one. */
const BREAK = /(?:\n|\r(?=\n))[\n \t]*/g
const BREAK_HERE = new RegExp(BREAK, 'y')

/** Whether a closer look is worth its time and memory: compiled SQL has many lines and seldom more. */
function mayDisguise(text: string, secrets: string[]): boolean {
  if (/%[0-9a-fA-F]{2}/.test(text)) return true
  if (!text.includes('\n')) return false
  const reading = text.replace(BREAK, '')
  return secrets.some((secret) => reading.includes(secret))
}

function hideAll(text: string, secrets: string[]): string {
  let result = text
  for (const secret of secrets) if (result.includes(secret)) result = result.replaceAll(secret, '***')
  return result
}

/**
 * Looks again in the text as it would read decoded and unbroken, and hides what is found where it came from. By
 * hand rather than by one regular expression, which a key of some thousand characters would overflow.
 */
function hideDisguised(text: string, secrets: string[]): string {
  const { reading, starts, ends } = decoded(text)
  const ranges: [start: number, end: number][] = []
  for (const secret of secrets) {
    for (let at = reading.indexOf(secret); at >= 0; at = reading.indexOf(secret, at + secret.length)) {
      ranges.push([starts[at] ?? 0, ends[at + secret.length - 1] ?? 0])
    }
  }
  ranges.sort(([a], [b]) => a - b)
  let result = ''
  let done = 0
  for (const [start, end] of ranges) {
    if (end <= done) continue
    result += `${text.slice(done, Math.max(done, start))}***`
    done = end
  }
  return result + text.slice(done)
}

/** The text without line breaks and what indents them, percent-encoding decoded; and where each unit came from. */
function decoded(text: string): { reading: string; starts: number[]; ends: number[] } {
  const parts: string[] = []
  const starts: number[] = []
  const ends: number[] = []
  for (let i = 0; i < text.length; ) {
    const c = text.charAt(i)
    if (c === '\n' || c === '\r') {
      BREAK_HERE.lastIndex = i
      if (BREAK_HERE.test(text)) {
        i = BREAK_HERE.lastIndex
        continue
      }
    }
    const encoded = c === '%' ? percentDecoded(text, i) : undefined
    const unit = encoded?.unit ?? c
    const end = encoded?.end ?? i + 1
    for (let k = 0; k < unit.length; k++) {
      starts.push(i)
      ends.push(end)
    }
    parts.push(unit)
    i = end
  }
  return { reading: parts.join(''), starts, ends }
}

/** One character of UTF-8, as `%C3%A9`. */
function percentDecoded(text: string, at: number): { unit: string; end: number } | undefined {
  const lead = Number.parseInt(text.slice(at + 1, at + 3), 16)
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  const end = at + 3 * length
  const encoded = text.slice(at, end)
  if (!/^(?:%[0-9a-fA-F]{2})+$/.test(encoded) || encoded.length !== 3 * length) return undefined
  try {
    return { unit: decodeURIComponent(encoded), end }
  } catch {
    return undefined
  }
}

/** A value of JSON with all its texts hidden, also the names of members and numbers: a secret may be digits. */
export function hideIn(value: unknown, hide: Hide): unknown {
  if (typeof value === 'string') return hide(value)
  if (typeof value === 'number') return isHidden(String(value), hide) ? hide(String(value)) : value
  if (Array.isArray(value)) return value.map((item) => hideIn(item, hide))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value)
  return Object.fromEntries(members.map(([key, item]) => [hide(key), hideIn(item, hide)]))
}

/** A part of a number is chance. */
function isHidden(number: string, hide: Hide): boolean {
  return !/\d/.test(hide(number))
}

const JSON_TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/gs

/** As `hideIn` for the text of a JSON file, without the memory that its objects would take. */
export function hideInJson(json: string, hide: Hide): string {
  return json.replace(JSON_TOKEN, (token) => {
    if (!token.startsWith('"')) return isHidden(token, hide) ? '"***"' : token
    const value: string = token.includes('\\') ? JSON.parse(token) : token.slice(1, -1)
    const hidden = hide(value)
    return hidden === value ? token : JSON.stringify(hidden)
  })
}

/** Fields of an event that are no free text: a damaged id would select another node. */
const NAMES = new Set(['unique_id', 'status', 'artifact_path'])

/** The event with its free texts hidden; names, ids and statuses stay. */
export function redactEvent(event: DbtEvent, hide: Hide): DbtEvent {
  const data: Record<string, unknown> = { ...event.data }
  for (const [name, value] of Object.entries(data)) {
    if (typeof value === 'string' && !NAMES.has(name)) data[name] = hide(value)
  }
  if (data.run_result !== undefined) {
    const result = fields(data.run_result)
    data.run_result = { ...result, message: hide(text(result.message)) }
  }
  return {
    ...event,
    msg: hide(event.msg),
    node: event.node && { ...event.node, relation: hide(event.node.relation) },
    data,
  }
}
