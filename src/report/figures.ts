/** Numbers as people read them; the page in the browser has them from here too. */

/** `0.03 s`, `4.2 s`, `12 s`, `4 min 05 s`, `1 h 02 min`. */
export function duration(seconds: number): string {
  if (seconds < 0.995) return `${seconds.toFixed(2)} s`
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const pad = (n: number) => String(n).padStart(2, '0')
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`
}

/** A whole number for people, with separators between thousands; Intl takes 25 ms for its first one. */
export function figure(number: number): string {
  return String(number).replace(/(?<=\d)(?=(\d{3})+$)/g, ',')
}

/** `3 failed`; empty for none. */
export function some(count: number, word: string): string {
  return count > 0 ? `${figure(count)} ${word}` : ''
}

/** `1 node`, `2 nodes`; `1 batch`, `2 batches`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${figure(count)} ${count === 1 ? one : many}`
}
