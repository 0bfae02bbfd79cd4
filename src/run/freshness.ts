import type { Freshness } from '../dbt/run-results.ts'

/**
 * Why a source is not fresh, which dbt writes to sources.json alone:
 * `The newest row by fed_at is 6 days old (2026-11-20 17:38 UTC); warning after 1 day, error after 7 days.`
 * @param field the source's loaded_at_field; empty where it has a query, or the database's own account
 */
export function freshnessMessage(freshness: Freshness, field: string): string {
  const { ageSeconds, maxLoadedAt, warnAfter, errorAfter } = freshness
  const limits = [warnAfter && `warning after ${warnAfter}`, errorAfter && `error after ${errorAfter}`]
  const newest = `The newest row${field ? ` by ${field}` : ''}`
  const at = maxLoadedAt === undefined ? '' : ` (${utc(maxLoadedAt)})`
  return `${[`${newest} is ${age(ageSeconds)} old${at}`, limits.filter(Boolean).join(', ')].filter(Boolean).join('; ')}.`
}

/** The largest unit of which it is at least two. */
function age(seconds: number): string {
  const units = [
    [86_400, 'days'],
    [3_600, 'hours'],
    [60, 'minutes'],
  ] as const
  for (const [size, unit] of units) {
    if (seconds >= 2 * size) return `${Math.floor(seconds / size).toLocaleString('en-US')} ${unit}`
  }
  return `${Math.round(seconds)} seconds`
}

function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
