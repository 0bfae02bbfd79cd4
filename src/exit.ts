/** What was given up may hold the process so long, in milliseconds. */
const HELD = 1_000

/**
 * Ends this process as soon as nothing is left to do, which is at once unless something was given up, such as a
 * request that had no answer in time. Not by process.exit(): V8 compiles in threads of its own, and one that
 * needs memory waits until the main thread has collected garbage, while in process.exit() the main thread waits for
 * that one. https://github.com/nodejs/node/issues/54918: the step would hang. After a pause there is no such thread.
 */
export function exitWhenDone(): void {
  setTimeout(() => process.stdout.write('', () => process.exit()), HELD).unref()
}
