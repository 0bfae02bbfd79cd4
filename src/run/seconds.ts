import type { Result } from './run.ts'

/** Seconds by dbt's own measure where it gave one, else by the stream's times. */
export function secondsOf(
  result: Partial<Pick<Result, 'executionTime' | 'startedAt' | 'finishedAt'>>,
): number | undefined {
  const { executionTime, startedAt, finishedAt } = result
  if (executionTime !== undefined) return executionTime
  if (startedAt === undefined || finishedAt === undefined) return undefined
  return Math.max(0, finishedAt - startedAt) / 1000
}
