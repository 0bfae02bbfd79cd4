/** The middle of some numbers; NaN of none. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5)
}

/** @param share 0 for the least, 1 for the greatest; between two of them in proportion */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

/**
 * The median of the ratios of pairs that were measured one after the other: what slows both, such as a busy machine,
 * is in both.
 */
export function pairedRatio(numbers: readonly number[], bases: readonly number[]): number {
  return median(numbers.map((number, index) => number / (bases[index] ?? Number.NaN)))
}

/** `0.42 s`, `12.3 s`, `184 s`. */
export function seconds(milliseconds: number): string {
  const value = milliseconds / 1000
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} s`
}

/** `10,000`. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
