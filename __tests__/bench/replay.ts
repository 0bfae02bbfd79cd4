/**
 * A process that reads a stream from a file and says how long that took: `node replay.ts MODE FILE`.
 * - pipeline: from bytes to the state of a run, as src/dbt/reader.ts and src/watch.ts do it
 * - parsing: the least that any reader does: lines, and JSON.parse of those that matter
 */
import { createReadStream } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { eventReader, isRead } from '../../src/dbt/event.ts'
import { lineDecoder } from '../../src/dbt/lines.ts'
import { redactEvent, redactor } from '../../src/dbt/redact.ts'
import { reduce } from '../../src/run/reduce.ts'
import { begin } from '../../src/run/run.ts'
import { spareWork } from '../../src/v8.ts'

// As src/main.ts has it.
spareWork()
const [mode, path = ''] = process.argv.slice(2)
let events = 0
let bytes = 0
const began = performance.now()
const { write, end } = mode === 'pipeline' ? pipeline() : parsing()
for await (const chunk of createReadStream(path)) {
  bytes += chunk.length
  write(chunk)
}
end()
const peakMb = process.resourceUsage().maxRSS / 1024
console.log(JSON.stringify({ ms: performance.now() - began, bytes, events, peakMb }))

function pipeline() {
  const run = begin(0)
  const hide = redactor({ DBT_ENV_SECRET_TOKEN: 'a secret of the usual length' }, [], 'another-secret-token')
  const read = eventReader()
  return lineDecoder((line) => {
    if (!isRead(line)) return
    const event = read(line)
    if (!event) return
    events++
    reduce(run, redactEvent(event, hide))
  })
}

function parsing() {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const read = (line: string) => {
    if (line.includes('"name": "SQLQuery"')) return
    JSON.parse(line)
    events++
  }
  return {
    write: (chunk: Buffer) => {
      const lines = (rest + decoder.write(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) read(line)
    },
    end: () => {
      if (rest !== '') read(rest)
    },
  }
}
