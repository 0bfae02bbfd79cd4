import { getDefaultHighWaterMark, type Readable, setDefaultHighWaterMark } from 'node:stream'

/**
 * The longest pause between two readings, in milliseconds. What dbt says waits for up to two of them, in the system's
 * pipe and then in the stream: in a log, or for a check run, such a delay is not seen.
 */
const LONGEST = 150
/**
 * How much should come in one reading, in bytes: little enough that the pipe never fills. It holds about 64 KB of
 * dbt's lines (a socket's buffer, less what the kernel notes with each write), and dbt must not wait for us.
 */
const ENOUGH = 8 * 1024

export interface PacedReading {
  /** From now on everything is read at once. */
  hurry(): void
}

/**
 * Calls `spawn` so that the pipes of its process are read only when asked for, as `readPaced` needs it. Otherwise
 * Node takes what comes, up to 64 KB before anyone has asked.
 * https://nodejs.org/api/stream.html#streamsetdefaulthighwatermarkobjectmode-value
 */
export function withLazyPipes<Child>(spawn: () => Child): Child {
  const usual = getDefaultHighWaterMark(false)
  setDefaultHighWaterMark(false, 1)
  try {
    return spawn()
  } finally {
    setDefaultHighWaterMark(false, usual)
  }
}

/**
 * Reads a pipe into which little is written, but very often. To wake up for each of dbt's lines costs more than to
 * read the line, so what has come waits for what comes next: the less, the more there is.
 */
export function readPaced(pipe: Readable, onChunk: (chunk: Buffer) => void): PacedReading {
  let hurried = false
  let pause = 0
  let taken = performance.now()
  const take = () => {
    let length = 0
    for (let chunk = pipe.read() as Buffer | null; chunk; chunk = pipe.read() as Buffer | null) {
      length += chunk.length
      onChunk(chunk)
    }
    const now = performance.now()
    const tillEnough = ((now - taken) * ENOUGH) / Math.max(1, length)
    // Growing slowly, since a pipe that was full, or a dbt that waited, says nothing of what comes next.
    pause = Math.min(LONGEST, tillEnough, 2 * pause + 1)
    taken = now
  }
  pipe.on('readable', () => {
    if (hurried || pause < 1) take()
    else setTimeout(take, pause)
  })
  return {
    hurry: () => {
      hurried = true
      take()
    },
  }
}
