import type { Outcome } from '../src/run/status.ts'

export type Shown = Outcome | 'none'

/** What stands for an outcome beside its colour, which not all people see. */
export const MARKS: Record<Shown, string> = {
  failed: '✕',
  warn: '!',
  skipped: '↷',
  cancelled: '■',
  success: '✓',
  none: '·',
}

export const WORDS: Record<Shown, string> = {
  failed: 'failed',
  warn: 'warned',
  skipped: 'skipped',
  cancelled: 'cancelled',
  success: 'passed',
  none: 'not selected',
}

/** What matters first. */
export const ORDER: Shown[] = ['failed', 'warn', 'cancelled', 'skipped', 'success', 'none']

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

/** `+1.2 s`, `−0.30 s`; empty for a difference that does not matter. */
export function difference(seconds: number, base: number | undefined): string {
  if (base === undefined || Math.abs(seconds - base) < 0.01) return ''
  return `${seconds > base ? '+' : '−'}${duration(Math.abs(seconds - base))}`
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** `1 node`, `2 nodes`. */
export function plural(value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? '' : 's'}`
}

/** `model`, `unit test`: a resource type as people say it. */
export function typeName(type: string): string {
  return type.replaceAll('_', ' ')
}
