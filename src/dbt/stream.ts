import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { parseEvent } from './event.ts'
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
  const reader = readDbt(options, onOutput)
  let succeeded: unknown
  const decoder = lineDecoder((line) => {
    if (line.includes('"CommandCompleted"')) succeeded = parseEvent(line)?.data.success ?? succeeded
    reader.onLine(line)
  })
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
