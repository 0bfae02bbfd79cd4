/** What is different from the base run, for the summary. */
import { compared, flakyText } from './base-run.ts'
import { duration, figure } from './figures.ts'
import { titleName } from './names.ts'
import type { SummaryInput } from './summary.ts'
import { code, fold, link, literal } from './text.ts'

/** Of each kind of change. */
const MOST = 10

/** Fixed, slower, faster and flaky nodes, folded; empty where there are none. New failures are in the table above. */
export function changesFold({ run, subject: { base }, links }: SummaryInput): string {
  if (!base || run.exitCode === undefined) return ''
  const { fixed, slower, faster, flaky } = compared(run, base)
  const name = (id: string) => {
    const node = run.nodes.get(id)
    return node ? link(titleName(run, node), links.get(id)) : code(id)
  }
  const timed = (changes: typeof slower) =>
    changes.map(({ uniqueId, before, now }) => `${name(uniqueId)}: ${duration(before)} → ${duration(now)}`)
  const groups: [string, string[]][] = [
    ['fixed', fixed.map(name)],
    ['slower', timed(slower)],
    ['faster', timed(faster)],
    ['flaky', flaky.map((one) => `${name(one.uniqueId)}: ${literal(flakyText(one, base.label))}`)],
  ]
  const shown = groups.filter(([, lines]) => lines.length > 0)
  if (shown.length === 0) return ''
  const counts = shown.map(([word, { length }]) => `${figure(length)} ${word}`).join(' · ')
  const parts = shown.map(([word, lines]) => {
    const more = lines.length > MOST ? [`- and ${figure(lines.length - MOST)} more`] : []
    return [`**${word}**\n`, ...lines.slice(0, MOST).map((line) => `- ${line}`), ...more].join('\n')
  })
  return fold(`Compared with ${base.label}: ${counts}`, parts.join('\n\n'))
}
