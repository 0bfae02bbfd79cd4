import { outcome } from '../run/status.ts'

export const ICONS = {
  success: '✅',
  warn: '⚠️',
  failed: '❌',
  skipped: '⏭️',
  cancelled: '⏹️',
  running: '⏳',
} as const

/** @param status of a node */
export function iconOf(status: string): string {
  return ICONS[outcome(status) ?? 'running']
}
