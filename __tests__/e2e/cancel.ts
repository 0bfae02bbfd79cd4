import type { Running } from './action.ts'
import { patience } from './patience.ts'

/**
 * Cancels a step as the runner does, to the node process alone: SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL; on a
 * busy machine later. https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
 * @returns how long it took, in milliseconds
 */
export async function cancel(running: Running): Promise<number> {
  const began = performance.now()
  running.kill('SIGINT')
  const ladder = [
    setTimeout(() => running.kill('SIGTERM'), patience(7_500)),
    setTimeout(() => running.kill('SIGKILL'), patience(10_000)),
  ]
  await running.done
  for (const step of ladder) clearTimeout(step)
  return performance.now() - began
}
