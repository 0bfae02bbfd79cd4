import { stripVTControlCharacters } from 'node:util'

/**
 * An operating system command of a terminal, such as a hyperlink; where it does not end, its beginning alone.
 * https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h2-Operating-System-Commands
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it begins and ends with them
const COMMAND = /\u001b\](?:[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c))?/g

/**
 * Text without the escape sequences of terminals. Node looks for the end of each such command in all that follows, which
 * takes minutes for a million that have none; so they become a sequence that Node takes away at once.
 */
export function withoutEscapes(text: string): string {
  return stripVTControlCharacters(text.includes('\u001b]') ? text.replace(COMMAND, '\u001b[m') : text)
}
