/** What the runner makes of an action's files and of its log. */

export interface Command {
  name: string
  properties: Record<string, string>
  data: string
}

/**
 * The workflow commands in a log, as the runner finds them: `::name key=value::data` at the start of a line, after
 * blanks, else `##[name key=value;]data` anywhere in it. A line also ends at a lone carriage return.
 * https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 * Names that no runner knows count as well: the next one might.
 */
export function commandsOf(log: string): Command[] {
  return log.split(/\r\n|\r|\n/).flatMap((line) => {
    const second = /^\s*::([\w-]+)(?: ([\s\S]*?))?::([\s\S]*)$/.exec(line)
    if (second) return [commandOf(second, ',')]
    const first = /##\[([\w-]+)(?: ([^\]]*))?\]([\s\S]*)$/.exec(line)
    return first ? [commandOf(first, ';')] : []
  })
}

function commandOf([, name = '', list = '', data = '']: string[], separator: string): Command {
  const pairs = list.split(separator).flatMap((pair) => {
    const equals = pair.indexOf('=')
    return equals > 0 ? [[pair.slice(0, equals).trim(), unescaped(pair.slice(equals + 1))]] : []
  })
  return { name: name.toLowerCase(), properties: Object.fromEntries(pairs), data: unescaped(data) }
}

function unescaped(text: string): string {
  const characters: Record<string, string> = { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',', '%25': '%' }
  return text.replace(/%(0D|0A|3A|2C|25)/g, (code) => characters[code] ?? code)
}

/**
 * GITHUB_OUTPUT and GITHUB_STATE: `name=value`, or over several lines between delimiters.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
 */
export function readPairs(text: string): Record<string, string> {
  const pairs: Record<string, string> = {}
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? ''
    const [, name = '', delimiter = ''] = /^([^=]*?)<<(.+)$/.exec(line) ?? []
    if (delimiter) {
      const end = lines.indexOf(delimiter, i + 1)
      if (end < 0) throw new Error(`The value of ${name} does not end`)
      pairs[name] = lines.slice(i + 1, end).join('\n')
      i = end
    } else if (line.includes('=')) pairs[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1)
    else if (line !== '') throw new Error(`Neither name nor value: ${line}`)
  }
  return pairs
}
