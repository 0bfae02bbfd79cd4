import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** One entry of a section of a JSON file: `["nodes", "model.shop.orders", {…}]`. */
export type Entry = [section: string, key: string, value: unknown]

/**
 * Streams the entries of some top-level sections of a JSON file: members of an object, elements of an array
 * (key: the index), or, for a section that is neither, its value (key: empty).
 *
 * dbt's artifacts grow to hundreds of megabytes, most of it sections that are not needed here. So the file is
 * cut into entries by counting brackets, and an entry is parsed alone; memory is bound by the largest entry,
 * and other work goes on between the chunks.
 * @throws Error where the file cannot be read, or is no JSON object, or ends too early.
 */
export async function* readEntries(file: string, sections: ReadonlySet<string>): AsyncGenerator<Entry> {
  const cutter = entryCutter(sections)
  // A named pipe in its place would never open, nor a device ever end.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!(await handle.stat()).isFile()) throw new Error(`${file} is no file`)
    for await (const chunk of handle.createReadStream({ highWaterMark: 256 * 1024 })) {
      yield* cutter.write(chunk as Buffer)
    }
  } finally {
    await handle.close()
  }
  cutter.end(file)
}

/**
 * Parses JSON as Python writes it: dbt Core writes `.inf` and `.nan` of a project's YAML as Infinity and NaN, which JSON
 * does not have. They are read as null. https://docs.python.org/3/library/json.html#infinite-and-nan-number-values
 * @throws SyntaxError where it is no JSON but for those.
 */
function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    if (!/NaN|Infinity/.test(json)) throw error
    return JSON.parse(json.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : 'null')))
  }
}

const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN/gs

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b
const CLOSE_BRACE = 0x7d
const CLOSE_BRACKET = 0x5d

function entryCutter(sections: ReadonlySet<string>) {
  let depth = 0
  let inString = false
  let escaped = false
  let section = ''
  let wanted = false
  /** The bytes since the last boundary at the depth of interest. */
  let pending: Buffer[] = []
  let key = ''
  /** The next index where the section is an array, which has no keys; undefined where it is an object. */
  let index: number | undefined
  let done = false

  const take = (chunk: Buffer, from: number, to: number): string => {
    const rest = chunk.subarray(from, to)
    const whole = pending.length === 0 ? rest : Buffer.concat([...pending, rest])
    pending = []
    return whole.toString('utf8').trim()
  }

  function* write(chunk: Buffer): Generator<Entry> {
    let start = 0
    for (let i = 0; i < chunk.length; i++) {
      if (inString) {
        // Strings are most of an artifact, and found ten times as fast as byte by byte.
        const quote = chunk.indexOf(QUOTE, i)
        const end = quote < 0 ? chunk.length : quote
        let run = 0
        while (run < end - i && chunk[end - 1 - run] === BACKSLASH) run++
        // The first of a run that began in the chunk before may itself be escaped.
        escaped = (run % 2 === 1) !== (run === end - i && escaped)
        i = end
        if (quote < 0) break
        if (!escaped) inString = false
        escaped = false
        continue
      }
      const byte = chunk[i]
      switch (byte) {
        case QUOTE:
          inString = true
          break
        case COLON:
          if (depth === 1) {
            section = JSON.parse(take(chunk, start, i)) as string
            wanted = sections.has(section)
            start = i + 1
          } else if (depth === 2 && wanted && index === undefined) {
            key = JSON.parse(take(chunk, start, i)) as string
            start = i + 1
          }
          break
        case OPEN_BRACE:
        case OPEN_BRACKET:
          depth++
          if (depth <= 2) {
            if (depth === 1 && byte !== OPEN_BRACE) throw new Error('it is no JSON object')
            pending = []
            start = i + 1
            key = ''
            index = depth === 2 && byte === OPEN_BRACKET ? 0 : undefined
          }
          break
        case COMMA:
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          if (depth === 2 && wanted) {
            const json = take(chunk, start, i)
            if (json !== '') yield [section, index === undefined ? key : String(index++), parseJson(json)]
          } else if (depth === 1 && wanted) {
            const json = take(chunk, start, i)
            if (json !== '') yield [section, '', parseJson(json)]
          }
          if (depth <= 2) {
            pending = []
            start = i + 1
          }
          if (byte !== COMMA) {
            depth--
            if (depth === 0) done = true
          }
          break
      }
    }
    if (depth === 1 || (depth >= 2 && wanted)) pending.push(Buffer.from(chunk.subarray(start)))
  }

  return {
    write,
    end(file: string) {
      if (!done) throw new Error(`${file} ends too early`)
    },
  }
}
