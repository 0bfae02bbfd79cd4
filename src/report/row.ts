/** Lines of a terminal: cells of text that are cut to its width, coloured, and linked to files. */
import { plain } from './text.ts'

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters */
const SGR: Record<Colour, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 }

/** A file, `/` between folders, or a line of it. */
export interface FileLine {
  path: string
  line?: number
}

/** What the terminal shows. */
export interface Style {
  colour: boolean
  /** The address of a file, and of a line in it; undefined where the terminal has no hyperlinks. */
  hrefOf: ((path: string, line?: number) => string) | undefined
}

/** Text of one look. */
export interface Cell {
  text: string
  colour?: Colour | undefined
  /** Where the text leads to. */
  place?: FileLine | undefined
}

/** One line of a terminal, no wider than its columns; the text is hostile. */
export function row(cells: Cell[], columns: number, style: Style): string {
  let left = columns
  let line = ''
  for (const { text, colour, place } of cells) {
    const whole = visible(text)
    const shown = cut(whole, left)
    if (shown !== '') line += linked(coloured(shown, colour, style), place, style)
    if (shown !== whole) break
    left -= width(shown)
  }
  return line
}

export function coloured(text: string, colour: Colour | undefined, style: Style): string {
  return colour && style.colour ? `\u001b[${SGR[colour]}m${text}\u001b[0m` : text
}

/** `path:line`, which terminals and editors find; as a hyperlink where the terminal has them. */
export function placeText(place: FileLine, style: Style): string {
  const { path, line } = place
  return linked(visible(line === undefined ? path : `${path}:${line}`), place, style)
}

/** https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda */
function linked(text: string, place: FileLine | undefined, { hrefOf }: Style): string {
  if (!place || !hrefOf) return text
  const address = hrefOf(place.path, place.line)
  return `\u001b]8;;${plain(address)}\u001b\\${text}\u001b]8;;\u001b\\`
}

function visible(text: string): string {
  return plain(text).replace(/\s/g, ' ')
}

/** Characters of two columns: Unicode's wide scripts and emoji, rather one too many than one too few. */
const WIDE =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]/u
/** Characters that stand upon the one before. */
const NONE = /^[\p{Mn}\p{Me}\p{Cf}]$/u

/** How many columns a text without colours takes. */
export function width(text: string): number {
  let columns = 0
  for (const char of text) columns += widthOf(char)
  return columns
}

function widthOf(char: string): number {
  // The variation selector makes a wide character of the one before.
  if (char === '\ufe0f') return 1
  return NONE.test(char) ? 0 : WIDE.test(char) ? 2 : 1
}

/** The longest beginning that fits, with `…` where something is missing. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text
  let left = columns - 1
  let shown = ''
  for (const char of text) {
    left -= widthOf(char)
    if (left < 0) break
    shown += char
  }
  return columns > 0 ? `${shown}…` : ''
}
