import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { lineDecoder } from './lines.ts'
import type { Exit } from './process.ts'
import { type Output, type ReaderOptions, readDbt } from './reader.ts'
import type { RunningDbt } from './run-dbt.ts'

/**
 * The stream of a dbt that something else runs, to be read.
 * @param path of a file; `-` for standard input
 * @throws Error where there is no file that can be read
 */
export async function openStream(path: string): Promise<Readable> {
  if (path === '-') return process.stdin
  try {
    const file = await open(path)
    // A folder can be opened, and only reading it fails.
    if ((await file.stat()).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
    return file.createReadStream()
  } catch (cause) {
    throw new Error(`${path} cannot be read: ${whyUnread(cause as NodeJS.ErrnoException)}.`, { cause })
  }
}

const UNREAD: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
}

function whyUnread({ code = '', message }: NodeJS.ErrnoException): string {
  return UNREAD[code] ?? message
}

/** Said of a stream that has none: of an empty one, of a log as text, or of another program's JSON. */
const NO_EVENT =
  'The stream has no event of dbt. It should be what "dbt build --log-format json --log-level debug" prints.'

/**
 * Reads the stream of a dbt that something else runs. Its last event has its result, since there is no exit code.
 * @throws Error where reading fails, by `ended`
 */
export function readStream(
  input: Readable,
  options: ReaderOptions,
  onOutput: (output: Output) => void,
): RunningDbt {
  let succeeded: unknown
  let missing = NO_EVENT
  const reader = readDbt(options, (output) => {
    if (!('text' in output)) missing = ''
    if ('event' in output && output.event.name === 'CommandCompleted') succeeded = output.event.data.success
    onOutput(output)
  })
  const decoder = lineDecoder(reader.onLine)
  const exit = new Promise<Exit>((done, failed) => {
    input.on('data', (chunk: Buffer) => decoder.write(Buffer.from(chunk)))
    input.on('error', (cause: Error) => failed(new Error('the stream cannot be read any further', { cause })))
    input.on('close', () => {
      decoder.end()
      if (missing) onOutput({ text: missing })
      done({ code: succeeded === true ? 0 : 1, signal: null })
    })
    input.on('end', () => input.destroy())
  })
  const ended = exit.then(reader.end)
  // It may fail before anything waits for it, which would end the process.
  ended.catch(() => {})
  const kill = () => {
    missing = ''
    input.destroy()
  }
  return { kill, ended }
}
