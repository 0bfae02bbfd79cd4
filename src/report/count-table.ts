import { countNodes, counts } from '../run/counts.ts'
import type { Run } from '../run/run.ts'
import { type Outcome, outcome } from '../run/status.ts'
import { figure } from './figures.ts'
import { ICONS } from './icons.ts'
import { code } from './text.ts'

const COLUMNS = ['failed', 'warn', 'skipped', 'cancelled', 'success'] as const

/** Nodes by resource type and by what became of them; empty without nodes. */
export function countTable(run: Run): string {
  const totals = countNodes(run)
  if (totals.total === 0) return ''
  const heads = COLUMNS.map((column) => `${ICONS[column]} ${column}`)
  const rows = new Map<string, Record<Outcome, number>>()
  for (const node of run.nodes.values()) {
    const result = outcome(node.status)
    if (!counts(node) || !result) continue
    const row = rows.get(node.resourceType) ?? { success: 0, warn: 0, failed: 0, skipped: 0, cancelled: 0 }
    row[result]++
    rows.set(node.resourceType, row)
  }
  const line = (name: string, row: Record<Outcome, number>) => {
    const sum = COLUMNS.reduce((total, column) => total + row[column], 0)
    const cells = COLUMNS.map((column) => (row[column] > 0 ? figure(row[column]) : ''))
    return `| ${name} | ${cells.join(' | ')} | ${figure(sum)} |`
  }
  return [
    `| | ${heads.join(' | ')} | total |`,
    `|---|${COLUMNS.map(() => '--:|').join('')}--:|`,
    ...[...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, row]) => line(code(type), row)),
    ...(rows.size > 1 ? [line('**total**', totals)] : []),
  ].join('\n')
}
