import { duration } from '../src/report/figures.ts'
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

/** `+1.2 s`, `−0.30 s`; empty for a difference that does not matter. */
export function difference(seconds: number, base: number | undefined): string {
  if (base === undefined || Math.abs(seconds - base) < 0.01) return ''
  return `${seconds > base ? '+' : '−'}${duration(Math.abs(seconds - base))}`
}

/** `model`, `unit test`: a resource type as people say it. */
export function typeName(type: string): string {
  return type.replaceAll('_', ' ')
}
