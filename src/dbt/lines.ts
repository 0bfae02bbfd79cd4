import { StringDecoder } from 'node:string_decoder'

/**
 * No line of dbt's is worth more memory than this, in characters; what is beyond is dropped. An event holds one
 * SQL statement or one message.
 */
const LONGEST_LINE = 32 * 1024 * 1024

/**
 * Makes lines from chunks cut anywhere, in the middle of a character too.
 * A line ends with \n or \r\n; a lone \r stays, as progress bars print it. Bytes that are no UTF-8 become U+FFFD.
 */
export function lineDecoder(onLine: (line: string) => void): {
  write(chunk: Buffer): void
  end(): void
} {
  const decoder = new StringDecoder('utf8')
  // Parts rather than one string: adding to a string for each chunk makes a 10 MB line quadratic.
  let parts: string[] = []
  let length = 0
  const add = (part: string) => {
    if (part === '' || length >= LONGEST_LINE) return
    parts.push(part.length + length > LONGEST_LINE ? part.slice(0, LONGEST_LINE - length) : part)
    length += part.length
  }
  const flush = () => {
    const line = parts.join('')
    parts = []
    length = 0
    onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
  }
  const feed = (text: string) => {
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      add(text.slice(start, end))
      flush()
      start = end + 1
    }
    add(text.slice(start))
  }
  return {
    write: (chunk) => feed(decoder.write(chunk)),
    end: () => {
      feed(decoder.end())
      if (length > 0) flush()
    },
  }
}
