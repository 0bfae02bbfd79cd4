/**
 * Stands for dbt: plays a recorded scenario (see __tests__/scenarios) or made-up nodes, as fast or as slowly as a
 * test wants it. It is told by its environment alone, since its words are what is under test:
 *
 * - FAKE_DBT_SCENARIO: name of the scenario; FAKE_DBT_NODES: so many made-up nodes instead (stream.ts)
 * - FAKE_DBT_GRAPH: a small project that follows a selection, with FAKE_DBT_FATES in JSON (graph.ts)
 * - FAKE_DBT_TURNS: a JSON list of what the nth process finds in these variables instead; the last is for all after
 * - FAKE_DBT_LINE_DELAY: milliseconds after each line; FAKE_DBT_SPEED: 1 as recorded, 10 ten times as fast; without
 *   the two: at once
 * - FAKE_DBT_CHUNK: bytes written at a time, wherever that cuts; `character`: cut within each that has several
 * - FAKE_DBT_PAUSE_AT: text of a line after which it waits for a signal, and then plays the rest
 * - FAKE_DBT_DIE_AT: text of a line after which it is gone, as in a crash
 * - FAKE_DBT_STUBBORN: 1 for a dbt that ignores SIGINT and SIGTERM
 * - FAKE_DBT_DAMAGE: what became of its files, `manifest.json=fifo run_results.json=empty` (save.ts)
 * - FAKE_DBT_NOISE: 1 for bytes that are no UTF-8, lines of 100,000 characters, and 10 MB in the message of a failure
 * - FAKE_DBT_EXIT: the exit code, instead of the recorded one
 * - FAKE_DBT_RECORD: a file that gets its arguments, its environment's names, signals and its end, as JSON lines
 */
import { appendFileSync, readFileSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { graphOf } from './graph.ts'
import { type Line, type Play, refusal } from './play.ts'
import { recorded } from './recording.ts'
import { synthetic } from './synthetic.ts'

const { env } = process
const words = process.argv.slice(2)
record({ argv: words, cwd: process.cwd(), env: Object.keys(env).sort(), pid: process.pid, at: Date.now() })
if (env.FAKE_DBT_TURNS) takeTurn(JSON.parse(env.FAKE_DBT_TURNS))

const play: Play = env.FAKE_DBT_GRAPH
  ? drawn(env.FAKE_DBT_GRAPH)
  : env.FAKE_DBT_NODES
    ? synthetic(Number(env.FAKE_DBT_NODES), words)
    : recorded(env.FAKE_DBT_SCENARIO ?? '', words)

const signalled = Promise.withResolvers<void>()
let waiting = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    record({ signal, at: Date.now() })
    // It is ending already, or does not listen.
    if (process.exitCode !== undefined || env.FAKE_DBT_STUBBORN === '1') return
    if (!waiting) {
      end(play.engine === 'core' ? 2 : 1)
      process.exit()
    }
    waiting = false
    signalled.resolve()
  })
}

let before: number | undefined
const refused = refusal(play, words)
if (refused === '') {
  await playAll()
  end(Number(env.FAKE_DBT_EXIT ?? play.exitCode))
} else {
  writeSync(2, refused)
  end(2)
}

async function playAll(): Promise<void> {
  for (const quiet of play.lines()) {
    const line = env.FAKE_DBT_NOISE === '1' ? noisy(quiet) : quiet
    await pause(line)
    line.first?.()
    await write(`${line.text}\n`)
    if (env.FAKE_DBT_DIE_AT && line.text.includes(env.FAKE_DBT_DIE_AT)) process.kill(process.pid, 'SIGKILL')
    if (env.FAKE_DBT_PAUSE_AT && line.text.includes(env.FAKE_DBT_PAUSE_AT)) await signal()
  }
  play.last()
}

function drawn(graph: string): Play {
  const made = graphOf(graph, JSON.parse(env.FAKE_DBT_FATES ?? '{}'), words)
  record({ ran: made.ran, at: Date.now() })
  return made
}

/** The record tells how many there were. */
function takeTurn(turns: Record<string, string>[]): void {
  const starts = readFileSync(env.FAKE_DBT_RECORD ?? '', 'utf8').match(/^\{"argv"/gm)?.length ?? 1
  Object.assign(env, turns[Math.min(starts, turns.length) - 1])
}

/** More than a reader may expect, around and within a line. */
function noisy(line: Line): Line {
  const long = `${'a "quoted" word, '.repeat(6_000)}\n`
  writeAll(Buffer.from([0xc3, 0x28, 0xff, 0xfe, 0xf0, 0x9f, 0x0a]))
  writeAll(Buffer.from(line.text.includes('"NodeStart"') ? long : '\n'))
  const failure = line.text.includes('"run_result"') && /"status": ?"error"/.test(line.text)
  if (!failure) return line
  return {
    ...line,
    text: line.text.replace(/"message": ?"/, (start) => `${start}${'0123456789'.repeat(1e6)} `),
  }
}

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

/** It then ends by itself: in process.exit() Node can wait forever (docs/adr/0024). */
function end(code: number): void {
  record({ exit: code, at: Date.now() })
  process.exitCode = code
}

function record(entry: object): void {
  if (process.env.FAKE_DBT_RECORD) appendFileSync(process.env.FAKE_DBT_RECORD, `${JSON.stringify(entry)}\n`)
}
