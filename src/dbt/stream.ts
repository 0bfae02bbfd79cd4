import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { lineDecoder } from './lines.ts'
import type { Exit } from './process.ts'
import { type Output, type ReaderOptions, readDbt } from './reader.ts'
import type { RunningDbt } from './run-dbt.ts'

/**
 * Reads the stream of a dbt that something else runs. Its last event has its result, since there is no exit code.
 * @param path of a file; `-` for standard input
 * @throws Error where the file cannot be read, by `ended`
 */
export function readStream(
  path: string,
  options: ReaderOptions,
  onOutput: (output: Output) => void,
): RunningDbt {
  const input: Readable = path === '-' ? process.stdin : createReadStream(path)
  let succeeded: unknown
  const reader = readDbt(options, (output) => {
    if ('event' in output && output.event.name === 'CommandCompleted') succeeded = output.event.data.success
    onOutput(output)
  })
  const decoder = lineDecoder(reader.onLine)
  const exit = new Promise<Exit>((done, failed) => {
    input.on('data', (chunk: Buffer) => decoder.write(Buffer.from(chunk)))
    input.on('error', (cause: Error) => failed(new Error(`${path} cannot be read`, { cause })))
    input.on('close', () => {
      decoder.end()
      done({ code: succeeded === true ? 0 : 1, signal: null })
    })
    input.on('end', () => input.destroy())
  })
  return { kill: () => input.destroy(), ended: exit.then(reader.end) }
}
