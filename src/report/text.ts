import { withoutEscapes } from '../escapes.ts'
import { figure } from './figures.ts'

/**
 * What a project prints is hostile: names, messages and SQL are shown as text, and are neither Markdown, nor
 * HTML, nor a command for the runner. Everything of dbt's goes through one of these functions.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
/** Marks that reorder text on the screen: https://trojansource.codes */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Without colours, control characters and marks that reorder; newlines and tabs stay, \r is a newline. */
export function plain(text: string): string {
  return withoutEscapes(text.replaceAll('\r\n', '\n'))
    .replaceAll('\r', '\n')
    .replace(CONTROL, '')
    .replace(BIDI, '')
    .toWellFormed()
}

/** On one line, at most `length` characters. */
export function oneLine(text: string, length = 200): string {
  const line = plain(text.slice(0, 4 * length))
    .trim()
    .replace(/\s+/g, ' ')
  return line.length > length ? `${line.slice(0, length - 1).toWellFormed()}…` : line
}

/** A Markdown code block that its content cannot end. https://spec.commonmark.org/0.31.2/#fenced-code-blocks */
export function fence(text: string, language = ''): string {
  const content = trimLines(plain(text))
  const longest = Math.max(2, ...(content.match(/`+/g) ?? []).map((run) => run.length))
  const ticks = '`'.repeat(longest + 1)
  return `${ticks}${language}\n${content}\n${ticks}`
}

/** Without empty lines before and blanks behind; no regular expression, which a million newlines would slow. */
export function trimLines(text: string): string {
  let start = 0
  while (text.charAt(start) === '\n') start++
  return text.slice(start).trimEnd()
}

/** An underscore within a word means nothing: https://spec.commonmark.org/0.31.2/#emphasis-and-strong-emphasis */
const MARKUP = /[&<>\\`*[\]#|~@]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu
/** GitHub makes links of addresses: https://github.github.com/gfm/#autolinks-extension- */
const ADDRESS = /:(?=\/\/)|(?<=\bwww)\./gi

/**
 * What GitHub links once all entities are read: people's names, and issues, which then show that they were mentioned.
 * https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
 */
const REFERENCE = /&#64;|&#35;(?=\d)|\bGH-(?=\d)/gi

/**
 * GitHub reads what stands between two of them as mathematics, and names this way to write one.
 * https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/writing-mathematical-expressions
 */
const DOLLAR = '<span>$$</span>'

/** Text within Markdown that stays text: each character that could mean something is an entity. */
export function literal(text: string): string {
  const entity = (c: string) => `&#${c.charCodeAt(0)};`
  return plain(text)
    .replace(MARKUP, entity)
    .replace(ADDRESS, entity)
    .replace(REFERENCE, '$&&#8203;')
    .replaceAll('$', DOLLAR)
}

/** Inline code, also within a table, where `|` must be escaped even in code. */
export function code(text: string, length = 200): string {
  const line = oneLine(text, length)
  if (line === '') return ''
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length))
  const ticks = '`'.repeat(longest + 1)
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : ''
  return `${ticks}${pad}${line.replaceAll('|', '\\|')}${pad}${ticks}`
}

/** Text within HTML, where Markdown is not read. */
export function html(text: string): string {
  return plain(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** A link whose text is inline code; just the code where there is no address. */
export function link(text: string, url: string | undefined): string {
  if (!url) return code(text)
  return `[${code(text)}](${url.replace(/[\s()<>]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`)})`
}

/** Whether a browser may be led there: no other scheme, such as javascript:. */
export function isHttp(url: string): boolean {
  return /^https?:\/\//.test(url)
}

/** The length of a text in UTF-8. */
export function bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}

/** The longest beginning that fits into so many UTF-8 bytes and breaks no character. */
export function cutBytes(text: string, limit: number): string {
  const buffer = Buffer.from(text, 'utf8')
  if (buffer.length <= limit) return text
  let end = Math.max(0, limit)
  // 10xxxxxx continues a character.
  while (end > 0 && ((buffer[end] ?? 0) & 0xc0) === 0x80) end--
  return buffer.subarray(0, end).toString('utf8')
}

/** The beginning of a long text, cut between two words and marked. */
export function wordCut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const cut = text.slice(0, limit - 2)
  const end = cut.search(/\s\S*$/)
  return `${(end > 0 ? cut.slice(0, end) : cut.toWellFormed()).trimEnd()} …`
}

/** A long text with its middle left out and said so: the beginning names the error, the end often has the hint. */
export function middleCut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const head = text.slice(0, Math.floor(limit * 0.7)).toWellFormed()
  const tail = text.slice(text.length - Math.floor(limit * 0.3)).toWellFormed()
  return `${head}\n… ${text.length - head.length - tail.length} characters left out …\n${tail}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours may stand before it, for whoever strips them
const COMMAND = /^((?:[^\S\n]|\u001b\[[0-9;]{0,20}m)*):(?=:)/gm

/** `##[name]` of GitHub and Azure, `##vso[` of Azure, `##teamcity[`. */
const BRACKET = /##(?=\w*\[)/g

/**
 * Text of dbt's as a line of the log, which CI systems read for commands: GitHub `::name::` at the start of a line,
 * after blanks (runner, ActionCommand.cs), and all those in BRACKET anywhere in it. A zero-width space breaks each;
 * colours stay. Sections of GitLab need an escape sequence that `plain` takes away.
 */
export function inert(line: string): string {
  return colours(line).replace(COMMAND, '$1:\u200b').replace(BRACKET, '#\u200b#')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: SGR, the colours and weights of a terminal
const SGR = /\u001b\[[0-9;]{0,20}m/g

/** Plain but for colours; a newline within stays a newline. */
function colours(text: string): string {
  if (!text.includes('\u001b')) return plain(text)
  let result = ''
  let start = 0
  for (const match of text.matchAll(SGR)) {
    result += plain(text.slice(start, match.index)) + match[0]
    start = match.index + match[0].length
  }
  return result + plain(text.slice(start))
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: string[]): string {
  const last = items.at(-1) ?? ''
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`
}

/** The first of some items, and how many more there are. */
export function firstOf(items: string[], most: number): string {
  const more = items.length - most
  return more <= 0 ? items.join(', ') : `${items.slice(0, most).join(', ')} and ${figure(more)} more`
}

/** Markdown that is folded away. @param title plain text */
export function fold(title: string, markdown: string): string {
  return `<details><summary>${literal(oneLine(title, 300))}</summary>\n\n${markdown}\n\n</details>`
}
