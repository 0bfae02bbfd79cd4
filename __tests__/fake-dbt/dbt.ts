/**
 * Stands for dbt: plays a recorded scenario (see __tests__/scenarios) or made-up nodes, as fast or as slowly as a
 * test wants it. It is told by its environment alone, since its words are what is under test:
 *
 * - FAKE_DBT_SCENARIO: name of the scenario; FAKE_DBT_NODES: so many made-up nodes instead (stream.ts)
 * - FAKE_DBT_LINE_DELAY: milliseconds after each line; FAKE_DBT_SPEED: 1 as recorded, 10 ten times as fast; without
 *   the two: at once
 * - FAKE_DBT_CHUNK: bytes written at a time, wherever that cuts; `character`: cut within each that has several
 * - FAKE_DBT_PAUSE_AT: text of a line after which it waits for a signal, and then plays the rest
 * - FAKE_DBT_STUBBORN: 1 for a dbt that ignores SIGINT and SIGTERM
 * - FAKE_DBT_EXIT: the exit code, instead of the recorded one
 * - FAKE_DBT_RECORD: a file that gets its arguments, its environment's names, signals and its end, as JSON lines
 */
import { appendFileSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Line, type Play, refusal } from './play.ts'
import { recorded } from './recording.ts'
import { synthetic } from './synthetic.ts'

const { env } = process
const words = process.argv.slice(2)
record({ argv: words, cwd: process.cwd(), env: Object.keys(env).sort(), pid: process.pid, at: Date.now() })

const play: Play = env.FAKE_DBT_NODES
  ? synthetic(Number(env.FAKE_DBT_NODES), words)
  : recorded(env.FAKE_DBT_SCENARIO ?? '', words)
const refused = refusal(play.engine, words)
if (refused !== '') {
  writeSync(2, refused)
  end(2)
}

const signalled = Promise.withResolvers<void>()
let waiting = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    record({ signal, at: Date.now() })
    if (env.FAKE_DBT_STUBBORN === '1') return
    if (!waiting) end(play.engine === 'core' ? 2 : 1)
    waiting = false
    signalled.resolve()
  })
}

let before: number | undefined
for (const line of play.lines()) {
  await pause(line)
  line.first?.()
  await write(`${line.text}\n`)
  if (env.FAKE_DBT_PAUSE_AT && line.text.includes(env.FAKE_DBT_PAUSE_AT)) await signal()
}
play.last()
end(Number(env.FAKE_DBT_EXIT ?? play.exitCode))

/** A promise alone would not keep the process alive. */
async function signal(): Promise<void> {
  waiting = true
  const alive = setInterval(() => {}, 60_000)
  await signalled.promise
  clearInterval(alive)
}

async function pause({ at }: Line): Promise<void> {
  const speed = Number(env.FAKE_DBT_SPEED ?? 0)
  const since = at === undefined || before === undefined ? 0 : Math.max(0, at - before)
  before = at ?? before
  const ms = env.FAKE_DBT_LINE_DELAY ? Number(env.FAKE_DBT_LINE_DELAY) : speed > 0 ? since / speed : 0
  // Less cannot be waited; a signal must come through all the same.
  if (ms >= 1) await sleep(ms)
}

async function write(text: string): Promise<void> {
  const bytes = Buffer.from(text)
  if (!env.FAKE_DBT_CHUNK) return writeAll(bytes)
  const size = Number(env.FAKE_DBT_CHUNK)
  let start = 0
  for (let i = 1; i < bytes.length; i++) {
    // 10xxxxxx continues a character.
    const cut =
      env.FAKE_DBT_CHUNK === 'character' ? ((bytes[i] ?? 0) & 0xc0) === 0x80 : size > 0 && i - start >= size
    if (!cut) continue
    writeAll(bytes.subarray(start, i))
    start = i
    // The reader must see the pieces one by one.
    await sleep(1)
  }
  writeAll(bytes.subarray(start))
}

function writeAll(bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(1, bytes, done)
    } catch (error) {
      // Nobody listens any more: as dbt, whose logging swallows that, it goes on.
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') return
      throw error
    }
  }
}

function end(code: number): never {
  record({ exit: code, at: Date.now() })
  process.exit(code)
}

function record(entry: object): void {
  if (process.env.FAKE_DBT_RECORD) appendFileSync(process.env.FAKE_DBT_RECORD, `${JSON.stringify(entry)}\n`)
}
