import { availableParallelism, loadavg } from 'node:os'

/**
 * A limit that tells "at once" from "after a hang", on a busy machine too: so much longer as processes wait for a core.
 * @param ms enough on a quiet machine, in milliseconds
 */
export function patience(ms: number): number {
  const waiting = (loadavg()[0] ?? 0) / availableParallelism()
  return ms * Math.max(1, 2 * waiting)
}
